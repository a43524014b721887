"""Which map for which record or document: everything that intake, `map` and `unmap` need of the maps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from fhir_profiles import fhir_json
from mappings import identity, places, records, sessions
from mappings.care_plan import CARE_PLAN
from mappings.known import Known
from mappings.medication_administration import ADMINISTRATION
from mappings.observation import OBSERVATION, WEIGHTS
from mappings.patient import PATIENT
from mappings.procedure import PROCEDURE
from mappings.resource_map import ResourceMap
from mappings.scope import Scope, Unmappable, Waits, referent
from mappings.side_effect import SIDE_EFFECT

__all__ = [
    "MADE", "MAPS", "MAP_VERSION", "Carried", "Made", "Unmappable", "Waits", "carried", "documents_for",
    "not_carried", "onto", "owner", "record_from", "retracted", "writers",
]  # fmt: skip

Document = fhir_json.Document

MAP_VERSION: Final = 1
"""Raised with every change that makes a map write another document for the same record."""

MAPS: Final[dict[str, tuple[ResourceMap, ...]]] = {
    "patient": (PATIENT,),
    "plan": (CARE_PLAN,),
    "session": (PROCEDURE, ADMINISTRATION, SIDE_EFFECT),
    "observation": (OBSERVATION,),
}
"""The maps of each kind of record."""

MADE: Final = frozenset(found.resource for maps in MAPS.values() for found in maps)
"""The types of FHIR resource that we make; a reference to any other type has nothing behind it at a hospital."""

_IDENTIFIER: Final = places.Path.of("identifier")
_RANK: Final = {"Patient": 0, "CarePlan": 1, "Procedure": 2, "MedicationAdministration": 4}
_EARLY_OBSERVATION, _LATE_OBSERVATION = 3, 5


@dataclass(frozen=True, slots=True)
class Made:
    """A document made from a record: the patient's logical id, its rank (no referent of ours has a higher one), and
    the documents of types that we make to which it refers, as (type, logical id).
    """

    document: Document
    patient: str
    rank: int
    references: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """What documents tell of one record: its kind, its id, and the fields that they carry, as in the clinic's file."""

    kind: str
    id: str
    fields: dict[str, Any]


def documents_for(record: Any, base: identity.Base, known: Known) -> list[Made]:
    """Make the documents of a record; raises `Unmappable`, or `Waits` when a session's plan is not there yet."""
    return [_made(found.to_fhir(thing, scope), scope) for found, thing, scope in writers(record, base, known)]


def writers(record: Any, base: identity.Base, known: Known) -> Iterator[tuple[ResourceMap, Any, Scope]]:
    """Give each map that writes a document of this record, what of the record it writes, and what it must know."""
    kind = record.kind
    if kind == "observation":
        yield OBSERVATION, record, _of_observation(record, base, known)
    elif kind == "session":
        yield from _of_session(record, base, known)
    elif kind == "plan":
        yield CARE_PLAN, record, Scope(base, kind, record.id, record.patient, plan=record)
    else:
        yield PATIENT, record, Scope(base, kind, record.id, record.id)


def onto(document: Document, copy: Document, base: identity.Base) -> Document:
    """Write our document onto a hospital's copy of it: only what reads differently there, the rest stays theirs."""
    owned = owner(document, base)
    if owned is None:
        raise ValueError("only a document of this clinic can be written onto a copy")
    kind, record_id, its_map = owned
    return its_map.onto(document, copy, Scope(base, kind, record_id))


def record_from(documents: Iterable[Document], base: identity.Base) -> list[Carried]:
    """Read records back from their documents, which may come in any order; the fields of one record are joined.

    A document that is none of ours raises `Unmappable`; `owner` tells beforehand.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for document in documents:
        owned = owner(document, base)
        if owned is None:
            says, fix = "has no identifier of this clinic", "leave the document out"
            raise Unmappable("", "", f"{document.get('resourceType', '')}.identifier", says, fix)
        kind, record_id, its_map = owned
        fields = its_map.from_fhir(document, Scope(base, kind, record_id))
        if its_map is SIDE_EFFECT:
            fields = {"side_effects": [fields]}
        else:
            fields.pop("id", None)
        _join(found.setdefault((kind, record_id), {"id": record_id}), fields)
    return [Carried(kind, record_id, fields) for (kind, record_id), fields in found.items()]


def owner(document: Document, base: identity.Base) -> tuple[str, str, ResourceMap] | None:
    """Tell which record a document belongs to, and which map reads it; None when it is none of ours."""
    for kind, maps in MAPS.items():
        for found in maps:
            record_id = _own_id(document, base, found)
            if record_id is not None:
                return (kind, record_id, found)
    return None


def carried(record: Any) -> dict[str, Any]:
    """Give the fields of a record that its documents carry, as its clinic's file writes them; {} without documents."""
    written = records.to_json(record)
    fields: dict[str, Any] = {}
    for found in _maps_for(record):
        _join(fields, found.carried(record, written))
    effects = getattr(record, "side_effects", ())
    if effects:
        pairs = zip(effects, written["side_effects"], strict=True)
        _join(fields, {"id": record.id, "side_effects": [SIDE_EFFECT.carried(effect, said) for effect, said in pairs]})
    return fields


