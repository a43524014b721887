"""What hospitals should hold: from a document that changed to the rows that now want it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, insert, select

from fhir_profiles import fhir_json
from integration.store import clinic, lanes, ledger, renderings, rows, tables
from integration.store.rows import Key, Row, State
from mappings import identity, projection, registry


@dataclass(frozen=True, slots=True)
class Wish:
    """What a hospital should hold of one resource."""

    rank: int
    identifier: str
    want: str


class Wants:
    """Collects what changed in one transaction and writes it to the rows of every hospital that should hold it."""

    def __init__(self, conn: Connection, now: float) -> None:
        self._conn = conn
        self._now = now
        self._base = identity.Base(clinic.get(conn).identifier_base)
        self._patients: dict[str, list[registry.Made]] = {}

    def add(self, made: registry.Made) -> None:
        """A document that was stored new or changed."""
        self._patients.setdefault(made.patient, []).append(made)

    def write(self) -> None:
        """Write the rows; call it last in the transaction."""
        places = enrolled_at(self._conn, self._patients)
        bodies: dict[str, bytes] = {}
        for patient, hospitals in places.items():
            wishes: dict[Key, Wish] = {}
            for made in self._patients[patient]:
                body = fhir_json.encode(projection.full(made.document))
                digest = fhir_json.digest(body)
                bodies[digest] = body
                key = (made.document["resourceType"], made.document["id"])
                wishes[key] = Wish(made.rank, projection.own_identifier(made.document, self._base), digest)
            for hospital, creates in hospitals:
                wanted_here = {k: v for k, v in wishes.items() if creates or k[0] != "Patient"}
                wish(self._conn, hospital, patient, wanted_here, self._now)
        renderings.keep(self._conn, bodies)
        self._patients = {}


def wish(conn: Connection, hospital: str, lane: str, wishes: Mapping[Key, Wish], now: float) -> None:
    """Let a hospital's rows want these digests; what changes makes the lane due."""
    known = ledger.get_many(conn, hospital, wishes.keys(), lock=True)
    changed = [wanted(row, wishes[key].want) for key, row in known.items() if row.want != wishes[key].want]
    new = [key for key in wishes if key not in known]
    if not changed and not new:
        return
    if new:
        state, reason = first_state(conn, hospital, lane)
        insert_rows(conn, hospital, lane, {key: wishes[key] for key in new}, state, reason, now)
    ledger.save(conn, hospital, changed, now)
    lanes.touch(conn, hospital, [lane], now)


def wanted(row: Row, digest: str) -> Row:
    """The row after its record got a newer version (delivery.md, "Rows")."""
    new = replace(row, want=digest, unknowns=0)
    if row.state is State.HELD or (row.state is State.DISMISSED and row.reason == rows.UNENROLLED):
        return new
    return replace(new, state=new.resting, reason=None, detail=None, actor=None)


def enrolled_at(conn: Connection, patients: Collection[str]) -> dict[str, list[tuple[str, bool]]]:
    """For each patient the hospitals that may hold them, and whether Patients are created there."""
    e, h = tables.enrolment, tables.hospital
    places: dict[str, list[tuple[str, bool]]] = {}
    for some in ledger.chunks(sorted(patients)):
        found = conn.execute(
            select(e.c.patient, e.c.hospital, h.c.settings)
            .join(h, h.c.name == e.c.hospital)
            .where(e.c.patient.in_(some), e.c.ended_at.is_(None))
            .order_by(e.c.hospital)
        )
        for patient, hospital, settings in found:
            places.setdefault(patient, []).append((hospital, creates_patients(settings)))
    return places


def creates_patients(settings: str) -> bool:
    """Whether a hospital's settings (JSON) say that Patients are created there, not linked."""
    return bool(fhir_json.loads(settings).get("patients") == "create")


def first_state(conn: Connection, hospital: str, patient: str) -> tuple[State, str | None]:
    """The state of a new row: it waits for a link where Patients are linked by a person."""
    settings = conn.scalar(select(tables.hospital.c.settings).where(tables.hospital.c.name == hospital))
    if creates_patients(settings or "{}"):
        return State.DIRTY, None
    k = tables.link
    state = conn.scalar(select(k.c.state).where(k.c.kind == "Patient", k.c.id == patient, k.c.hospital == hospital))
    if state == "linked":
        return State.DIRTY, None
    return State.HELD, rows.LINK_MISMATCH if state == "mismatch" else rows.NOT_LINKED


def insert_rows(
    conn: Connection, hospital: str, lane: str, new: Mapping[Key, Wish], state: State, reason: str | None, now: float
) -> None:
    """Add rows to a lane."""
    values = [
        {"hospital": hospital, "type": key[0], "id": key[1], "lane": lane, "rank": wish.rank,
         "identifier": wish.identifier, "want": wish.want, "have": None, "state": state.value, "remote_id": None,
         "remote_version": None, "reason": reason, "detail": None, "actor": None, "cap": 0, "unknowns": 0,
         "searched": False, "changed_at": now}
        for key, wish in sorted(new.items(), key=_as_sent)
    ]  # fmt: skip
    conn.execute(insert(tables.ledger), values)


def _as_sent(new: tuple[Key, Wish]) -> tuple[int, Key]:
    """In the order in which they are sent: rows of one request then stand together, on few pages."""
    key, wish = new
    return wish.rank, key
