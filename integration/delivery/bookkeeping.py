"""The ledger's side of drain: each effect that reads or writes the store, one transaction each, under the token."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from integration.delivery import decide, effects, lane_texts, rendering, settling, telling, verdicts, writing_ahead
from integration.delivery.effects import Attempt, Referent, Refusal, View
from integration.delivery.manners import Manners
from integration.delivery.settling import Hit, Texts
from integration.store import attempts, hospitals, lanes, ledger, rows
from integration.store.attempts import Fate
from integration.store.database import Connection, Database
from integration.store.lanes import Claim
from integration.store.rows import Key, Row, State

ODDITIES_TO_STOP = 3


class Bookkeeper:
    """Does what drain asks of the store, for one claimed lane."""

    def __init__(
        self, database: Database, claim: Claim, manners: Manners, now: Callable[[], float], boot: Callable[[], float]
    ) -> None:
        self.database = database
        self.claim = claim
        self.manners = manners
        self.now = now
        self._ahead = writing_ahead.WritingAhead(database, claim, manners, now, boot)

    # -- reading ------------------------------------------------------------------------------------------------------

    def load(self) -> View | None:
        """The lane as it is now."""
        with self.database.read() as conn:
            changes = lanes.changes(conn, self.claim)
            if changes is None:
                return None
            found = ledger.unclean(conn, self.claim.hospital, self.claim.lane)
            if not found:
                return View((), {}, {}, changes)
            needs, left_out = rendering.read(conn, self.claim, self.manners, found)
            wanted = {key for keys in needs.values() for key in keys}
            self._ahead.know({(r.key, r.want): needs.get(r.key, ()) for r in found if r.want not in left_out})
            unsure = attempts.unsure(conn, self.claim.hospital, self.claim.lane) if self.manners.not_searchable else ()
            return View(tuple(found), needs, self.referents(conn, wanted), changes, left_out, frozenset(unsure))

    def referents(self, conn: Connection, keys: set[Key]) -> dict[Key, Referent]:
        """How the things that are referred to stand at the hospital."""
        return rendering.referents(conn, self.claim.hospital, self.manners, keys)

    def write_ahead(self, wish: effects.WriteAhead) -> Attempt | Refusal:
        """Commit the attempt before a byte is sent."""
        return self._ahead.write(wish)

    # -- settling -----------------------------------------------------------------------------------------------------

    def settle(self, settle: verdicts.Settle) -> list[Row] | None:
        """Write the outcomes of an answered attempt down, in one transaction, only while the token is ours."""
        left = self._ahead.left(settle.attempt.number)
        if left is not None and settle.verdict.taken_whole:  # else rows are written that have to be read first
            with contextlib.suppress(ledger.MovedError):
                return self._settled(settle, left)
        return self._settled(settle, None)

    def _settled(self, settle: verdicts.Settle, left: Mapping[Key, Row] | None) -> list[Row] | None:
        """`left`: the rows as this worker wrote them ahead; they are read again only where somebody moved one."""
        attempt, verdict = settle.attempt, settle.verdict
        now = self.now()
        with self.database.write() as conn:
            if not lanes.is_mine(conn, self.claim):
                return None
            keys = [entry.key for entry in attempt.entries]
            there = left if left is not None else ledger.get_many(
                conn, self.claim.hospital, keys, lock=True, attempt=attempt.number
            )
            pairs = [
                settling.answered(there[j.entry.key], j, entries=len(attempt.entries), split=verdict.split,
                                  manners=self.manners)
                for j in verdict.entries
            ]  # fmt: skip
            settled = [row for row, _ in pairs]
            self._save(conn, there, settled, None if left is None else attempt.begin)
            attempts.settle(conn, attempt.number, [fate for _, fate in pairs])
            attempts.answer(conn, attempt.number, at=now, status=verdict.status, kept=verdict.kept)
            telling.answered(conn, self.claim, attempt.number, verdict, [fate for _, fate in pairs], now)
            self._endpoint(conn, verdict, now)
        return settled

    def looked_up(self, found: effects.LookedUp) -> Row | None:
        """Write down what a look-up found."""
        with self.database.write() as conn:
            row = self._locked(conn, found.row.key)
            if row is None:
                return None
            texts = lane_texts.LaneTexts(conn, self.claim.hospital, self.manners)
            hits = [texts.hit(document) for document in found.hits]
            if found.purpose is effects.Purpose.OPEN:
                new = self._open_looked_up(conn, row, found, hits, texts)
            else:
                new = self._looked_before(row, found, hits, texts)
                if new != row:
                    self._save(conn, {row.key: row}, [new])
                telling.looked_before(conn, self.claim, row, new, self.now())
            hospitals.went_well(conn, self.claim.hospital)
            self._stop_if_other_patient(conn, new)
        return new

    def _open_looked_up(
        self,
        conn: Connection,
        row: Row,
        found: effects.LookedUp,
        hits: list[Hit],
        texts: lane_texts.LaneTexts,
    ) -> Row:
        """The look-up of an open attempt; another worker may have closed it in the meantime."""
        asked = found.row.open
        if row.open is None or asked is None or row.open.attempt != asked.attempt:
            return row
        new, fate = settling.looked_up(
            row, hits, texts.of_open(row), final=found.final, entries=attempts.size_of(conn, asked.attempt),
            manners=self.manners,
        )  # fmt: skip
        self._close(conn, asked.attempt, row, new, fate)
        return new

    def _locked(self, conn: Connection, key: Key) -> Row | None:
        """A row as it is now, for us alone; None when the lane is no longer ours."""
        if not lanes.is_mine(conn, self.claim):
            return None
        return ledger.get(conn, self.claim.hospital, key, lock=True)

    def _save(
        self, conn: Connection, before: Mapping[Key, Row], after: list[Row], left_at: float | None = None
    ) -> None:
        """Write rows back, and wake who waits for them in other lanes (before the hospital's row: no deadlock)."""
        now = self.now()
        if left_at is None:
            ledger.save(conn, self.claim.hospital, after, now)
        else:
            ledger.save_as_left(conn, self.claim.hospital, after, now, left_at=left_at)
        arrived = [row.key for row in after if row.have is not None and before[row.key].have is None]
        if arrived:
            lanes.wake(conn, self.claim.hospital, arrived, now, besides=self.claim.lane)

    def _close(self, conn: Connection, attempt: int, row: Row, new: Row, fate: Fate) -> None:
        self._save(conn, {row.key: row}, [new])
        attempts.settle(conn, attempt, [fate])
        if not fate.open:
            telling.closed(conn, self.claim, attempt, fate, new, self.now())

    def _looked_before(self, row: Row, found: effects.LookedUp, hits: list[Hit], texts: lane_texts.LaneTexts) -> Row:
        if row.open is not None or row.state is not State.DIRTY or row.want != found.row.want:
            return row
        if found.purpose is effects.Purpose.BEFORE_POST:
            return settling.before_post(row, hits, texts.wanted(row), texts.older(row))
        return settling.before_update(row, hits, Texts(texts.wanted(row), texts.have(row), ()))

    def blind(self, told: effects.Blind) -> Row | None:
        """An attempt that cannot be looked up: one that is open, or an earlier one of a row that is to be sent."""
        with self.database.write() as conn:
            row = self._locked(conn, told.row.key)
            if row is not None and row.open is not None:
                new, fate = settling.blind(row)
                self._close(conn, row.open.attempt, row, new, fate)
                return new
            if row is not None and told.row.open is None and decide.is_still(told.row, row):
                row = settling.may_be_there(row)
                ledger.save(conn, self.claim.hospital, [row], self.now())
                self._event(conn, "looked-up", {"entries": [[*row.key, str(row.state), row.reason]]})
        return row

    def no_updates(self, told: effects.NoUpdates) -> Row | None:
        """A newer version where the hospital takes no updates: for a person."""
        with self.database.write() as conn:
            row = self._locked(conn, told.row.key)
            if row is None or row.state is not State.DIRTY:
                return row
            new = replace(row, state=State.PARKED, reason=settling.Reason.NO_UPDATES)
            ledger.save(conn, self.claim.hospital, [new], self.now())
            self._event(conn, "parked", {"entries": [[*row.key, new.reason]]})
        return new

    def not_taken(self, told: effects.NotTaken) -> Row | None:
        """A row that does not go there: not sent, and shown as such; what went before it is for a person to mend."""
        with self.database.write() as conn:
            row = self._locked(conn, told.row.key)
            if row is None or row.state is not State.DIRTY or row.want != told.row.want:
                return row
            state, reason = (
                (State.DISMISSED, rows.NOT_TAKEN) if row.have is None else (State.HELD, settling.Reason.OVERTAKEN)
            )
            new = replace(row, state=state, reason=reason, detail=told.why)
            ledger.save(conn, self.claim.hospital, [new], self.now())
            self._event(conn, "not-taken", {"entries": [[*row.key, new.reason]]})
        return new

    # -- the endpoint -------------------------------------------------------------------------------------------------

    def trouble(self, trouble: effects.EndpointTrouble) -> None:
        """A read met a fault of the endpoint: nothing is charged to a record."""
        with self.database.write() as conn:
            self._down(conn, trouble.retry_after, self.now())
            if trouble.odd:
                self._odd(conn)

    def stop(self, stop: effects.StopAll) -> None:
        """Nothing more may be sent before a person has acted."""
        with self.database.write() as conn:
            self._stop(conn, stop)

    def release(self, ended: effects.Ended) -> None:
        """Let the lane go."""
        if ended.lost:
            return
        with self.database.write() as conn:
            lanes.release(conn, self.claim, seen=ended.seen, due_at=ended.due_at, tries=ended.tries)

    def _endpoint(self, conn: Connection, verdict: verdicts.Verdict, now: float) -> None:
        if verdict.odd:
            self._odd(conn)
        if verdict.down or verdict.status is None:
            self._down(conn, verdict.retry_after, now)
        elif not verdict.odd and verdict.status < 500:
            hospitals.went_well(conn, self.claim.hospital)
        if verdict.stop is not None:
            self._stop(conn, verdict.stop)

    def _down(self, conn: Connection, retry_after: float | None, now: float) -> None:
        there = hospitals.get(conn, self.claim.hospital, lock=True)
        wait = retry_after
        if wait is None and there.fails >= 4:
            wait = min(60.0, 2.0 ** (there.fails - 4))
        hospitals.failed(conn, self.claim.hospital, not_before=None if wait is None else now + wait)

    def _odd(self, conn: Connection) -> None:
        if hospitals.odd(conn, self.claim.hospital) >= ODDITIES_TO_STOP:
            self._stop(conn, effects.StopAll("hospital", "three answers in a row were no FHIR"))

    def _stop(self, conn: Connection, stop: effects.StopAll) -> None:
        if stop.scope == "hospital":
            hospitals.stop(conn, self.claim.hospital, stop.reason)
        else:
            hospitals.stop_type(conn, self.claim.hospital, stop.scope, stop.reason)
        self._event(conn, "stopped", {"scope": stop.scope, "reason": stop.reason})

    def _stop_if_other_patient(self, conn: Connection, row: Row) -> None:
        if row.reason == settling.Reason.OTHER_PATIENT:
            self._stop(conn, effects.StopAll("hospital", "a copy of ours there is about another patient"))

    def _event(self, conn: Connection, kind: str, body: dict[str, Any]) -> None:
        telling.event(conn, self.claim, kind, body, self.now())
