"""The ledger: for each resource at each hospital, what it should hold and what it is known to hold."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select, true, tuple_, update

from fhir_profiles import fhir_json
from integration.store import clinic, rows, tables
from integration.store.rows import Key, Open, Row, State
from mappings import identity, projection

T = tables.ledger
E = tables.attempt_entry
_FIELDS = (
    "want", "have", "state", "remote_id", "remote_version", "reason", "detail", "actor", "cap", "unknowns", "searched",
)  # fmt: skip
_COLUMNS = [T.c.type, T.c.id, T.c.rank, T.c.identifier, *(T.c[name] for name in _FIELDS)]
_UPDATE = (
    update(T)
    .where(T.c.hospital == bindparam("h"), T.c.type == bindparam("t"), T.c.id == bindparam("i"))
    .values({name: bindparam(f"new_{name}") for name in (*_FIELDS, "changed_at")})
)


def save(conn: Connection, hospital: str, changed: Collection[Row], now: float) -> None:
    """Write rows back as they are now (the open attempt is the attempts' business)."""
    values = [
        {"h": hospital, "t": row.type, "i": row.id, "new_changed_at": now,
         **{f"new_{name}": getattr(row, name) for name in _FIELDS}, "new_state": row.state.value}
        for row in changed
    ]  # fmt: skip
    if values:
        conn.execute(_UPDATE, values)


def get(conn: Connection, hospital: str, key: Key, *, lock: bool = False) -> Row | None:
    """One row with its open attempt."""
    return next(iter(get_many(conn, hospital, [key], lock=lock).values()), None)


def get_many(conn: Connection, hospital: str, keys: Collection[Key], *, lock: bool = False) -> dict[Key, Row]:
    """The rows of these keys with their open attempts."""
    found: dict[Key, Row] = {}
    for some in chunks(sorted(keys)):
        query = select(*_COLUMNS).where(T.c.hospital == hospital, tuple_(T.c.type, T.c.id).in_(some))
        found.update(((r.type, r.id), as_row(r)) for r in conn.execute(query.with_for_update() if lock else query))
    still = _open_entries(conn, hospital, found.keys())
    return {key: replace(row, open=still.get(key)) for key, row in found.items()}


def unclean(conn: Connection, hospital: str, lane: str) -> list[Row]:
    """The rows of a lane that drain may have to do with: dirty, unknown, or dismissed with an open attempt."""
    query = (
        select(*_COLUMNS)
        .where(T.c.hospital == hospital, T.c.lane == lane, T.c.state.in_(["dirty", "unknown", "dismissed", "held"]))
        .order_by(T.c.rank, T.c.type, T.c.id)
    )
    found = [as_row(r) for r in conn.execute(query)]
    still = _open_of_lane(conn, hospital, lane) if found else {}
    with_open = (replace(row, open=still.get(row.key)) if row.key in still else row for row in found)
    return [row for row in with_open if row.state in (State.DIRTY, State.UNKNOWN) or row.open is not None]


def needs(conn: Connection, hospital: str, lane: str, only: Collection[Key] | None = None) -> dict[Key, list[Key]]:
    """For each row of the lane that is not at rest (or only these): the resources that it refers to."""
    r = tables.reference
    query = (
        select(r.c.source_type, r.c.source_id, r.c.target_type, r.c.target_id)
        .join(T, and_(T.c.type == r.c.source_type, T.c.id == r.c.source_id))
        .where(T.c.hospital == hospital, T.c.lane == lane, T.c.state.in_(["dirty", "unknown"]))
        .order_by(r.c.target_type, r.c.target_id)
    )
    found: dict[Key, list[Key]] = {}
    if only is None:
        for source_type, source_id, target_type, target_id in conn.execute(query):
            found.setdefault((source_type, source_id), []).append((target_type, target_id))
        return found
    columns = (r.c.source_type, r.c.source_id, r.c.target_type, r.c.target_id)
    for some in chunks(sorted(only)):
        chosen = select(*columns).where(tuple_(r.c.source_type, r.c.source_id).in_(some))
        for source_type, source_id, target_type, target_id in conn.execute(chosen):
            found.setdefault((source_type, source_id), []).append((target_type, target_id))
    return found


def identifier_of_remote(conn: Connection, hospital: str, resource_type: str, remote_id: str) -> str | None:
    """The identifier of what has this id at the hospital, if it is ours."""
    query = select(T.c.identifier).where(
        T.c.hospital == hospital, T.c.type == resource_type, T.c.remote_id == remote_id
    )
    found = conn.scalar(query)
    if found is not None or resource_type != "Patient":
        return found
    k, p = tables.link, tables.resource
    patient = conn.scalar(
        select(p.c.body)
        .join(k, and_(k.c.id == p.c.id, p.c.type == "Patient"))
        .where(k.c.kind == "Patient", k.c.hospital == hospital, k.c.remote_id == remote_id)
    )
    if patient is None:
        return None
    base = identity.Base(clinic.get(conn).identifier_base)
    return projection.own_identifier(fhir_json.loads(bytes(patient)), base)


def mark_unknown(conn: Connection, hospital: str, keys: Collection[Key], now: float) -> None:
    """These rows are written ahead: what happens to them is not known until the attempt is settled."""
    by_type: dict[str, list[str]] = {}
    for kind, logical_id in keys:
        by_type.setdefault(kind, []).append(logical_id)
    for kind, ids in by_type.items():
        conn.execute(
            update(T)
            .where(T.c.hospital == hospital, T.c.type == kind, T.c.id.in_(sorted(ids)))
            .values(state=State.UNKNOWN.value, searched=False, changed_at=now)
        )


def lane_of(conn: Connection, hospital: str, key: Key) -> str | None:
    """The lane of a row, or None when there is no such row."""
    lane: str | None = conn.scalar(
        select(T.c.lane).where(T.c.hospital == hospital, T.c.type == key[0], T.c.id == key[1])
    )
    return lane


def linked_patients(conn: Connection, hospital: str) -> set[str]:
    """Our ids of the patients that are linked to one of the hospital's."""
    k = tables.link
    return set(
        conn.scalars(select(k.c.id).where(k.c.hospital == hospital, k.c.state == "linked", k.c.kind == "Patient"))
    )


def counts(conn: Connection, hospital: str) -> dict[State, int]:
    """How many rows of the hospital stand in each state."""
    query = select(T.c.state, func.count()).where(T.c.hospital == hospital).group_by(T.c.state)
    return {State(state): number for state, number in conn.execute(query)}


def listing(
    conn: Connection, hospital: str | None = None, states: Collection[State] = (), lane: str | None = None
) -> Iterator[tuple[str, str, Row]]:
    """(hospital, lane, row) of every row that is asked for, in a steady order."""
    query = select(T.c.hospital, T.c.lane, *_COLUMNS).order_by(T.c.hospital, T.c.lane, T.c.rank, T.c.type, T.c.id)
    if hospital is not None:
        query = query.where(T.c.hospital == hospital)
    if states:
        query = query.where(T.c.state.in_([str(state) for state in states]))
    if lane is not None:
        query = query.where(T.c.lane == lane)
    for found in conn.execute(query):
        yield found.hospital, found.lane, as_row(found)


def of_resource(conn: Connection, key: Key) -> dict[str, Row]:
    """The rows of one resource, by hospital."""
    query = select(T.c.hospital, *_COLUMNS).where(T.c.type == key[0], T.c.id == key[1]).order_by(T.c.hospital)
    return {r.hospital: as_row(r) for r in conn.execute(query)}


def as_row(found: Any) -> Row:
    """A Row from the columns of the ledger."""
    values = {name: getattr(found, name) for name in ("type", "id", "rank", "identifier", *_FIELDS)}
    return Row(**{**values, "state": State(found.state)})


def chunks(items: list[Key] | list[str], size: int = 200) -> list[list[object]]:
    """Cut a list so that a statement never carries more parameters than SQLite takes."""
    return [list(items[start : start + size]) for start in range(0, len(items), size)]


_OPEN = select(
    E.c.type, E.c.id, E.c.attempt, E.c.position, E.c.write, E.c.want, tables.attempt.c.begin, E.c.looks, E.c.sure,
    E.c.free, E.c.remote_id,
).join(tables.attempt, tables.attempt.c.id == E.c.attempt)  # fmt: skip


def _as_open(r: Any) -> Open:
    return Open(r.attempt, r.position, rows.Write(r.write), r.want, r.begin, r.looks, r.sure, r.free, r.remote_id)


def _open_entries(conn: Connection, hospital: str, keys: Collection[Key]) -> dict[Key, Open]:
    found: dict[Key, Open] = {}
    for some in chunks(sorted(keys)):
        query = _OPEN.where(E.c.hospital == hospital, E.c.open == true(), tuple_(E.c.type, E.c.id).in_(some))
        found.update(((r.type, r.id), _as_open(r)) for r in conn.execute(query))
    return found


def _open_of_lane(conn: Connection, hospital: str, lane: str) -> dict[Key, Open]:
    query = _OPEN.where(
        E.c.hospital == hospital,
        E.c.open == true(),
        tables.attempt.c.lane == lane,
        tables.attempt.c.hospital == hospital,
    )
    return {(r.type, r.id): _as_open(r) for r in conn.execute(query)}
