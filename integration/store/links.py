"""Links: which of the hospital's Patients, Encounters and Practitioners stands there for one of ours."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, tuple_

from integration.store import many, renderings, tables
from integration.store.rows import Key

LINKED: Final = "linked"
MISMATCH: Final = "mismatch"

L = tables.link
_COLUMNS = (L.c.kind, L.c.id, L.c.remote_id, L.c.state, L.c.detail)
_THESE = select(*_COLUMNS).where(L.c.hospital == bindparam("hospital"), tuple_(L.c.kind, L.c.id).in_(many.KEYS))


@dataclass(frozen=True, slots=True)
class Link:
    """Ours is that one at the hospital; `mismatch` until a person has confirmed it."""

    kind: str  # the type of theirs: Patient, Encounter, Practitioner
    id: str  # our logical id
    remote_id: str
    state: str
    detail: str

    @property
    def key(self) -> Key:
        """What our documents refer to: the type, and our logical id."""
        return (self.kind, self.id)

    @property
    def holds(self) -> bool:
        """Whether documents may refer to it."""
        return self.state == LINKED


def every(conn: Connection, hospital: str, kind: str | None = None) -> list[Link]:
    """The links of a hospital, or those of one type."""
    query = select(*_COLUMNS).where(L.c.hospital == hospital).order_by(L.c.kind, L.c.id)
    if kind is not None:
        query = query.where(L.c.kind == kind)
    return [Link(*found) for found in conn.execute(query)]


def those(conn: Connection, hospital: str, keys: Collection[Key]) -> dict[Key, Link]:
    """The links of these."""
    found = conn.execute(_THESE, {"hospital": hospital, "many": many.keys(sorted(keys))}).all()
    return {(one.kind, one.id): Link(*one) for one in found}


def find(conn: Connection, hospital: str, key: Key) -> Link | None:
    """One link."""
    return those(conn, hospital, [key]).get(key)


def put(conn: Connection, hospital: str, link: Link, actor: str, now: float) -> None:
    """Write a link, in place of the one that there was."""
    conn.execute(delete(L).where(L.c.kind == link.kind, L.c.id == link.id, L.c.hospital == hospital))
    conn.execute(
        insert(L).values(
            kind=link.kind, id=link.id, hospital=hospital, remote_id=link.remote_id, state=link.state,
            detail=link.detail, actor=actor, at=now,
        )
    )  # fmt: skip


def carries(conn: Connection, hospital: str, key: Key) -> bool:
    """Whether anything that refers to this went to the hospital, or is on its way there."""
    t, r = tables.ledger, tables.rendering
    query = select(t.c.state, t.c.have, r.c.body).join(r, r.c.digest.in_([t.c.have, t.c.want]))
    sent = and_(t.c.hospital == hospital, t.c.have.is_not(None) | (t.c.state == "unknown"))
    found = conn.execute(query.where(sent).execution_options(yield_per=500))
    return any(key in renderings.refers_to(bytes(one.body)) for one in found)


def patients_at(conn: Connection, kind: str, visit: str) -> set[str]:
    """The clinic's ids of the patients whose records were made at this visit; a session is its patient's own."""
    link, head = tables.record_link, tables.record_head
    query = (
        select(head.c.patient)
        .join(link, and_(head.c.kind == link.c.kind, head.c.id == link.c.id))
        .where(link.c.target_kind == kind, link.c.target_id == visit, head.c.patient.is_not(None))
    )
    own = select(head.c.patient).where(head.c.kind == kind, head.c.id == visit, head.c.patient.is_not(None))
    return {str(patient) for patient in conn.scalars(query.union(own))}
