"""Enrolments and links: who may be disclosed to which hospital, and who they are there.

Nothing goes to a hospital without an enrolment of that patient at that hospital. Where Patients are linked, nothing
goes either before somebody said which of the hospital's Patients this is.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import Connection, delete, insert, select, update

from fhir_profiles import fhir_json
from integration.store import attempts, clinic, ledger, renderings, rows, tables, wants
from integration.store import lanes as lane_table
from integration.store.rows import Key, Row, State
from mappings import identity, projection

E = tables.enrolment
L = tables.link
R = tables.resource


@dataclass(frozen=True, slots=True)
class Link:
    """This patient is that Patient at the hospital; `mismatch` until a person has confirmed it."""

    patient: str
    remote_id: str
    state: str
    detail: str


def enrol(conn: Connection, hospital: str, patients: Collection[str], actor: str, now: float) -> int:
    """Let a hospital have everything that is stored of these patients; gives how many were not enrolled before."""
    new = 0
    for patient in sorted(set(patients)):
        where = (E.c.patient == patient, E.c.hospital == hospital)
        ended = conn.execute(select(E.c.ended_at).where(*where)).all()
        if ended and ended[0][0] is None:
            continue
        if ended:
            conn.execute(update(E).where(*where).values(at=now, actor=actor, ended_at=None))
        else:
            conn.execute(insert(E).values(patient=patient, hospital=hospital, at=now, actor=actor, ended_at=None))
        new += 1
        _want_everything(conn, hospital, patient, now)
    return new


def _want_everything(conn: Connection, hospital: str, patient: str, now: float) -> None:
    """Rows for everything stored of this patient; rows that an earlier end of the enrolment dismissed are reopened."""
    creates = wants.creates_patients(
        conn.scalar(select(tables.hospital.c.settings).where(tables.hospital.c.name == hospital)) or "{}"
    )
    bodies: dict[str, bytes] = {}
    wishes: dict[Key, wants.Wish] = {}
    base = identity.Base(clinic.get(conn).identifier_base)
    for found in conn.execute(select(R.c.type, R.c.id, R.c.rank, R.c.body).where(R.c.patient == patient)):
        if found.type == "Patient" and not creates:
            continue
        document = fhir_json.loads(bytes(found.body))
        body = fhir_json.encode(projection.full(document))
        digest = fhir_json.digest(body)
        bodies[digest] = body
        wishes[found.type, found.id] = wants.Wish(found.rank, projection.own_identifier(document, base), digest)
    renderings.keep(conn, bodies)
    wants.wish(conn, hospital, patient, wishes, now)
    _reopen(conn, hospital, patient, now)


def _reopen(conn: Connection, hospital: str, patient: str, now: float) -> None:
    known = ledger.get_many(conn, hospital, keys_of(conn, hospital, patient), lock=True)
    again = [row for row in known.values() if row.state is State.DISMISSED and row.reason == rows.UNENROLLED]
    if again:
        state, reason = wants.first_state(conn, hospital, patient)
        ledger.save(conn, hospital, [_opened(row, state, reason) for row in again], now)
        lane_table.touch(conn, hospital, [patient], now)


def _opened(row: Row, state: State, reason: str | None) -> Row:
    if state is State.HELD:
        return replace(row, state=state, reason=reason, detail=None, actor=None)
    return replace(row, state=row.resting, reason=None, detail=None, actor=None)


def unenrol(conn: Connection, hospital: str, patient: str, actor: str, now: float) -> list[Key]:
    """Stop sending; nothing is retracted. Gives what was already written ahead and may still arrive."""
    conn.execute(
        update(E)
        .where(E.c.patient == patient, E.c.hospital == hospital, E.c.ended_at.is_(None))
        .values(ended_at=now, actor=actor)
    )
    keys = keys_of(conn, hospital, patient)
    known = ledger.get_many(conn, hospital, keys, lock=True)
    ended = [
        replace(row, state=State.DISMISSED, reason=rows.UNENROLLED, detail=None, actor=actor)
        for row in known.values()
        if row.state is not State.DISMISSED
    ]
    ledger.save(conn, hospital, ended, now)
    lane_table.wake(conn, hospital, [("Patient", patient)], now, besides=patient)
    return attempts.in_flight(conn, hospital, keys)


def is_enrolled(conn: Connection, hospital: str, patient: str) -> bool:
    """Whether this patient may be disclosed to this hospital now."""
    query = select(E.c.at).where(E.c.patient == patient, E.c.hospital == hospital, E.c.ended_at.is_(None))
    return conn.execute(query).first() is not None


def enrolled(conn: Connection, hospital: str) -> list[str]:
    """The logical ids of the patients enrolled at a hospital."""
    query = select(E.c.patient).where(E.c.hospital == hospital, E.c.ended_at.is_(None)).order_by(E.c.patient)
    return list(conn.scalars(query))


def link(
    conn: Connection, hospital: str, patient: str, remote_id: str, *, agrees: bool, detail: str, actor: str, now: float
) -> None:
    """Say which of the hospital's Patients this is; `agrees` when birth date and family name are the same there."""
    where = (L.c.kind == "Patient", L.c.id == patient, L.c.hospital == hospital)
    conn.execute(delete(L).where(*where))
    state = "linked" if agrees else "mismatch"
    conn.execute(
        insert(L).values(
            kind="Patient", id=patient, hospital=hospital, remote_id=remote_id, state=state, detail=detail,
            actor=actor, at=now,
        )
    )  # fmt: skip
    waiting = {rows.NOT_LINKED, rows.LINK_MISMATCH}
    known = ledger.get_many(conn, hospital, keys_of(conn, hospital, patient), lock=True)
    held = [row for row in known.values() if row.state is State.HELD and row.reason in waiting]
    after, reason = (State.DIRTY, None) if agrees else (State.HELD, rows.LINK_MISMATCH)
    ledger.save(conn, hospital, [_opened(row, after, reason) for row in held], now)
    lane_table.touch(conn, hospital, [patient], now)
    lane_table.wake(conn, hospital, [("Patient", patient)], now, besides=patient)


def links(conn: Connection, hospital: str) -> dict[str, Link]:
    """The links of a hospital's Patients, by our logical id."""
    query = select(L.c.id, L.c.remote_id, L.c.state, L.c.detail).where(L.c.kind == "Patient", L.c.hospital == hospital)
    return {r.id: Link(r.id, r.remote_id, r.state, r.detail) for r in conn.execute(query.order_by(L.c.id))}


def keys_of(conn: Connection, hospital: str, patient: str) -> list[Key]:
    """The resources of this patient that have a row at the hospital."""
    t = tables.ledger
    query = select(t.c.type, t.c.id).where(t.c.hospital == hospital, t.c.lane == patient).order_by(t.c.type, t.c.id)
    return [(r.type, r.id) for r in conn.execute(query)]
