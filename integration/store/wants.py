"""What hospitals should hold: from a document that changed to the rows that now want it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace
from sqlalchemy import Connection, insert, select

from fhir_profiles import fhir_json
from fhir_profiles.fhir_json import Document
from integration.store import clinic, lanes, ledger, links, renderings, rows, tables, terms
from integration.store.rows import Key, Row, State
from integration.store.terms import Terms
from mappings import identity, projection, registry
from mappings.projection import Projection


@dataclass(frozen=True, slots=True)
class Wish:
    """What a hospital should hold of one resource."""

    rank: int
    identifier: str
    want: str
    left_out: bool = False  # the hospital does not take it: `want` is the digest of the reason, which drain reads


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
            made = [(one.rank, one.document) for one in self._patients[patient]]
            every = {p: wishes(made, p, self._base, bodies) for p in {at.projection for _, at in hospitals}}
            for hospital, at in hospitals:
                wanted_here = {k: v for k, v in every[at.projection].items() if at.wants(k[0])}
                wish(self._conn, hospital, patient, wanted_here, self._now)
        renderings.keep(self._conn, bodies)
        self._patients = {}


def wishes(
    documents: Iterable[tuple[int, Document]], how: Projection, base: identity.Base, bodies: dict[str, bytes]
) -> dict[Key, Wish]:
    """What a hospital should hold of these documents, each with its rank; the bytes are added to `bodies`."""
    found: dict[Key, Wish] = {}
    for rank, document in documents:
        rendered = how.rendered(document)
        body = fhir_json.encode(rendered)
        digest = fhir_json.digest(body)
        bodies[digest] = body
        left_out = projection.left_out(rendered) is not None
        key = (document["resourceType"], document["id"])
        found[key] = Wish(rank, projection.own_identifier(document, base), digest, left_out)
    return found


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
    if row.state is State.HELD and row.reason != rows.OVERTAKEN:
        return new
    if row.state is State.DISMISSED and row.reason == rows.UNENROLLED:
        return new
    return replace(new, state=new.resting, reason=None, detail=None, actor=None)


def enrolled_at(conn: Connection, patients: Collection[str]) -> dict[str, list[tuple[str, Terms]]]:
    """For each patient the hospitals that may hold them, and on what terms."""
    e, h = tables.enrolment, tables.hospital
    places: dict[str, list[tuple[str, Terms]]] = {}
    for some in ledger.chunks(sorted(patients)):
        found = conn.execute(
            select(e.c.patient, e.c.hospital, h.c.settings)
            .join(h, h.c.name == e.c.hospital)
            .where(e.c.patient.in_(some), e.c.ended_at.is_(None))
            .order_by(e.c.hospital)
        )
        for patient, hospital, settings in found:
            places.setdefault(patient, []).append((hospital, terms.read(settings)))
    return places


def first_state(conn: Connection, hospital: str, patient: str) -> tuple[State, str | None]:
    """The state of a new row: it waits for a link where Patients are linked by a person."""
    if terms.of(conn, hospital).creates_patients:
        return State.DIRTY, None
    link = links.find(conn, hospital, ("Patient", patient))
    if link is None:
        return State.HELD, rows.NOT_LINKED
    return (State.DIRTY, None) if link.holds else (State.HELD, rows.LINK_MISMATCH)


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