def not_carried(record: Any) -> list[tuple[str, str]]:
    """List the fields of a record that its documents do not carry, each with the reason."""
    reasons = {name: why for found in MAPS[record.kind] for name, why in (found.not_yet_carried | found.partly).items()}
    reasons["kind"] = "told by the type of the document"
    if record.kind == "session" and not sessions.gives_procedure(record):
        nothing = "a session in this state has no Procedure; the rest follows with Appointment and Encounter"
    else:
        nothing = "has no place in the documents of a record in this state"
    return [
        (name, reasons.get(name) or reasons.get(name.partition(".")[0]) or nothing)
        for name in _left_out(records.to_json(record), carried(record))
        if name != "kind"
    ]


def retracted(document: Document) -> Document:
    """Give the document of a record that gives it no more: the same content, marked as entered in error."""
    if document["resourceType"] == "Patient":
        return {**document, "active": False}
    return {**document, "status": "entered-in-error"}


def _of_observation(record: Any, base: identity.Base, known: Known) -> Scope:
    visit = record.visit
    session = known.get("session", visit[8:]) if visit.startswith("session/") else None
    return Scope(base, "observation", record.id, record.patient, session=session)


def _of_session(
    record: Any, base: identity.Base, known: Known
) -> Iterator[tuple[ResourceMap, Any, Scope]]:
    plan = known.get("plan", record.plan)
    if plan is None:
        raise Waits("session", record.id, "plan", record.plan)
    scope = Scope(base, "session", record.id, plan.patient, plan=plan, session=record)
    _refuse_inexpressible(record, known)
    for found in _maps_for(record):
        yield found, record, scope
    for effect in record.side_effects:
        yield SIDE_EFFECT, effect, scope


def _maps_for(record: Any) -> Iterator[ResourceMap]:
    """Give the maps that write a document from the whole record, in its present state."""
    if record.kind != "session":
        yield from MAPS[record.kind]
        return
    if sessions.gives_procedure(record):
        yield PROCEDURE
    if sessions.gives_administration(record):
        yield ADMINISTRATION


def _refuse_inexpressible(record: Any, known: Known) -> None:
    """Refuse what no document can say, though each field alone is in order."""
    if sessions.lacks_start(record):
        element, says = "MedicationAdministration.effectivePeriod", "needs the start of an infusion that has ended"
        raise Unmappable("session", record.id, element, says, "give actual.infusion_start, or another status")
    weight = None if record.dosing_weight is None else known.get("observation", record.dosing_weight)
    if weight is not None and weight.measure not in WEIGHTS:
        element, says = "MedicationAdministration.supportingInformation", "refers to an observation that is no weight"
        raise Unmappable("session", record.id, element, says, "let dosing_weight name the weight that was used")


def _made(document: Document, scope: Scope) -> Made:
    references = tuple(dict.fromkeys(_references(document)))
    resource = document["resourceType"]
    rank = _RANK.get(resource)
    if rank is None:
        late = any(kind == "MedicationAdministration" for kind, _ in references)
        rank = _LATE_OBSERVATION if late else _EARLY_OBSERVATION
    return Made(document, scope.base.logical_id("patient", scope.patient), rank, references)


def _references(document: Document) -> list[tuple[str, str]]:
    """Find the references to documents of ours; they stand at the top, or in a list there, or in Patient.link."""
    found = [value for value in document.values() if type(value) is dict]
    for value in document.values():
        if type(value) is list and type(value[0]) is dict:
            found += value
    found += [link["other"] for link in document.get("link", ())]
    return [
        (element["type"], element["reference"].partition("/")[2])
        for element in found
        if "reference" in element and element["type"] in MADE
    ]


def _own_id(document: Document, base: identity.Base, found: ResourceMap) -> str | None:
    """Find the id of the record in a document that this map would read."""
    if document.get("resourceType") != found.resource:
        return None
    system = base.system(found.identity)
    ids = (item.get("value") for item in places.items(document, _IDENTIFIER) if isinstance(item, dict)
           and item.get("system") == system)  # fmt: skip
    own = next((value for value in ids if isinstance(value, str)), None)
    if own is None or found is not SIDE_EFFECT:
        return own
    session = referent(base, document.get("encounter"), "session")
    return session[1] if session else None


def _join(fields: dict[str, Any], more: dict[str, Any]) -> None:
    """Add fields that another document of the same record carries."""
    for name, value in more.items():
        if name == "side_effects":
            fields.setdefault(name, []).extend(value)
        elif isinstance(value, dict) and isinstance(fields.get(name), dict):
            _join(fields[name], value)
        else:
            fields[name] = value


def _left_out(written: dict[str, Any], told: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Name the fields of a record that are not told, or told otherwise."""
    for name, value in written.items():
        if name not in told:
            yield prefix + name
        elif isinstance(value, dict) and isinstance(told[name], dict):
            yield from _left_out(value, told[name], f"{prefix}{name}.")
        elif value != told[name]:
            yield prefix + name
