"""Observation: one measurement of the clinic ⇄ FHIR Observation."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from fhir_profiles import terminology
from mappings import codecs, codes, measures, places, sessions
from mappings.codec import Codec
from mappings.measure_codes import CODES, COMPONENT_CODES
from mappings.places import Document, Path
from mappings.records import observation as observation_record
from mappings.records import session as session_record
from mappings.records import values
from mappings.resource_map import ResourceMap
from mappings.rules import both, each, out_only
from mappings.scope import Scope, Unfit, referent, shared_reference
from mappings.side_effect import PEOPLE

Observation = observation_record.ObservationRecord
_COMPONENTS = Path.of("component")
_LOOK = "let a person look at the document"
WEIGHTS = frozenset({"weight", "ideal-weight", "adjusted-weight"})
"""Measures that may be a dosing weight; none of them ever refers to an administration."""

STATUS = codes.table(
    "observation-status",
    codes.spelled(
        "preliminary", "final", "amended", "corrected", "cancelled", "entered_in_error", "registered", "unknown"
    ),
)
MEASURE = codes.concepts("measure", CODES)
ABSENT = codes.concepts("data-absent-reason", {w: (c,) for w, c in terminology.DATA_ABSENT_REASON.items()})
_CATEGORY = {
    key: [terminology.OBSERVATION_CATEGORY[found.category].concept()] for key, found in measures.MEASURES.items()
}
_COMPONENT = {key: codes.codeable((concept,)) for key, concept in COMPONENT_CODES.items()}
_COMPONENT_OF = {(concept.system, concept.code): key for key, concept in COMPONENT_CODES.items()}
_REQUIRED = {key: found.required for key, found in measures.MEASURES.items()}


def _write_effective(value: Any, _scope: Scope) -> Any:
    if isinstance(value, session_record.Interval):
        return {"effectivePeriod": {"start": value.start.text, "end": value.end.text}}
    return {"effectiveDateTime": value.text}


def _read_effective(element: Any, _scope: Scope) -> Any:
    if len(element) != 1:
        raise Unfit("has two times", _LOOK)
    period = element.get("effectivePeriod")
    return element["effectiveDateTime"] if period is None else {s: period[s] for s in ("start", "end") if s in period}


EFFECTIVE = Codec(
    "a time, or from one time to another", _write_effective, _read_effective, ("effectiveDateTime", "effectivePeriod")
)

_VALUES = ("valueQuantity", "valueCodeableConcept", "valueString", "valueBoolean", "valueInteger")
_PLAIN = {str: "valueString", bool: "valueBoolean", int: "valueInteger"}


def _write_value(value: Any, scope: Scope) -> Any:
    kind = type(value)
    if kind is values.Quantity:
        return {"valueQuantity": codecs.quantity.write(value, scope)}
    name = _PLAIN.get(kind)
    return {"valueCodeableConcept": codecs.write_coded(value)} if name is None else {name: value}


def _read_value(element: Any, scope: Scope) -> Any:
    if len(element) != 1:
        raise Unfit("has two values", _LOOK)
    ((name, value),) = element.items()
    if name == "valueQuantity":
        return codecs.quantity.read(value, scope)
    if name == "valueCodeableConcept":
        return codecs.read_coded(value)
    if isinstance(value, Decimal):
        raise Unfit("is no whole number", _LOOK)
    return value


VALUE = Codec("by its kind", _write_value, _read_value, _VALUES)


def _alone_absent(observation: Observation) -> Any:
    """Give the reason of absence where it stands at the top: a blood pressure says it of each of its components."""
    return None if _REQUIRED[observation.measure] else observation.absent


def _read_absent(document: Document, scope: Scope) -> Any:
    element = document.get("dataAbsentReason")
    if element is not None:
        return ABSENT.read(element, scope)
    found = [_read_component(item, scope) for item in places.own(document, _COMPONENTS, _is_component, scope)]
    return _absent_throughout(MEASURE.read(document.get("code"), scope), found) if found else None


def _absent_throughout(measure: str, components: list[dict[str, Any]]) -> str | None:
    """Give the reason when exactly the required components are there and all are absent for the same reason."""
    reasons = {component.get("absent") for component in components}
    named = sorted(component["measure"] for component in components)
    if len(reasons) == 1 and named == sorted(_REQUIRED[measure]):
        return reasons.pop()
    return None


def _carried_absent(observation: Observation, written: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    absent = observation.absent or _absent_throughout(observation.measure, written.get("components", []))
    if absent is not None:
        yield "absent", absent


def _carried_components(observation: Observation, written: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    components = written.get("components", [])
    if components and _absent_throughout(observation.measure, components) is None:
        yield "components", components


def _components(observation: Observation) -> Any:
    """Give the components to write; a refused blood pressure has both, each with the reason of its absence."""
    if observation.components:
        return observation.components
    absent = observation.absent
    if absent is None or not _REQUIRED[observation.measure]:
        return None
    return [observation_record.Component(measure=key, absent=absent) for key in _REQUIRED[observation.measure]]


def _write_component(component: Any, scope: Scope) -> Any:
    code = _COMPONENT[component.measure]
    value = component.value
    if type(value) is values.Quantity:
        unit = value.unit_ucum
        return {
            "code": code,
            "valueQuantity": {"value": value.value, "unit": unit, "system": terminology.UCUM, "code": unit},
        }
    if value is not None:
        return {"code": code, **_write_value(value, scope)}
    return {"code": code, "dataAbsentReason": ABSENT.write(component.absent, scope)}


def _read_component(element: Any, scope: Scope) -> dict[str, Any]:
    if "modifierExtension" in element:
        raise Unfit("carries a modifierExtension, which changes its meaning", _LOOK)
    found: dict[str, Any] = {"measure": _component_key(element, scope)}
    value = {name: element[name] for name in _VALUES if name in element}
    if value:
        found["value"] = _read_value(value, scope)
    if "dataAbsentReason" in element:
        found["absent"] = ABSENT.read(element["dataAbsentReason"], scope)
    return found


def _component_key(element: Any, _scope: Scope) -> Any:
    return next(_COMPONENT_OF[coding] for coding in codecs.codings(element["code"]) if coding in _COMPONENT_OF)


def _is_component(element: Any, _scope: Scope) -> bool:
    return isinstance(element, dict) and not codecs.codings(element.get("code")).isdisjoint(_COMPONENT_OF)


def _onto_component(fresh: Document, theirs: Document, _scope: Scope) -> None:
    """Exchange what a component says and keep what the hospital added to it."""
    for name in (*_VALUES, "dataAbsentReason"):
        theirs.pop(name, None)
    theirs.update(fresh)


COMPONENT = Codec(
    "each by its code", _write_component, _read_component, mine=_is_component, key=_component_key, onto=_onto_component
)


def _read_components(document: Document, scope: Scope) -> Any:
    found = [_read_component(item, scope) for item in places.own(document, _COMPONENTS, _is_component, scope)]
    if not found or _absent_throughout(MEASURE.read(document.get("code"), scope), found) is not None:
        return None
    return found


def _write_timepoint(value: observation_record.Timepoint, _scope: Scope) -> Any:
    parts: list[Any] = [{"url": "code", "valueCode": value.code.replace("_", "-")}]
    if value.offset_min is not None:
        parts.append({"url": "offsetMinutes", "valueInteger": value.offset_min})
    return {"extension": parts, "url": terminology.PROTOCOL_TIMEPOINT}


def _read_timepoint(element: Any, _scope: Scope) -> Any:
    parts = codecs.extension_parts(element)
    if "code" not in parts:
        raise Unfit("has no code", _LOOK)
    offset = {"offset_min": parts["offsetMinutes"]} if "offsetMinutes" in parts else {}
    return {"code": parts["code"].replace("-", "_"), **offset}


TIMEPOINT = Codec(
    "extension protocol-timepoint",
    _write_timepoint,
    _read_timepoint,
    mine=codecs.has_url(terminology.PROTOCOL_TIMEPOINT),
)


def _write_visit(value: str, scope: Scope) -> Any:
    kind, _, record_id = value.partition("/")
    return shared_reference(scope.base.url, "Encounter", kind, record_id)


def _read_visit(element: Any, scope: Scope) -> Any:
    found = referent(scope.base, element, "session", "assessment", "follow-up")
    if found is None:
        raise Unfit("refers to no visit of this clinic by its identifier", _LOOK)
    return "/".join(found)


def _part_of(observation: Observation, scope: Scope) -> Any:
    """Refer to what the session gave; a dosing weight does not, because the administration points to it."""
    session = scope.session
    if session is None or observation.id == session.dosing_weight:
        return None
    during = observation.timepoint is not None and observation.timepoint.code == "during"
    return sessions.part_of(scope, administration=during and observation.measure not in WEIGHTS)


OBSERVATION = ResourceMap(
    Observation,
    resource="Observation",
    identity="observation",
    declared=[
        both("test", "meta.security:HTEST", codecs.security_label(terminology.TEST_DATA)),
        both("body_position", "extension:observation-bodyPosition",
             codecs.extension(terminology.BODY_POSITION, "valueCodeableConcept", codecs.coded)),
        both("timepoint", "extension:protocol-timepoint", TIMEPOINT),
        both("id", "identifier:observation", codecs.business_identifier("observation")),
        both("plan", "basedOn", codecs.only(codecs.to("CarePlan", "plan"))),
        out_only("partOf:session", _part_of, why="the Procedure of the visit's session; during the infusion also its "
                 "administration; neither for a dosing weight",
                 codec=codecs.raw_items("reference to Procedure and MedicationAdministration",
                                        codecs.refers_to("session", "administration"))),
        both("status", "status", STATUS),
        out_only("category", lambda observation, _scope: _CATEGORY[observation.measure],
                 codec=codecs.raw("observation-category"), why="follows the measure"),
        both("measure", "code", MEASURE),
        both("patient", "subject", codecs.to("Patient", "patient")),
        both("visit", "encounter", Codec("reference to Encounter", _write_visit, _read_visit)),
        both("effective", "effective[x]", EFFECTIVE),
        both("issued", "issued", codecs.instant),
        both("performer", "performer", codecs.only(PEOPLE)),
        both("value", "value[x]", VALUE),
        both("absent", "dataAbsentReason", ABSENT, get=_alone_absent, reads=_read_absent, carries=_carried_absent),
        both("interpretation", "interpretation", codecs.coded_list),
        each("note", "note", codecs.note),
        both("body_site", "bodySite", codecs.coded),
        both("method", "method", codecs.coded),
        both("device", "device", codecs.to("Device", "device")),
        each("components", "component", COMPONENT, get=_components, reads=_read_components,
             carries=_carried_components),
    ],
    elsewhere=("kind",),
    partly={"components": "required ones that are all absent for one reason are read as absent"},
    not_yet_carried={
        "updated_at": "stays in the clinic: our versions are our own",
        "created_at": "stays in the clinic",
        "recorded_by": "stays in the clinic",
        "entered_in_error": "the status says it; the reason follows with Provenance",
        "questionnaire_response": "follows with QuestionnaireResponse",
    },
)  # fmt: skip
"""The map of a measurement."""
