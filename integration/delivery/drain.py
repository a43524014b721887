"""Drain one lane: make what a hospital holds equal to what it should hold (delivery.md, to the letter).

A sans-IO generator: it yields effects and is fed their answers, so the very code that runs in `push` can be run by
hand, on virtual time, and killed at any yield. It decides; it never reads a database, a clock or a socket itself.
"""

from collections.abc import Callable, Collection, Generator
from typing import Any

from fhir_profiles.fhir_json import Document
from integration.delivery import decide, effects, lookups, verdicts
from integration.delivery.effects import Ended, LookedUp, Purpose, Refusal, View
from integration.delivery.manners import Manners
from integration.store.rows import Key, Row, State, Write

Drain = Generator[Any, Any, Ended]


def drain(manners: Manners, now: Callable[[], float], chance: Callable[[], float], tries: int = 0) -> Drain:
    """Work through one lane until nothing is due; `now` is UTC in seconds, `chance` a random number in [0, 1)."""
    lane = _Lane(manners, now, chance, tries)
    while True:
        view = yield effects.Load()
        if view is None:
            return Ended(lost=True)
        lane.take(view)
        ended = yield from lane.look_up_what_is_due()
        if ended is None:
            ended = yield from lane.leave_out_what_is_not_taken()
        if ended is None:
            ended = yield from lane.send_what_is_ready()
        if ended is not None:
            return ended
        if not lane.moved:
            return Ended(due_at=lane.next_due(), tries=0, seen=view.changes)


