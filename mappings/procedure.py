"""Procedure: an infusion session as what was done ⇄ FHIR Procedure."""

from collections.abc import Iterator
from typing import Any

from fhir_profiles import terminology
from mappings import codecs, codes, places, sessions
from mappings.codec import Codec
from mappings.places import Document, Path
from mappings.records import session as session_record
from mappings.resource_map import Part, ResourceMap
from mappings.rules import both, each, fixed, out_only
from mappings.scope import Scope, Unfit, reference

_LOOK = "let a person look at the document"
_EXTENSION = Path.of("extension")

STATUS = codes.table("event-status", sessions.PROCEDURE_STATUS)
FUNCTION = codes.concepts(
    "staff-function",
    {
        code.replace("-", "_"): (concept, terminology.ANESTHETIST) if code == "anesthesia" else (concept,)
        for code, concept in terminology.STAFF_FUNCTION.items()
    },
)
OUTCOME = codes.concepts("procedure-outcome", {word: (concept,) for word, concept in terminology.OUTCOME.items()})
NEXT_STEP = codes.concepts("next-step", {word: (concept,) for word, concept in terminology.NEXT_STEP.items()})


def _carried_status(session: session_record.InfusionSession, _written: Any) -> Iterator[tuple[str, Any]]:
    yield "status", sessions.ended_as(session).value


def _write_reason(session: session_record.InfusionSession, _scope: Scope) -> Any:
    reason = session.not_done_reason if sessions.not_done(session) else session.stop_reason
    return None if reason is None else codecs.write_coded(reason)


def _read_reason(document: Document, _scope: Scope) -> Any:
    """Read the reason as that of an end or of a thing not done, whichever the status says."""
    element = document.get("statusReason")
    if element is None:
        return None
    reason = codecs.read_coded(element)
    status = document.get("status")
    nothing_done = status == "not-done" or (
        status == "entered-in-error" and "start" not in document.get("performedPeriod", {})
    )
    return (None, reason) if nothing_done else (reason, None)


