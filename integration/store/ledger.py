"""The ledger: for each resource at each hospital, what it should hold and what it is known to hold."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select, true, tuple_, update

from fhir_profiles import fhir_json
from integration.store import clinic, many, rows, tables
from integration.store.rows import Key, Open, Row, State
from mappings import identity, projection

T = tables.ledger
E = tables.attempt_entry
A = tables.attempt
F = tables.reference
_FIELDS = (
    "want", "have", "state", "remote_id", "remote_version", "reason", "detail", "actor", "cap", "unknowns", "searched",
)  # fmt: skip
_COLUMNS = [T.c.type, T.c.id, T.c.rank, T.c.identifier, *(T.c[name] for name in _FIELDS)]
_UPDATE = (
    update(T)
    .where(T.c.hospital == bindparam("h"), T.c.type == bindparam("t"), T.c.id == bindparam("i"))
    .values({name: bindparam(f"new_{name}") for name in (*_FIELDS, "changed_at")})
)


_OWN = T.c.hospital == bindparam("hospital")
_OF_LANE = _OWN & (T.c.lane == bindparam("lane"))
_THESE = select(*_COLUMNS).where(_OWN, tuple_(T.c.type, T.c.id).in_(many.KEYS))
_THESE_LOCKED = _THESE.with_for_update()
_STANDING = select(T.c.type, T.c.id, T.c.remote_id, T.c.have, T.c.state).where(
    _OWN, tuple_(T.c.type, T.c.id).in_(many.KEYS)
)
_UNCLEAN = (
    select(*_COLUMNS)
    .where(_OF_LANE, T.c.state.in_(["dirty", "unknown", "dismissed", "held"]))
    .order_by(T.c.rank, T.c.type, T.c.id)
)
_REFERS = select(F.c.source_type, F.c.source_id, F.c.target_type, F.c.target_id)
_IN_LANE = F.c.patient == bindparam("lane")
_TO_BE_SENT = select(T.c.type, T.c.id).where(_OF_LANE, T.c.state.in_(["dirty", "unknown"]))
_NEEDS = _REFERS.where(_IN_LANE, tuple_(F.c.source_type, F.c.source_id).in_(_TO_BE_SENT))
_NEEDS_OF = _REFERS.join(
    T, and_(T.c.lane == F.c.patient, T.c.type == F.c.source_type, T.c.id == F.c.source_id)
).where(_OWN, tuple_(T.c.type, T.c.id).in_(many.KEYS))
_OF_THAT = T.c.hospital == bindparam("of_hospital")
_ARRIVED_OF = update(T).values(
    have=T.c.want, state=State.CLEAN.value, remote_id=T.c.id, remote_version=bindparam("version"), reason=None,
    detail=None, actor=bindparam("new_actor"), cap=0, unknowns=0, searched=bindparam("was_searched"),
    changed_at=bindparam("now"),
)  # fmt: skip
_ARRIVED = _ARRIVED_OF.where(_OF_THAT, tuple_(T.c.type, T.c.id).in_(many.KEYS))
_WANTING = tuple_(T.c.type, T.c.id, T.c.want).in_(many.columns(3))
_AT_A_PLACE = tuple_(T.c.type, T.c.id, T.c.want, T.c.remote_id).in_(many.columns(4))
_ARRIVED_AS_LEFT = _ARRIVED_OF.where(
    _OF_THAT, _WANTING, T.c.state == State.UNKNOWN.value, T.c.changed_at == bindparam("left_at")
)
_MARK_UNKNOWN = update(T).values(state=State.UNKNOWN.value, searched=False, changed_at=bindparam("now"))
_MARK_UNKNOWN = _MARK_UNKNOWN.where(_OF_THAT, T.c.state == State.DIRTY.value)
_MARK_NEW = _MARK_UNKNOWN.where(_WANTING, T.c.remote_id.is_(None))
_MARK_KNOWN = _MARK_UNKNOWN.where(_AT_A_PLACE)


class MovedError(Exception):
    """Rows are not as they were left: read them, and begin again."""


def save(conn: Connection, hospital: str, changed: Collection[Row], now: float) -> None:
    """Write rows back as they are now (the open attempt is the attempts' business)."""
    arrived = [row for row in changed if _has_arrived(row)]
    for alike, together in _alike(arrived):
        conn.execute(_ARRIVED, {"of_hospital": hospital, "now": now, "many": many.keys(sorted(alike)), **together})
    if len(arrived) < len(changed):
        conn.execute(_UPDATE, [_as_values(hospital, row, now) for row in changed if not _has_arrived(row)])


def save_as_left(conn: Connection, hospital: str, changed: Collection[Row], now: float, *, left_at: float) -> None:
    """Write rows back that have arrived, if all are as they were marked at `left_at`; else raises MovedError.

    Nobody writes a row without writing when, so these need not be read again before they are written.
    """
    if not all(_has_arrived(row) for row in changed):
        raise MovedError
    wants = {row.key: row.want for row in changed}
    written = 0
    for alike, together in _alike(changed):
        as_left = many.rows((*key, wants[key]) for key in sorted(alike))
        here = {"of_hospital": hospital, "now": now, "many": as_left, "left_at": left_at}
        written += conn.execute(_ARRIVED_AS_LEFT, {**here, **together}).rowcount
    if written != len(changed):
        raise MovedError


def _alike(arrived: Iterable[Row]) -> Iterator[tuple[list[Key], dict[str, Any]]]:
    """Rows that have arrived differ in little: those that differ in nothing but their keys, and what is written."""
    found: dict[tuple[str | None, str | None, bool], list[Key]] = {}
    for row in arrived:
        found.setdefault((row.remote_version, row.actor, row.searched), []).append(row.key)
    for (version, actor, searched), alike in found.items():
        yield alike, {"version": version, "new_actor": actor, "was_searched": searched}


def _has_arrived(row: Row) -> bool:
    """Whether the hospital holds what it should under our id: such rows differ in little and are written at once."""
    at_rest = row.state is State.CLEAN and row.want == row.have and row.remote_id == row.id
    return at_rest and row.reason is None and row.detail is None and not row.cap and not row.unknowns


def _as_values(hospital: str, row: Row, now: float) -> dict[str, Any]:
    values = {f"new_{name}": getattr(row, name) for name in _FIELDS}
    return {**values, "h": hospital, "t": row.type, "i": row.id, "new_changed_at": now, "new_state": row.state.value}


def get(conn: Connection, hospital: str, key: Key, *, lock: bool = False) -> Row | None:
    """One row with its open attempt."""
    return next(iter(get_many(conn, hospital, [key], lock=lock).values()), None)


def get_many(
    conn: Connection, hospital: str, keys: Collection[Key], *, lock: bool = False, attempt: int | None = None
) -> dict[Key, Row]:
    """The rows of these keys with their open attempts; `attempt`: the only one that can be open for them."""
    query = _THESE_LOCKED if lock else _THESE
    found = conn.execute(query, {"hospital": hospital, "many": many.keys(sorted(keys))}).all()
    # After the rows: on PostgreSQL an attempt may be closed while we wait for their locks.
    still = _open_entries(conn, hospital, keys) if attempt is None else _open_of(conn, attempt)
    return {(r.type, r.id): as_row(r, still.get((r.type, r.id))) for r in found}


def standing(conn: Connection, hospital: str, keys: Collection[Key]) -> dict[Key, tuple[str | None, bool, bool]]:
    """How these stand at the hospital: their id there, whether it holds them, and whether they were dismissed."""
    read = conn.execute(_STANDING, {"hospital": hospital, "many": many.keys(sorted(keys))})
    return {
        (kind, logical_id): (remote_id, remote_id is not None and have is not None, state == State.DISMISSED.value)
        for kind, logical_id, remote_id, have, state in read.all()
    }


def unclean(conn: Connection, hospital: str, lane: str) -> list[Row]:
    """The rows of a lane that drain may have to do with: dirty, unknown, or dismissed with an open attempt."""
    found = conn.execute(_UNCLEAN, {"hospital": hospital, "lane": lane}).all()
    still = _open_of_lane(conn, hospital, lane) if found else {}
    rows_ = [as_row(r, still.get((r.type, r.id))) for r in found]
    return [row for row in rows_ if row.state in (State.DIRTY, State.UNKNOWN) or row.open is not None]


def needs(conn: Connection, hospital: str, lane: str) -> dict[Key, tuple[Key, ...]]:
    """For each row of the lane that is not at rest: the resources that it refers to."""
    return _referring(conn.execute(_NEEDS, {"hospital": hospital, "lane": lane}).all())


def needs_of(conn: Connection, hospital: str, keys: Collection[Key]) -> dict[Key, tuple[Key, ...]]:
    """For each of these rows: the resources that it refers to."""
    return _referring(conn.execute(_NEEDS_OF, {"hospital": hospital, "many": many.keys(keys)}).all())


def _referring(read: Iterable[Any]) -> dict[Key, tuple[Key, ...]]:
    found: dict[Key, list[Key]] = {}
    for source_type, source_id, target_type, target_id in read:
        found.setdefault((source_type, source_id), []).append((target_type, target_id))
    return {source: tuple(sorted(targets)) for source, targets in found.items()}


def identifier_of_remote(conn: Connection, hospital: str, resource_type: str, remote_id: str) -> str | None:
    """The identifier of what has this id at the hospital, if it is ours."""
    query = select(T.c.identifier).where(
        T.c.hospital == hospital, T.c.type == resource_type, T.c.remote_id == remote_id
    )
    # Our own id there, or another: the index by remote id holds only rows of which the hospital gave the id.
    found = conn.scalar(query.where(T.c.id == remote_id)) or conn.scalar(query.where(T.c.remote_id != T.c.id))
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


def mark_unknown(conn: Connection, hospital: str, asked: Collection[Row], now: float) -> None:
    """These rows are written ahead: what happens to them is not known until the attempt is settled.

    Raises MovedError unless each is still what was decided on: dirty, the same want, the same place.
    """
    here: dict[str, Any] = {"of_hospital": hospital, "now": now}
    new = [(row.type, row.id, row.want) for row in asked if row.remote_id is None]
    known = [(row.type, row.id, row.want, row.remote_id) for row in asked if row.remote_id is not None]
    marked = conn.execute(_MARK_NEW, {**here, "many": many.rows(new)}).rowcount if new else 0
    marked += conn.execute(_MARK_KNOWN, {**here, "many": many.rows(known)}).rowcount if known else 0
    if marked != len(asked):
        raise MovedError


def lane_of(conn: Connection, hospital: str, key: Key) -> str | None:
    """The lane of a row, or None when there is no such row."""
    lane: str | None = conn.scalar(
        select(T.c.lane).where(T.c.hospital == hospital, T.c.type == key[0], T.c.id == key[1])
    )
    return lane


def counts(conn: Connection, hospital: str) -> dict[State, int]:
    """How many rows of the hospital stand in each state."""
    query = select(T.c.state, func.count()).where(T.c.hospital == hospital).group_by(T.c.state)
    return {State(state): number for state, number in conn.execute(query)}


def counts_versions(conn: Connection, hospital: str) -> bool:
    """Whether every version that the hospital gave is a number, so that a version in between would show."""
    query = select(T.c.remote_version).where(T.c.hospital == hospital, T.c.remote_version.is_not(None)).distinct()
    return all(version.isdecimal() for version in conn.scalars(query))


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


def as_row(found: Any, still: Open | None = None) -> Row:
    """A Row from the columns of the ledger, which stand last and in its own order, and its open attempt."""
    (kind, logical_id, rank, identifier, want, have, state, remote_id, version, reason, detail, actor, cap, unknowns,
     searched) = found[-len(_COLUMNS) :]  # fmt: skip
    return Row(
        kind, logical_id, rank, identifier, want, have, _STATES[state], remote_id, version, reason, detail, actor, cap,
        unknowns, searched, still,
    )  # fmt: skip


_STATES = {state.value: state for state in State}


def chunks(items: list[Key] | list[str], size: int = 200) -> list[list[object]]:
    """Cut a list so that a statement never carries more parameters than SQLite takes."""
    return [list(items[start : start + size]) for start in range(0, len(items), size)]


_OPEN = (
    select(
        E.c.type, E.c.id, E.c.attempt, E.c.position, E.c.write, E.c.want, A.c.begin, E.c.looks, E.c.sure, E.c.free,
        E.c.remote_id,
    )
    .join(A, A.c.id == E.c.attempt)
    .where(E.c.open == true())  # as the partial index spells it, else SQLite does not use that
)  # fmt: skip
_OPEN_THESE = _OPEN.where(E.c.hospital == bindparam("hospital"), tuple_(E.c.type, E.c.id).in_(many.KEYS))
# "" is added so that SQLite begins with what is open, which is little: a lane's attempts are ever more.
_OPEN_OF_LANE = _OPEN.where(E.c.hospital == bindparam("hospital"), A.c.lane + "" == bindparam("lane"))
_OPEN_OF = _OPEN.where(E.c.attempt == bindparam("attempt"))


def _open_entries(conn: Connection, hospital: str, keys: Collection[Key]) -> dict[Key, Open]:
    return _opened(conn.execute(_OPEN_THESE, {"hospital": hospital, "many": many.keys(sorted(keys))}).all())


def _open_of_lane(conn: Connection, hospital: str, lane: str) -> dict[Key, Open]:
    return _opened(conn.execute(_OPEN_OF_LANE, {"hospital": hospital, "lane": lane}).all())


def _open_of(conn: Connection, attempt: int) -> dict[Key, Open]:
    return _opened(conn.execute(_OPEN_OF, {"attempt": attempt}).all())


def _opened(found: Iterable[Any]) -> dict[Key, Open]:
    return {
        (kind, logical_id): Open(attempt, position, _WRITES[write], *rest)
        for kind, logical_id, attempt, position, write, *rest in found
    }


_WRITES = {write.value: write for write in rows.Write}
