"""Where each record stands: its current version, whose it is, and whether its documents have to be made again."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, insert, or_, select, true, update

from integration.store import tables

H = tables.record_head
L = tables.record_link
Key = tuple[str, str]

LINKED = frozenset({"plan", "session", "observation", "assessment", "follow_up"})
"""The kinds that documents or findings of other records depend on, and visits; links to others are not kept."""
MADE_AGAIN = {"plan": ("session",), "session": ("observation",), "observation": ("session", "plan")}
"""When a record of this kind changes, the records of those kinds that refer to it are due as well."""
AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Head:
    """One record's current state; `moment` is the clinic's updated_at in microseconds since 1970."""

    kind: str
    id: str
    version: int
    updated_at: str
    moment: int
    digest: str
    patient: str | None
    due: bool
    test: bool

    @property
    def key(self) -> Key:
        """Kind and id."""
        return self.kind, self.id


_COLUMNS = (H.c.kind, H.c.id, H.c.version, H.c.updated_at, H.c.moment, H.c.digest, H.c.patient, H.c.due, H.c.test)
_DUE = H.c.due == true()  # as the partial index spells it, else SQLite does not use that
_SAVE = (
    update(H)
    .where(H.c.kind == bindparam("of_kind"), H.c.id == bindparam("of_id"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("version", "updated_at", "moment", "digest", "patient", "due", "test")
        }
    )
)


def chunks(ids: Iterable[str]) -> list[list[str]]:
    """Cut a set of ids so that no statement carries more parameters than a database takes."""
    steady = sorted(set(ids))
    return [steady[start : start + AT_A_TIME] for start in range(0, len(steady), AT_A_TIME)]


def by_kind(keys: Iterable[Key]) -> dict[str, list[list[str]]]:
    """Ids by kind, in pieces that fit in a statement."""
    grouped: dict[str, list[str]] = {}
    for kind, record_id in keys:
        grouped.setdefault(kind, []).append(record_id)
    return {kind: chunks(ids) for kind, ids in sorted(grouped.items())}


def heads(conn: Connection, keys: Iterable[Key]) -> dict[Key, Head]:
    """The heads of these records, as far as they are stored."""
    found: dict[Key, Head] = {}
    for kind, pieces in by_kind(keys).items():
        for ids in pieces:
            for row in conn.execute(select(*_COLUMNS).where(H.c.kind == kind, H.c.id.in_(ids))):
                found[row.kind, row.id] = Head(*row)
    return found


def head(conn: Connection, kind: str, record_id: str) -> Head | None:
    """The head of one record."""
    return heads(conn, [(kind, record_id)]).get((kind, record_id))


def of_patient(conn: Connection, patient: str) -> list[Head]:
    """Everything stored of a patient (the clinic's id), the patient's own record included."""
    query = select(*_COLUMNS).where(H.c.patient == patient).order_by(H.c.kind, H.c.id)
    return [Head(*row) for row in conn.execute(query)]


def of_kind(conn: Connection, kind: str) -> list[Head]:
    """Every record of a kind, by id."""
    return [Head(*row) for row in conn.execute(select(*_COLUMNS).where(H.c.kind == kind).order_by(H.c.id))]


def counts(conn: Connection) -> dict[str, int]:
    """How many records of each kind are stored."""
    query = select(H.c.kind, func.count()).group_by(H.c.kind).order_by(H.c.kind)
    return {kind: number for kind, number in conn.execute(query)}  # noqa: C416 - rows are not pairs to mypy


def has_test(conn: Connection) -> bool:
    """Whether any record is pretend data; then nothing may go to a hospital beyond this machine."""
    return conn.scalar(select(H.c.id).where(H.c.test.is_(True)).limit(1)) is not None


def due(conn: Connection, limit: int, after: Key | None = None) -> list[Head]:
    """The next records whose documents have to be made again, in a steady order."""
    return _page(conn, select(*_COLUMNS).where(_DUE), limit, after)


def page(conn: Connection, limit: int, after: Key | None = None) -> list[Head]:
    """The next records of all, in a steady order."""
    return _page(conn, select(*_COLUMNS), limit, after)


def _page(conn: Connection, query: Select[Any], limit: int, after: Key | None) -> list[Head]:
    query = query.order_by(H.c.kind, H.c.id).limit(limit)
    if after is not None:
        kind, record_id = after
        query = query.where(or_(H.c.kind > kind, and_(H.c.kind == kind, H.c.id > record_id)))
    return [Head(*row) for row in conn.execute(query)]


def count_due(conn: Connection) -> int:
    """How many records are due."""
    return conn.scalar(select(func.count()).select_from(H).where(_DUE)) or 0


def mark_due(conn: Connection, keys: Iterable[Key]) -> None:
    """Have the documents of these records made again."""
    _set_due(conn, keys, due=True)


def mark_due_of_patients(conn: Connection, patients: Iterable[str]) -> None:
    """Have the documents of everything of these patients (the clinic's ids) made again, but for their own."""
    for ids in chunks(patients):
        theirs = H.c.patient.in_(ids) & (H.c.kind != "patient") & H.c.due.is_(False)
        conn.execute(update(H).where(theirs).values(due=True))


def mark_done(conn: Connection, keys: Iterable[Key]) -> None:
    """The documents of these records are as they should be."""
    _set_due(conn, keys, due=False)


def _set_due(conn: Connection, keys: Iterable[Key], *, due: bool) -> None:
    for kind, pieces in by_kind(keys).items():
        for ids in pieces:
            conn.execute(update(H).where(H.c.kind == kind, H.c.id.in_(ids)).values(due=due))


def mark_all_due(conn: Connection) -> None:
    """Have every document made again, as after an upgrade of the maps."""
    conn.execute(update(H).values(due=True))


def dependents(conn: Connection, kind: str, record_id: str) -> list[Key]:
    """The records whose documents or findings depend on this one."""
    return sorted(dependents_of(conn, [(kind, record_id)]))


def dependents_of(conn: Connection, keys: Iterable[Key]) -> set[Key]:
    """The records whose documents or findings depend on any of these."""
    found: set[Key] = set()
    for kind, pieces in by_kind(keys).items():
        for ids in pieces if kind in MADE_AGAIN else ():
            query = select(L.c.kind, L.c.id).where(
                L.c.target_kind == kind, L.c.target_id.in_(ids), L.c.kind.in_(MADE_AGAIN[kind])
            )
            found.update((row.kind, row.id) for row in conn.execute(query))
    return found


def visits(conn: Connection, observations: Collection[str]) -> set[Key]:
    """The sessions at which these observations were taken: their findings speak of observations."""
    found: set[Key] = set()
    for ids in chunks(observations):
        query = select(L.c.target_id).where(
            L.c.kind == "observation", L.c.id.in_(ids), L.c.target_kind == "session"
        )  # fmt: skip
        found.update(("session", target) for target in conn.scalars(query))
    return found


def add(conn: Connection, new: Collection[Head]) -> None:
    """Write the heads of records that were not there before."""
    if new:
        fields = Head.__slots__
        conn.execute(insert(H), [{name: getattr(one, name) for name in fields} for one in new])


def save(conn: Connection, changed: Collection[Head]) -> None:
    """Write heads that were there before."""
    rows = [
        {
            "of_kind": one.kind,
            "of_id": one.id,
            "new_version": one.version,
            "new_updated_at": one.updated_at,
            "new_moment": one.moment,
            "new_digest": one.digest,
            "new_patient": one.patient,
            "new_due": one.due,
            "new_test": one.test,
        }
        for one in changed
    ]
    if rows:
        conn.execute(_SAVE, rows)


def tell_sessions_their_patient(conn: Connection, sessions: Iterable[str], plans: Iterable[str]) -> None:
    """A session does not say whose it is, its plan does: write it down as soon as both are here."""
    p = H.alias()
    its_plan = (L.c.kind == "session") & (L.c.id == H.c.id) & (L.c.target_kind == "plan")
    patient = (
        select(p.c.patient)
        .join(L, (p.c.kind == "plan") & (p.c.id == L.c.target_id))
        .where(its_plan)
        .limit(1)
        .correlate(H)
        .scalar_subquery()
    )
    told = update(H).values(patient=patient).where(H.c.kind == "session")
    for ids in chunks(sessions):
        conn.execute(told.where(H.c.id.in_(ids)))
    for ids in chunks(plans):
        theirs = select(L.c.id).where(L.c.kind == "session", L.c.target_kind == "plan", L.c.target_id.in_(ids))
        conn.execute(told.where(H.c.id.in_(theirs)))
