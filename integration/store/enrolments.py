"""Enrolments and links: who may be disclosed to which hospital, and who they are there.

Nothing goes to a hospital without an enrolment of that patient at that hospital. Where Patients are linked, nothing
goes either before somebody said which of the hospital's Patients this is.
"""

from collections.abc import Collection

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, insert, select, update

from fhir_profiles import fhir_json
from integration.store import attempts, clinic, ledger, links, renderings, rows, tables, terms, wants
from integration.store import lanes as lane_table
from integration.store.links import Link
from integration.store.rows import Key, Row, State
from mappings import identity

E = tables.enrolment
R = tables.resource
_IS_ENROLLED = select(E.c.at).where(
    E.c.patient == bindparam("patient"), E.c.hospital == bindparam("hospital"), E.c.ended_at.is_(None)
)


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
    wants.wish(conn, hospital, patient, _wishes(conn, hospital, patient), now)
    _reopen(conn, hospital, patient, now)


def want_again(conn: Connection, hospital: str, now: float) -> None:
    """The hospital takes more, or less: what it does not hold yet is rendered anew; what it holds stays as it is."""
    for patient in enrolled(conn, hospital):
        wishes = _wishes(conn, hospital, patient)
        known = ledger.get_many(conn, hospital, wishes.keys())
        kept = {key for key, row in known.items() if row.have is not None and wishes[key].left_out}
        wants.wish(conn, hospital, patient, {key: one for key, one in wishes.items() if key not in kept}, now)


def _wishes(conn: Connection, hospital: str, patient: str) -> dict[Key, wants.Wish]:
    """What a hospital should hold of this patient; the renderings are kept."""
    at = terms.of(conn, hospital)
    bodies: dict[str, bytes] = {}
    base = identity.Base(clinic.get(conn).identifier_base)
    stored = conn.execute(select(R.c.type, R.c.rank, R.c.body).where(R.c.patient == patient)).all()
    documents = [(one.rank, fhir_json.loads(bytes(one.body))) for one in stored if at.wants(one.type)]
    wishes = wants.wishes(documents, at.projection, base, bodies)
    renderings.keep(conn, bodies)
    return wishes


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
    return conn.execute(_IS_ENROLLED, {"patient": patient, "hospital": hospital}).first() is not None


def enrolled(conn: Connection, hospital: str) -> list[str]:
    """The logical ids of the patients enrolled at a hospital."""
    query = select(E.c.patient).where(E.c.hospital == hospital, E.c.ended_at.is_(None)).order_by(E.c.patient)
    return list(conn.scalars(query))


def link(
    conn: Connection, hospital: str, ours: str, remote_id: str, *, agrees: bool, detail: str, actor: str, now: float,
    kind: str = "Patient",
) -> None:  # fmt: skip
    """Say which of the hospital's own this is; `agrees` when what was compared is the same there.

    What waited for a visit or for staff goes now; what is of a Patient was held till now.
    """
    found = Link(kind, ours, remote_id, links.LINKED if agrees else links.MISMATCH, detail)
    links.put(conn, hospital, found, actor, now)
    if kind != "Patient":
        lane_table.touch(conn, hospital, _waiting(conn, hospital), now)
        return
    waiting = {rows.NOT_LINKED, rows.LINK_MISMATCH}
    known = ledger.get_many(conn, hospital, keys_of(conn, hospital, ours), lock=True)
    held = [row for row in known.values() if row.state is State.HELD and row.reason in waiting]
    after, reason = (State.DIRTY, None) if agrees else (State.HELD, rows.LINK_MISMATCH)
    ledger.save(conn, hospital, [_opened(row, after, reason) for row in held], now)
    lane_table.touch(conn, hospital, [ours], now)
    lane_table.wake(conn, hospital, [("Patient", ours)], now, besides=ours)


def _waiting(conn: Connection, hospital: str) -> set[str]:
    """The lanes in which something is still to be sent."""
    t = tables.ledger
    query = select(t.c.lane).where(t.c.hospital == hospital, t.c.state == State.DIRTY.value).distinct()
    return set(conn.scalars(query))


def keys_of(conn: Connection, hospital: str, patient: str) -> list[Key]:
    """The resources of this patient that have a row at the hospital."""
    t = tables.ledger
    query = select(t.c.type, t.c.id).where(t.c.hospital == hospital, t.c.lane == patient).order_by(t.c.type, t.c.id)
    return [(r.type, r.id) for r in conn.execute(query)]