class _Lane:
    """What drain knows of the lane since it last read it."""

    def __init__(self, manners: Manners, now: Callable[[], float], chance: Callable[[], float], tries: int) -> None:
        self.manners = manners
        self.now = now
        self.chance = chance
        self.tries = tries

    def take(self, view: View) -> None:
        self.rows: dict[Key, Row] = {row.key: row for row in view.rows}
        self.referents = dict(view.referents)
        self.view = view
        self.read = {row.want for row in view.rows}
        self.moved = False

    def next_due(self) -> float | None:
        looks = [at for row in self.rows.values() if (at := decide.next_look(row, self.manners)) is not None]
        return min(looks, default=None)

    def put(self, row: Row) -> None:
        """A row as it is now; what was just accepted can be referred to."""
        self.rows[row.key] = row
        self.referents[row.key] = effects.Referent(
            row.remote_id, row.remote_id is not None and row.have is not None, row.state is State.DISMISSED
        )

    # -- looking up -------------------------------------------------------------------------------------------------

    def look_up_what_is_due(self) -> Generator[Any, Any, Ended | None]:
        for key in list(self.rows):
            row = self.rows[key]
            if row.open is None:
                continue
            due = decide.look_due(row, self.now(), self.manners)
            if due is decide.Due.BLIND:
                ended = yield from self.tell(effects.Blind(row))
            elif due is not None:
                ended = yield from self.look(row, Purpose.OPEN, final=due is decide.Due.FINAL)
            else:
                continue
            if ended is not None:
                return ended
        return None

    def look(self, row: Row, purpose: Purpose, *, final: bool) -> Generator[Any, Any, Ended | None]:
        """Ask the hospital what it holds for this row, and write down what follows."""
        hits = yield from self.ask(row, purpose)
        if isinstance(hits, Ended):
            return hits
        return (yield from self.tell(LookedUp(row, purpose, hits, final)))

    def ask(self, row: Row, purpose: Purpose) -> Generator[Any, Any, tuple[Document, ...] | Ended]:
        answer = yield effects.Send(lookups.request(row, purpose))
        found = lookups.read(answer, row, purpose)
        if isinstance(found, effects.EndpointTrouble):
            yield found
            return self.back_off(found.retry_after)
        if isinstance(found, effects.StopAll):
            yield found
            return Ended(stopped=True, seen=self.view.changes, due_at=self.now())
        return found

    def tell(self, effect: Any) -> Generator[Any, Any, Ended | None]:
        """Have a finding about one row written down, and go on with the row as it is now."""
        row = yield effect
        if row is None:
            return Ended(lost=True)
        self.moved = True
        self.put(row)
        return None

    def leave_out_what_is_not_taken(self) -> Generator[Any, Any, Ended | None]:
        for row in list(self.rows.values()):
            why = self.manners.why_left_out(row, self.view.left_out)
            if row.state is State.DIRTY and why is not None:
                ended = yield from self.tell(effects.NotTaken(row, why))
                if ended is not None:
                    return ended
        return None

    # -- sending ----------------------------------------------------------------------------------------------------

    def send_what_is_ready(self) -> Generator[Any, Any, Ended | None]:
        copies: dict[Key, Document] = {}
        while True:
            rows = decide.bundle(self.known(), self.view.needs, self.referents, self.manners)
            if not rows:
                return None
            ended = yield from self.prepare(rows, copies)
            if ended is not None:
                return ended
            ready = tuple(self.rows[row.key] for row in rows if self.is_prepared(self.rows[row.key], copies))
            if not ready or len(ready) < len(rows):
                continue  # something was found out on the way: choose again
            ended = yield from self.send(ready, copies)
            copies.clear()
            if ended is not None:
                return ended

    def known(self) -> Collection[Row]:
        return self.rows.values() if self.manners.takes_all else [r for r in self.rows.values() if self.is_known(r)]

    def is_known(self, row: Row) -> bool:
        """Whether it is known that this content is taken there: a newer one is read first, with the lane."""
        return self.manners.takes_all or row.want in self.read

    def is_prepared(self, row: Row, copies: dict[Key, Document]) -> bool:
        if row.state is not State.DIRTY or row.open is not None or not self.is_known(row):
            return False
        write = self.manners.write_of(row)
        return (write is not Write.UPDATE or row.key in copies) and (write is not Write.POST or row.searched)

    def prepare(self, rows: tuple[Row, ...], copies: dict[Key, Document]) -> Generator[Any, Any, Ended | None]:
        """Look before the first POST, and read the hospital's copy before an update (ours is written onto it)."""
        for row in rows:
            write = self.manners.write_of(row)
            if write is Write.POST and not row.searched and self.manners.can_search(row.type):
                ended = yield from self.look(row, Purpose.BEFORE_POST, final=True)
            elif write is Write.POST and not row.searched:
                self.put(lookups.unsearchable(row))
                continue
            elif write is Write.UPDATE and row.type in self.manners.not_updatable:
                ended = yield from self.tell(effects.NoUpdates(row))
            elif write is Write.UPDATE and row.key not in copies:
                ended = yield from self.read_copy(row, copies)
            else:
                continue
            if ended is not None:
                return ended
        return None

    def read_copy(self, row: Row, copies: dict[Key, Document]) -> Generator[Any, Any, Ended | None]:
        hits = yield from self.ask(row, Purpose.BEFORE_UPDATE)
        if isinstance(hits, Ended):
            return hits
        ended = yield from self.tell(LookedUp(row, Purpose.BEFORE_UPDATE, hits, final=True))
        if ended is None and hits and self.rows[row.key].state is State.DIRTY:
            copies[row.key] = hits[0]
        return ended

    def send(self, rows: tuple[Row, ...], copies: dict[Key, Document]) -> Generator[Any, Any, Ended | None]:
        bundle = self.manners.bundle if len(rows) > 1 else "single"
        attempt = yield effects.WriteAhead(rows, bundle, copies)
        if attempt is Refusal.LOST:
            return Ended(lost=True)
        if attempt is Refusal.CHANGED:
            self.moved = True
            for row in rows:
                self.rows.pop(row.key, None)  # read again before anything is decided about it
            return None
        answer = yield effects.Send(attempt.request, attempt.ends)
        verdict = verdicts.judge(attempt, answer, self.manners)
        settled = yield verdicts.Settle(attempt, verdict)
        if settled is None:
            return Ended(lost=True)
        self.moved = True
        for row in settled:
            self.put(row)
        if verdict.stop is not None and verdict.stop.scope == "hospital":
            return Ended(stopped=True, seen=self.view.changes, due_at=self.now())
        if verdict.stop is not None:
            self.rows = {key: row for key, row in self.rows.items() if row.type != verdict.stop.scope}
        if verdict.down:
            return self.back_off(verdict.retry_after)
        self.tries = 0
        if any(row.open is not None for row in settled):
            return (yield from self.look_up_what_is_due())
        return None

    def back_off(self, retry_after: float | None) -> Ended:
        wait = self.manners.backoff(self.tries, self.chance())
        if retry_after is not None:
            wait = max(wait, retry_after)
        return Ended(due_at=self.now() + wait, tries=self.tries + 1, seen=self.view.changes)
