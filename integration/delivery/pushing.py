"""Push: bring hospitals in step, in this process, with what the ledger says they should hold."""

import os
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from integration.delivery import decide, owner, pump
from integration.delivery.bookkeeping import Bookkeeper
from integration.delivery.effects import View
from integration.delivery.manners import Manners
from integration.hospital import capability
from integration.hospital.client import HospitalClient, open_client
from integration.hospital.settings import Settings
from integration.installation import Installation
from integration.store import hospitals, lanes, ledger
from integration.store.hospitals import Hospital, HospitalState
from integration.store.rows import Row, State, Write
from mappings import projection, registry
from mappings.identity import Base


@dataclass(frozen=True, slots=True)
class PushResult:
    """What one push did at one hospital, and what is left."""

    hospital: str
    counts: Mapping[str, int]
    requests_read: int
    requests_write: int
    rows: Mapping[State, int]
    stopped: str | None
    paused: str | None  # the reason that was given for the pause, which may be empty; None: it is not paused

    @property
    def clean(self) -> bool:
        """Whether the hospital holds everything that it should."""
        return self.stopped is None and not any(
            number for state, number in self.rows.items() if state not in (State.CLEAN, State.DISMISSED)
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What a push would do with one row."""

    hospital: str
    type: str
    id: str
    action: str  # create | update | leave out | wait | look up
    why: str


def push(
    installation: Installation,
    names: list[str] | None,
    wait: float,
    stop: threading.Event,
    progress: Callable[[str, str, int], None],
) -> list[PushResult]:
    """Push to these hospitals (None: to all) until nothing is due, nor becomes due within `wait` seconds."""
    with installation.database.read() as conn:
        chosen = hospitals.every(conn) if names is None else [hospitals.get(conn, name) for name in names]
    until = installation.clock.now() + wait
    results: list[PushResult] = []
    failures: list[BaseException] = []

    def one(there: Hospital) -> None:
        try:
            results.append(_push_one(installation, there, until, stop, progress))
        except BaseException as error:  # noqa: BLE001 - an entry point: raised again below, in the caller's thread
            failures.append(error)

    crew = [threading.Thread(target=one, args=(there,), daemon=True) for there in chosen]
    for worker in crew:
        worker.start()
    _join(crew, stop)
    if failures:
        raise failures[0]
    return sorted(results, key=lambda r: r.hospital)


def _join(crew: list[threading.Thread], stop: threading.Event) -> None:
    """Wait for all; on Ctrl-C each one finishes the request that it is in, and writes it down."""
    try:
        for worker in crew:
            while worker.is_alive():
                worker.join(0.2)
    except KeyboardInterrupt:
        stop.set()
        for worker in crew:
            worker.join()
        raise


def _push_one(
    installation: Installation,
    there: Hospital,
    until: float,
    stop: threading.Event,
    progress: Callable[[str, str, int], None],
) -> PushResult:
    settings = Settings.model_validate(there.settings)
    database = installation.database
    tally = pump.Tally()
    if there.state is HospitalState.ACTIVE:
        with client_of(installation, there) as client:
            works = pump.Works(
                database=database,
                client=client,
                manners=lambda: _manners_now(installation, there.name),
                clock=installation.clock,
                chance=random.Random(os.urandom(16)).random,  # noqa: S311 - jitter, no secret
                owner=owner.me(),
                is_dead=owner.is_dead,
                stop=stop,
                seen=lambda what, number: progress(there.name, what, number),
            )
            tally = pump.pump(works, until=until, threads=settings.in_flight)
    with database.read() as conn:
        after = hospitals.get(conn, there.name)
        rows = ledger.counts(conn, there.name)
    return PushResult(
        there.name, dict(tally.counts), tally.counts["read"], tally.counts["write"], rows,
        None if after.state is not HospitalState.STOPPED and not after.stopped_types else _why(after),
        after.reason if after.state is HospitalState.PAUSED else None,
    )  # fmt: skip


def _why(there: Hospital) -> str:
    types = [f"{kind}: {why}" for kind, why in there.stopped_types.items()]
    return "; ".join([*([there.reason] if there.state is HospitalState.STOPPED else []), *types])


def _manners_now(installation: Installation, name: str) -> Manners:
    with installation.database.read() as conn:
        return manners_of(hospitals.get(conn, name), installation.base)


def manners_of(there: Hospital, base: Base) -> Manners:
    """How this hospital is written to, from what it declared and what the operator set."""
    settings = Settings.model_validate(there.settings)
    declared = capability.Capability.from_json(there.capability)
    rungs = capability.rungs(declared, settings, registry.MADE)
    bundle, _ = capability.bundle_kind(declared, settings)
    return Manners(
        name=there.name,
        base=base,
        rungs={kind: rung for kind, (rung, _) in rungs.items() if rung},
        bundle=bundle,
        bundle_size=settings.bundle_size,
        deadline=settings.deadline,
        wait=settings.wait,
        lease=max(10.0, 2.5 * settings.deadline),
        if_match=settings.if_match,
        not_searchable=frozenset(capability.not_searchable(declared, registry.MADE)),
        not_updatable=_not_updatable(declared, settings),
        not_taken=frozenset(kind for kind, (rung, _) in rungs.items() if not rung and _goes(kind, settings)),
        stopped_types=frozenset(there.stopped_types),
        busy_means_not_done=settings.busy_means_not_done,
        creates_patients=settings.patients == "create",
        takes_all=settings.projection == projection.FULL,
    )


def _not_updatable(declared: capability.Capability, settings: Settings) -> frozenset[str]:
    """A hospital may declare an update that it never does: then the operator says so."""
    never = settings.updates == "never"
    return registry.MADE if never else capability.not_updatable(declared, registry.MADE)


def _goes(kind: str, settings: Settings) -> bool:
    """Patients that are linked are never written, whatever the hospital takes."""
    return kind != "Patient" or settings.patients == "create"


def client_of(installation: Installation, there: Hospital) -> HospitalClient:
    """The HTTP client of one hospital."""
    settings = Settings.model_validate(there.settings)
    return open_client(there.name, there.url, settings, installation.clock.boot, environ=os.environ)


def dry_run(installation: Installation, name: str) -> list[Change]:
    """What a push would do now, without sending anything."""
    changes: list[Change] = []
    with installation.database.read() as conn:
        there = hospitals.get(conn, name)
        manners = manners_of(there, installation.base)
        by_lane: dict[str, list[str]] = {}
        for _, lane, _row in ledger.listing(conn, name, (State.DIRTY, State.UNKNOWN)):
            by_lane.setdefault(lane, [])
        for lane in by_lane:
            claim = lanes.Claim(name, lane, lanes.token(conn, name, lane), 0, 0)
            books = Bookkeeper(installation.database, claim, manners, installation.clock.now, installation.clock.boot)
            view = books.load()
            if view is not None:
                changes.extend(_change(name, row, view, manners) for row in view.rows)
    return changes


def _change(name: str, row: Row, view: View, manners: Manners) -> Change:
    if row.open is not None:
        return Change(name, row.type, row.id, "look up", "an answer is outstanding")
    why = manners.why_left_out(row, view.left_out)
    if why is not None:
        return Change(name, row.type, row.id, "leave out", why)
    missing = decide.never_comes(row, view)
    if missing:
        return Change(name, row.type, row.id, "wait", "for " + ", ".join(f"{k}/{i}" for k, i in missing))
    update = manners.write_of(row) is Write.UPDATE
    return Change(name, row.type, row.id, "update" if update else "create", "")
