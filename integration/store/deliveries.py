"""What became of documents at hospitals, read for a history: rows, tries and answers; nothing here changes anything."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select, tuple_

from integration.store import events, ledger, needs, record_heads, tables
from integration.store.events import Event
from integration.store.record_heads import Key
from integration.store.rows import Row, State

A = tables.attempt
E = tables.attempt_entry
T = tables.ledger


@dataclass(frozen=True, slots=True)
class Try:
    """One request that carried a document to a hospital, and what is known of its fate."""

    attempt: int
    hospital: str
    type: str
    id: str
    bundle: str
    write: str
    want: str
    begin: float
    answered_at: float | None
    http_status: int | None
    status: str | None
    outcome: str | None
    remote_id: str | None
    remote_version: str | None
    open: bool
    looks: int


@dataclass(frozen=True, slots=True)
class AtHospital:
    """One document's row at one hospital; `waits_for` names what has to be there first."""

    hospital: str
    row: Row
    changed_at: float
    waits_for: tuple[Key, ...]


def rows_of(conn: Connection, keys: Collection[Key]) -> dict[Key, list[AtHospital]]:
    """The rows of these documents at every hospital."""
    found: dict[Key, list[AtHospital]] = {}
    for hospital, changed in _hospitals_of(conn, keys).items():
        rows = ledger.get_many(conn, hospital, list(changed))
        waiting = _waits_for(conn, hospital, [row for row in rows.values() if row.state is State.DIRTY])
        for key, row in rows.items():
            found.setdefault(key, []).append(AtHospital(hospital, row, changed[key], waiting.get(key, ())))
    return found


def _hospitals_of(conn: Connection, keys: Collection[Key]) -> dict[str, dict[Key, float]]:
    """For each hospital the documents that have a row there, and when the row last changed."""
    found: dict[str, dict[Key, float]] = {}
    for some in _pieces(keys):
        query = select(T.c.type, T.c.id, T.c.hospital, T.c.changed_at).where(tuple_(T.c.type, T.c.id).in_(some))
        for r in conn.execute(query.order_by(T.c.hospital)):
            found.setdefault(r.hospital, {})[r.type, r.id] = r.changed_at
    return found


def _waits_for(conn: Connection, hospital: str, dirty: Collection[Row]) -> dict[Key, tuple[Key, ...]]:
    """For each of these rows the documents that the hospital has to hold first."""
    if not dirty:
        return {}
    wanted = needs.of(conn, hospital, dirty)
    missing = set(needs.missing(conn, hospital, sorted({one for many in wanted.values() for one in many})))
    return {key: tuple(one for one in many if one in missing) for key, many in wanted.items()}


def tries_of(conn: Connection, keys: Collection[Key]) -> dict[Key, list[Try]]:
    """Every request that carried one of these documents, oldest first."""
    found: dict[Key, list[Try]] = {}
    for some in _pieces(keys):
        query = (
            select(
                E.c.attempt, E.c.hospital, E.c.type, E.c.id, A.c.bundle, E.c.write, E.c.want, A.c.begin,
                A.c.answered_at, A.c.http_status, E.c.status, E.c.outcome, E.c.remote_id, E.c.remote_version,
                E.c.open, E.c.looks,
            )
            .join_from(T, A, and_(A.c.hospital == T.c.hospital, A.c.lane == T.c.lane))
            .join(E, and_(E.c.attempt == A.c.id, E.c.type == T.c.type, E.c.id == T.c.id))
            .where(tuple_(T.c.type, T.c.id).in_(some))
            .order_by(E.c.attempt)
        )  # fmt: skip
        for r in conn.execute(query):
            found.setdefault((r.type, r.id), []).append(Try(*tuple(r)))
    return found


def observations_at(conn: Connection, sessions: Iterable[str]) -> list[str]:
    """The observations that were taken at these sessions."""
    link = tables.record_link
    found: list[str] = []
    for ids in record_heads.chunks(sessions):
        query = select(link.c.id).where(
            link.c.kind == "observation", link.c.target_kind == "session", link.c.target_id.in_(ids)
        )
        found += conn.scalars(query)
    return sorted(set(found))


def happenings(conn: Connection) -> Iterator[tuple[Event, int | None]]:
    """Every event, oldest first, with its place in the chain if it has one yet."""
    s = tables.seal
    columns = (events.E.c[name] for name in Event.__slots__)
    query = select(*columns, s.c.position).outerjoin(s, s.c.event == events.E.c.seq).order_by(events.E.c.seq)
    for row in conn.execute(query.execution_options(yield_per=500)):
        yield events.as_event(row), row.position


def anything_unsealed(conn: Connection) -> bool:
    """Whether any event has no place in the chain yet."""
    s = tables.seal
    query = select(events.E.c.seq).outerjoin(s, s.c.event == events.E.c.seq).where(s.c.event.is_(None)).limit(1)
    return conn.scalar(query) is not None


def _pieces(keys: Collection[Key]) -> Sequence[Sequence[Key]]:
    steady = sorted(set(keys))
    return [steady[start : start + 200] for start in range(0, len(steady), 200)]
