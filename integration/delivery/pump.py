"""The pump: claims due lanes of one hospital and drains them, on a few threads, until nothing is due."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from integration.delivery import drain as draining
from integration.delivery import effects, verdicts
from integration.delivery.bookkeeping import Bookkeeper
from integration.delivery.manners import Manners
from integration.hospital.client import Answer, Fault, Request
from integration.installation import Clock
from integration.store import hospitals, lanes
from integration.store.database import Database
from integration.store.hospitals import HospitalState
from integration.store.lanes import Claim

POLL = 0.5


class Client(Protocol):
    """What the pump needs of a hospital's HTTP client."""

    def send(self, request: Request, deadline_ends: float | None = None) -> Answer | Fault:
        """Send one request; faults are values, never exceptions."""
        ...


@dataclass(slots=True)
class Tally:
    """What a push did, counted over all its threads."""

    counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, number: int = 1) -> None:
        """Count something."""
        with self._lock:
            self.counts[name] += number


@dataclass(frozen=True, slots=True)
class Works:
    """Everything that a pump is given."""

    database: Database
    client: Client
    manners: Callable[[], Manners]
    clock: Clock
    chance: Callable[[], float]
    owner: str
    is_dead: Callable[[str], bool]
    stop: threading.Event
    seen: Callable[[str, int], None]  # told of progress: (what, how many)


def pump(works: Works, *, until: float, threads: int) -> Tally:
    """Drain every due lane of the hospital; ends when nothing is due, nor becomes due before `until`."""
    tally = Tally()
    failures: list[BaseException] = []
    crew = [threading.Thread(target=_work, args=(works, until, tally, failures), daemon=True) for _ in range(threads)]
    for worker in crew:
        worker.start()
    for worker in crew:
        while worker.is_alive():
            worker.join(0.2)  # short, so that Ctrl-C is heard
    if failures:
        raise failures[0]
    return tally


def _work(works: Works, until: float, tally: Tally, failures: list[BaseException]) -> None:
    try:
        while not works.stop.is_set() and _one_lane(works, until, tally):
            pass
    except Exception as error:  # noqa: BLE001 - an entry point: the other threads stop, the caller raises it
        failures.append(error)
        works.stop.set()


def _one_lane(works: Works, until: float, tally: Tally) -> bool:
    """Drain one lane, or wait for one to become due; False when there is nothing left to wait for."""
    manners = works.manners()
    now = works.clock.now()
    with works.database.read() as conn:
        there = hospitals.get(conn, manners.name)
        due = lanes.next_due(conn, manners.name, is_dead=works.is_dead)
    if there.state is not HospitalState.ACTIVE or due is None:
        return False
    at = max(due, there.not_before)
    if at > now:
        if at > until:
            return False
        works.stop.wait(min(at - now, POLL))
        return True
    with works.database.write() as conn:
        claim = lanes.claim(
            conn, manners.name, works.clock.now(), lease=manners.lease, owner=works.owner, is_dead=works.is_dead
        )
    if claim is None:
        works.stop.wait(POLL / 5)
        return True
    drain_lane(works, manners, claim, tally)
    return True


def drain_lane(works: Works, manners: Manners, claim: Claim, tally: Tally) -> None:
    """Run drain on a claimed lane and let it go."""
    books = Bookkeeper(works.database, claim, manners, works.clock.now, works.clock.boot)
    lane = draining.drain(manners, works.clock.now, works.chance, claim.tries)
    ended = effects.Ended(due_at=works.clock.now(), tries=claim.tries, seen=claim.changes)
    try:
        answer: Any = None
        while True:
            effect = lane.send(answer)
            if works.stop.is_set() and isinstance(effect, effects.Load | effects.WriteAhead):
                break  # Ctrl-C: nothing new is begun; what was begun has been written down
            answer = perform(effect, books, works, tally)
    except StopIteration as over:
        ended = over.value
    finally:
        lane.close()
    books.release(ended)


def perform(effect: Any, books: Bookkeeper, works: Works, tally: Tally) -> Any:  # noqa: C901 - one case an effect
    """Do what drain asked for, and give the answer."""
    match effect:
        case effects.Send():
            return _send(effect, works, tally)
        case effects.Load():
            return books.load()
        case effects.WriteAhead():
            return books.write_ahead(effect)
        case verdicts.Settle():
            settled = books.settle(effect)
            _count(effect.verdict, works, tally)
            return settled
        case effects.LookedUp():
            return books.looked_up(effect)
        case effects.Blind():
            return books.blind(effect)
        case effects.NoUpdates():
            return books.no_updates(effect)
        case effects.NotTaken():
            return books.not_taken(effect)
        case effects.EndpointTrouble():
            tally.add("endpoint faults")
            return books.trouble(effect)
        case effects.StopAll():
            return books.stop(effect)
    raise TypeError(type(effect).__name__)


def _send(effect: effects.Send, works: Works, tally: Tally) -> Answer | Fault:
    writes = effect.ends is not None
    tally.add("write" if writes else "read")
    answer = works.client.send(effect.request, effect.ends)
    if isinstance(answer, Fault):
        tally.add(f"fault {answer.kind.value}")
    return answer


def _count(verdict: verdicts.Verdict, works: Works, tally: Tally) -> None:
    for judged in verdict.entries:
        tally.add(str(judged.rule.outcome))
    works.seen("settled", len(verdict.entries))
