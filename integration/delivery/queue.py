"""What a person does with rows that wait for one: look, retry, dismiss. Each act is an event with its reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from integration import errors
from integration.delivery.settling import Reason
from integration.store import attempts, events, lanes, ledger, needs, rows
from integration.store.database import Connection
from integration.store.rows import Key, Row, State

_FOR_A_PERSON = (State.PARKED, State.HELD, State.DISMISSED)
_LINK_FIRST = frozenset({rows.NOT_LINKED, rows.LINK_MISMATCH})


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that is not clean, and what it waits for."""

    hospital: str
    lane: str
    row: Row
    waits_for: tuple[Key, ...]


def entries(conn: Connection, hospital: str | None = None) -> Iterator[Waiting]:
    """Everything that is not clean, with the referents that a dirty row waits for."""
    unclean = [s for s in State if s is not State.CLEAN]
    dirty: dict[str, list[Row]] = {}
    found = list(ledger.listing(conn, hospital, unclean))
    for name, _, row in found:
        if row.state is State.DIRTY:
            dirty.setdefault(name, []).append(row)
    wanted = {name: needs.of(conn, name, some) for name, some in dirty.items()}
    for name, lane, row in found:
        refers_to = wanted[name].get(row.key, ()) if row.state is State.DIRTY else ()
        yield Waiting(name, lane, row, needs.missing(conn, name, refers_to) if refers_to else ())


def retry(conn: Connection, hospital: str, key: Key, *, actor: str, reason: str, now: float) -> Row:
    """Let a parked, held or dismissed row be sent again; what a person decided (held) needs their reason."""
    lane, row = _row(conn, hospital, key)
    if row.state not in _FOR_A_PERSON:
        raise errors.UsageError("IF-USE-03", f"{key[0]}/{key[1]} is {row.state}: there is nothing to retry")
    if row.reason in _LINK_FIRST:
        raise errors.UsageError("IF-USE-04", "its patient is not linked there", next_step="infusion-fhir link")
    if row.reason == rows.UNENROLLED:
        raise errors.UsageError("IF-USE-04", "its patient is not enrolled there", next_step="infusion-fhir enrol")
    if row.state is State.HELD and not reason:
        raise errors.UsageError("IF-USE-05", "a held row is retried with a reason", next_step="add --reason")
    new = _again(row)
    absent = attempts.is_not_there(conn, hospital, key) if row.reason == Reason.MAY_BE_THERE else []
    _write(conn, hospital, lane, new, "retried", actor, reason, now, absent)
    return new


def _again(row: Row) -> Row:
    fresh = replace(row, cap=1, unknowns=0, reason=None, detail=None, actor=None)
    match row.reason:
        case Reason.GONE:
            fresh = replace(fresh, remote_id=None, remote_version=None, have=None)
        case Reason.CONFLICT:
            return replace(fresh, state=State.DIRTY, reason=rows.OVERRIDE)
        case _:
            pass
    return replace(fresh, state=fresh.resting)


def dismiss(conn: Connection, hospital: str, key: Key, *, actor: str, reason: str, now: float) -> Row:
    """Never send this row again, unless its record changes; an attempt that is out is still looked up."""
    if not reason:
        raise errors.UsageError("IF-USE-05", "a row is dismissed with a reason", next_step="add --reason")
    lane, row = _row(conn, hospital, key)
    new = replace(row, state=State.DISMISSED, reason="dismissed", detail=reason, actor=actor)
    _write(conn, hospital, lane, new, "dismissed", actor, reason, now)
    return new


def _row(conn: Connection, hospital: str, key: Key) -> tuple[str, Row]:
    lane = ledger.lane_of(conn, hospital, key)
    row = ledger.get(conn, hospital, key, lock=True)
    if lane is None or row is None:
        raise errors.UsageError("IF-USE-06", f"{hospital} has no row for {key[0]}/{key[1]}")
    return lane, row


def _write(
    conn: Connection, hospital: str, lane: str, row: Row, what: str, actor: str, reason: str, now: float,
    absent: Sequence[int] = (),
) -> None:  # fmt: skip
    ledger.save(conn, hospital, [row], now)
    lanes.touch(conn, hospital, [lane], now)
    lanes.wake(conn, hospital, [row.key], now, besides=lane)
    entries = [[*row.key, str(row.state)]]
    body: dict[str, Any] = {"lane": lane, "entries": entries, "holds": [row.holds], "reason": reason}
    if absent:
        body["not_there"] = [[*row.key, attempt] for attempt in absent]
    events.append(conn, what, actor, body, hospital=hospital, at=now)
