"""Observation of a side effect: one for each side effect of a session."""

from collections.abc import Mapping
from typing import Any

from fhir_profiles import terminology
from mappings import codecs, codes, sessions
from mappings.codec import Codec
from mappings.records import session as session_record
from mappings.resource_map import ResourceMap
from mappings.rules import both, each, fixed, out_only
from mappings.scope import Scope, Unfit

_LOOK = "let a person look at the document"


def _table(name: str, found: Mapping[str, terminology.Concept]) -> Codec:
    return codes.concepts(name, {word: (concept,) for word, concept in found.items()})


SEVERITY = _table("severity", terminology.SEVERITY)
OUTCOME = _table("adverse-event-outcome", terminology.EVENT_OUTCOME)
CAUSALITY = _table("adverse-event-causality-assess", terminology.CAUSALITY)
SERIOUSNESS = _table("adverse-event-seriousness", terminology.SERIOUSNESS)
ACTION = _table(
    "action-taken", {code.replace("-", "_"): concept for code, concept in terminology.ACTION_TAKEN.items()}
)


def part(name: str, key: str, inner: Codec) -> Codec:
    """A component of the Observation, found by its code of the local system side-effect-part."""
    concept = terminology.SIDE_EFFECT_PART[name]
    code = concept.concept()

    def write(value: Any, scope: Scope) -> Any:
        return {"code": code, key: inner.write(value, scope)}

    def read(element: Any, scope: Scope) -> Any:
        if key not in element:
            raise Unfit(f"has no {key}", _LOOK)
        return inner.read(element[key], scope)

    def mine(element: Any, _scope: Scope) -> bool:
        return isinstance(element, dict) and codecs.has(element.get("code"), concept)

    return Codec(inner.how, write, read, mine=mine)


def _part_of(_effect: session_record.SideEffect, scope: Scope) -> Any:
    return sessions.part_of(scope, administration=True)


def _status(_effect: session_record.SideEffect, scope: Scope) -> Any:
    return "entered-in-error" if scope.session.status is sessions.Status.ENTERED_IN_ERROR else "final"


PEOPLE = codecs.to_any({"staff-role": "PractitionerRole", "patient": "Patient"})
"""Who measured or reported: the clinic's staff, or the patient."""

SIDE_EFFECT = ResourceMap(
    session_record.SideEffect,
    resource="Observation",
    identity="side-effect",
    declared=[
        out_only("meta.security:HTEST", sessions.label, why="as the session",
                 codec=codecs.security_label(terminology.TEST_DATA)),
        both("id", "identifier:side-effect", codecs.business_identifier("side-effect")),
        out_only("basedOn", sessions.based_on, codec=codecs.raw("reference to CarePlan"), why="the session's plan"),
        out_only("partOf:session", _part_of, why="the session's Procedure and administration, where it gives them",
                 codec=codecs.raw_items("reference to Procedure and MedicationAdministration",
                                        codecs.refers_to("session", "administration"))),
        out_only("status", _status, codec=codecs.raw("final, or entered-in-error"), why="follows the session's status"),
        fixed("category", [terminology.OBSERVATION_CATEGORY["therapy"].concept()]),
        fixed("code", terminology.SYMPTOM.concept()),
        out_only("subject", sessions.subject, codec=codecs.raw("reference to Patient"), why="the plan's patient"),
        out_only("encounter", sessions.encounter, codec=codecs.raw("reference to Encounter"),
                 why="the session's visit"),
        both("onset", "effectivePeriod.start", codecs.instant),
        both("resolved", "effectivePeriod.end", codecs.instant),
        both("reported_by", "performer", codecs.only(PEOPLE)),
        both("effect", "valueCodeableConcept", codecs.coded),
        both("severity", "component:severity", part("severity", "valueCodeableConcept", SEVERITY)),
        both("outcome", "component:outcome", part("outcome", "valueCodeableConcept", OUTCOME)),
        both("causality", "component:causality", part("causality", "valueCodeableConcept", CAUSALITY)),
        both("action", "component:action-taken", part("action-taken", "valueCodeableConcept", ACTION)),
        both("serious", "component:serious", part("serious", "valueBoolean", codecs.flag)),
        each("seriousness", "component", part("seriousness", "valueCodeableConcept", SERIOUSNESS)),
    ],
)  # fmt: skip
"""The map of a side effect."""