def _carried_reason(session: session_record.InfusionSession, written: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    name = "not_done_reason" if sessions.not_done(session) else "stop_reason"
    if name in written:
        yield name, written[name]


def _write_sequence(session: session_record.InfusionSession, _scope: Scope) -> Any:
    parts: list[Any] = [
        {"url": "phase", "valueCode": session.phase},
        {"url": "number", "valuePositiveInt": session.sequence_no},
    ]
    if session.planned_total is not None:
        parts.append({"url": "plannedTotal", "valuePositiveInt": session.planned_total})
    return {"extension": parts, "url": terminology.SESSION_SEQUENCE}


def _read_sequence(element: Any, _scope: Scope) -> Any:
    found = codecs.extension_parts(element)
    return found.get("phase"), found.get("number"), found.get("plannedTotal")


def _stage(name: str, start: str, end: str, own: str) -> tuple[Codec, Any]:
    """Make the codec of a stage around the infusion, of which one end is a field of its own, and that field's reader.

    The other end is the infusion's own start or end: it is written along, compared, and read from performedPeriod.
    """

    def write(session: session_record.InfusionSession, _scope: Scope) -> Any:
        if session.actual is None or getattr(session.actual, own) is None:
            return None
        times = (("start", getattr(session.actual, start)), ("end", getattr(session.actual, end)))
        period = {side: time.text for side, time in times if time is not None}
        parts = [{"url": "stage", "valueCode": name}, {"url": "period", "valuePeriod": period}]
        return {"extension": parts, "url": terminology.SESSION_INTERVAL}

    def read(element: Any, _scope: Scope) -> Any:
        period = codecs.extension_parts(element).get("period")
        if not isinstance(period, dict):
            raise Unfit("has no period", _LOOK)
        return {side: period[side] for side in ("start", "end") if side in period}

    def mine(element: Any, _scope: Scope) -> bool:
        is_interval = isinstance(element, dict) and element.get("url") == terminology.SESSION_INTERVAL
        return is_interval and codecs.extension_parts(element).get("stage") == name

    def read_own(document: Document, scope: Scope) -> Any:
        found = places.own(document, _EXTENSION, mine, scope)
        return read(found[0], scope).get("start" if own == start else "end") if found else None

    return Codec(f"extension session-interval, stage {name}", write, read, mine=mine), read_own


_PREPARATION, _preparation_start = _stage("preparation", "prep_start", "infusion_start", "prep_start")
_RECOVERY, _recovery_end = _stage("recovery", "infusion_end", "recovery_end", "recovery_end")


def _itself(session: session_record.InfusionSession) -> session_record.InfusionSession:
    return session


def _where(session: session_record.InfusionSession, scope: Scope) -> Any:
    place = session.chair or session.location
    return None if place is None else reference(scope.base, "Location", "location", place)


def _why(_session: session_record.InfusionSession, scope: Scope) -> Any:
    return [reference(scope.base, "Condition", "condition", scope.plan.indication)]


def _complications(session: session_record.InfusionSession, _scope: Scope) -> Any:
    """Sum up the effects that were more than mild, each once; the Observations carry the detail."""
    found: list[Any] = []
    for effect in session.side_effects:
        concept = codecs.write_coded(effect.effect)
        if effect.severity != "mild" and concept not in found:
            found.append(concept)
    return found


STAFF = Part(
    session_record.StaffMember,
    "ProcedurePerformer",
    [
        both("role", "function", FUNCTION),
        both("staff_role", "actor", codecs.to("PractitionerRole", "staff-role")),
    ],
)


def _is_staff(element: Any, scope: Scope) -> bool:
    function, actor = element.get("function"), element.get("actor")
    return FUNCTION.mine(function, scope) and codecs.refers_to("staff-role")(actor, scope)


_SEQUENCE = Codec(
    "extension session-sequence", _write_sequence, _read_sequence, mine=codecs.has_url(terminology.SESSION_SEQUENCE)
)

PROCEDURE = ResourceMap(
    session_record.InfusionSession,
    resource="Procedure",
    identity="session",
    declared=[
        both("test", "meta.security:HTEST", codecs.security_label(terminology.TEST_DATA)),
        both(("phase", "sequence_no", "planned_total"), "extension:session-sequence", _SEQUENCE),
        both("actual.prep_start", "extension:preparation", _PREPARATION, get=_itself, reads=_preparation_start),
        both("actual.recovery_end", "extension:recovery", _RECOVERY, get=_itself, reads=_recovery_end),
        both("id", "identifier:session", codecs.business_identifier("session")),
        both("plan", "basedOn", codecs.only(codecs.to("CarePlan", "plan"))),
        both("status", "status", STATUS, get=sessions.ended_as, carries=_carried_status),
        both(("stop_reason", "not_done_reason"), "statusReason",
             Codec("codes and text; which of the two the status tells", _write_reason, codecs.read_coded),
             reads=_read_reason, carries=_carried_reason),
        fixed("code", terminology.INTRAVENOUS_INFUSION.concept("Ketamine intravenous infusion")),
        out_only("subject", sessions.subject, codec=codecs.raw("reference to Patient"), why="the plan's patient"),
        out_only("encounter", sessions.encounter, codec=codecs.raw("reference to Encounter"),
                 why="the session's visit"),
        both("actual.infusion_start", "performedPeriod.start", codecs.instant),
        both("actual.infusion_end", "performedPeriod.end", codecs.instant),
        both("recorded_by", "recorder", codecs.to("PractitionerRole", "staff-role")),
        each("staff", "performer", STAFF.item(mine=_is_staff)),
        out_only("location", _where, codec=codecs.raw("reference to Location"), why="the chair, else the room"),
        out_only("reasonReference", _why, codec=codecs.raw("reference to Condition"), why="the plan's indication"),
        both("outcome.result", "outcome", OUTCOME),
        out_only("complication", _complications, codec=codecs.raw("codes and text"),
                 why="derived; the Observations carry the detail"),
        both("next_step", "followUp", codecs.only(NEXT_STEP)),
        both("outcome.note", "note:outcome", codecs.note),
        both("pump", "usedReference", codecs.only(codecs.to("Device", "device"))),
    ],
    elsewhere=("kind", "given_total", "dosing_weight", "side_effects"),
    partly={
        "status": "recovering is written, and read, as completed or stopped; scheduled, checked_in, cancelled and "
        "no_show have no Procedure",
        "stop_reason": "only where something was infused",
        "not_done_reason": "only where nothing was infused",
        "given_total": "only where the start of the infusion is recorded",
        "dosing_weight": "only where the start of the infusion is recorded",
    },
    not_yet_carried={
        "updated_at": "stays in the clinic: our versions are our own",
        "created_at": "stays in the clinic",
        "entered_in_error": "the status says it; the reason follows with Provenance",
        "scheduled": "follows with Appointment",
        "actual.checked_in": "follows with Encounter",
        "actual.discharged": "follows with Encounter",
        "location": "follows with Encounter; the chair, else the room, is written",
        "chair": "follows with Encounter; the chair, else the room, is written",
        "order": "follows with MedicationRequest; drug and route are written",
        "ordered_total": "follows with MedicationRequest",
        "segments": "follows with a MedicationAdministration each; one rate throughout is written",
        "concentration": "stays in the clinic: controlled-substance log",
        "volume": "stays in the clinic: controlled-substance log",
        "lot": "stays in the clinic: controlled-substance log",
        "expiry": "stays in the clinic: controlled-substance log",
        "wasted": "stays in the clinic: controlled-substance log",
        "witness": "stays in the clinic: controlled-substance log",
        "premeds_given": "follows with a MedicationAdministration each",
        "discharge": "follows with the discharge Observation",
    },
)  # fmt: skip
"""The map of a session's Procedure."""
