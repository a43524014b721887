"""CarePlan: the clinic's treatment plan ⇄ FHIR CarePlan."""

from collections.abc import Callable
from typing import Any

from fhir_profiles import terminology
from mappings import codecs, codes, narrative
from mappings.codec import Codec
from mappings.records import plan as plan_record
from mappings.resource_map import Part, ResourceMap
from mappings.rules import both, each, fixed, out_only
from mappings.scope import Scope, Unfit, reference

_REPEAT = "detail.scheduledTiming.repeat"
_LOOK = "let a person look at the document"

STATUS = codes.table(
    "request-status",
    codes.spelled("draft", "active", "on_hold", "revoked", "completed", "entered_in_error", "unknown"),
)
ACTIVITY_STATUS = codes.table(
    "care-plan-activity-status",
    codes.spelled(
        "not_started", "scheduled", "in_progress", "on_hold", "completed", "cancelled", "stopped", "unknown",
        "entered_in_error",
    ),
)  # fmt: skip
PHASE_KIND = codes.concepts(
    "phase-kind",
    {
        kind: (concept,) if kind == "reassessment" else (terminology.INTRAVENOUS_INFUSION, concept)
        for kind, concept in terminology.PHASE_KIND.items()
    },
    tells=-1,
    text="Ketamine intravenous infusion",
)
_STANDARD = {
    "PT": terminology.PHYSICAL_THERAPY,
    "CBT": terminology.COGNITIVE_THERAPY,
    "exercise": terminology.EXERCISE_THERAPY,
}
SUPPORTIVE_KIND = codes.concepts(
    "supportive",
    {
        code.replace("-", "_"): (_STANDARD[code], concept) if code in _STANDARD else (concept,)
        for code, concept in terminology.SUPPORTIVE.items()
        if code != "monitoring"
    },
    tells=-1,
)
_MONITORED = {
    "draft": "not-started", "active": "in-progress", "on_hold": "on-hold", "revoked": "cancelled",
    "completed": "completed", "entered_in_error": "entered-in-error", "unknown": "unknown",
}  # fmt: skip


def _days(number: int) -> dict[str, Any]:
    return {"value": number, "unit": "d", "system": terminology.UCUM, "code": "d"}


def _write_window(value: plan_record.Window, _scope: Scope) -> Any:
    return {"low": _days(value.min_days), "high": _days(value.max_days)}


def _read_window(element: Any, scope: Scope) -> Any:
    low, high = (codecs.quantity.read(element.get(end), scope) for end in ("low", "high"))
    if low["unit_ucum"] != "d" or high["unit_ucum"] != "d":
        raise Unfit("is no range of days", _LOOK)
    return {"min_days": low["value"], "max_days": high["value"]}


def _write_minutes(value: int, _scope: Scope) -> Any:
    return {"duration": value, "durationUnit": "min"}


def _read_minutes(element: Any, _scope: Scope) -> Any:
    if element.get("durationUnit") != "min" or not isinstance(element.get("duration"), int):
        raise Unfit("is no duration in whole minutes", _LOOK)
    return element["duration"]


def _write_frequency(value: plan_record.Frequency, _scope: Scope) -> Any:
    most = {} if value.freq_max is None else {"frequencyMax": value.freq_max}
    return {"frequency": value.freq, **most, "period": value.period, "periodUnit": value.unit}


def _read_frequency(element: Any, _scope: Scope) -> Any:
    if not {"frequency", "period", "periodUnit"} <= element.keys() or "periodMax" in element:
        raise Unfit("is no frequency per exact period", _LOOK)
    most = {"freq_max": element["frequencyMax"]} if "frequencyMax" in element else {}
    return {"freq": element["frequency"], **most, "period": element["period"], "unit": element["periodUnit"]}


_FREQUENCY = Codec(
    "times per period",
    _write_frequency,
    _read_frequency,
    ("frequency", "frequencyMax", "period", "periodUnit"),
)


def _activity(prefix: str) -> tuple[Codec, Callable[[Any, Scope], bool]]:
    """Make the codec of an activity's id, which tells what the activity is, and the test for such activities."""
    start = f"{prefix}."

    def write(value: str, _scope: Scope) -> Any:
        return start + value

    def read(element: Any, _scope: Scope) -> Any:
        return element.removeprefix(start)

    def mine(element: Any, _scope: Scope) -> bool:
        return str(element.get("id", "")).startswith(start)

    return Codec(f"{start}<key>", write, read), mine


def _indication(_thing: Any, scope: Scope) -> Any:
    return [reference(scope.base, "Condition", "condition", scope.plan.indication)]


def _drug(phase: plan_record.Phase, scope: Scope) -> Any:
    """Name the drug of a phase when its regimens agree on one."""
    drugs = [regimen.drug for regimen in scope.plan.regimen if regimen.phase == phase.key]
    return codecs.write_coded(drugs[0]) if drugs and all(drug == drugs[0] for drug in drugs) else None


_phase_id, _is_phase = _activity("phase")
PHASE = Part(
    plan_record.Phase,
    "CarePlanActivity",
    [
        both("key", "id", _phase_id),
        both("title", "extension:title", codecs.extension(terminology.ACTIVITY_TITLE, "valueString", codecs.text)),
        fixed("detail.kind", "ServiceRequest"),
        both("kind", "detail.code", PHASE_KIND),
        out_only("detail.reasonReference", _indication, codec=codecs.raw("reference to Condition"),
                 why="the plan's indication"),
        both("status", "detail.status", ACTIVITY_STATUS),
        both("window", f"{_REPEAT}.boundsRange", Codec("range of days", _write_window, _read_window)),
        both("max_duration", f"{_REPEAT}.boundsDuration", codecs.quantity),
        both("planned_count", f"{_REPEAT}.count", codecs.whole),
        both("appointment_min", f"{_REPEAT}.duration", Codec("minutes", _write_minutes, _read_minutes,
             ("duration", "durationUnit"))),
        both("per", f"{_REPEAT}.frequency", _FREQUENCY),
        out_only("detail.productCodeableConcept", _drug, codec=codecs.raw("codes and text"),
                 why="the drug on which the phase's regimens agree"),
    ],
)  # fmt: skip

_supportive_id, _is_supportive = _activity("supportive")
SUPPORTIVE = Part(
    plan_record.Supportive,
    "CarePlanActivity",
    [
        both("key", "id", _supportive_id),
        fixed("detail.kind", "ServiceRequest"),
        both("kind", "detail.code", SUPPORTIVE_KIND),
        both("status", "detail.status", ACTIVITY_STATUS),
        both("frequency", f"{_REPEAT}.frequency", _FREQUENCY),
        both("provider", "detail.performer", codecs.only(codecs.to("PractitionerRole", "staff-role"))),
    ],
)


def _write_every(value: int, _scope: Scope) -> Any:
    return {"frequency": 1, "period": value, "periodUnit": "min"}


def _read_every(element: Any, _scope: Scope) -> Any:
    if element.get("frequency") != 1 or element.get("periodUnit") != "min" or "periodMax" in element:
        raise Unfit("is not once per some minutes", _LOOK)
    return element["period"]


def _write_protocol(value: str, _scope: Scope) -> Any:
    return [value]


def _read_protocol(element: Any, _scope: Scope) -> Any:
    return element[0]


def _monitoring_status(_thing: Any, scope: Scope) -> Any:
    return _MONITORED[scope.plan.status]


def _is_monitoring(element: Any, _scope: Scope) -> bool:
    return bool(element.get("id") == "monitoring")


MONITORING = Part(
    plan_record.Monitoring,
    "CarePlanActivity",
    [
        fixed("id", "monitoring"),
        fixed("detail.kind", "ServiceRequest"),
        both("protocol", "detail.instantiatesCanonical", Codec("a list of one", _write_protocol, _read_protocol)),
        fixed("detail.code", terminology.SUPPORTIVE["monitoring"].concept()),
        out_only("detail.status", _monitoring_status, codec=codecs.raw("table"), why="follows the plan's status"),
        both("vitals_every_min", f"{_REPEAT}.frequency", Codec("once per minutes", _write_every, _read_every,
             ("frequency", "period", "periodUnit"))),
    ],
)  # fmt: skip


def _revision(plan: plan_record.TreatmentPlan, _scope: Scope) -> Any:
    return [{"url": terminology.PLAN_REVISION, "valuePositiveInt": plan.revisions[-1].rev}]


def _author(plan: plan_record.TreatmentPlan, scope: Scope) -> Any:
    return reference(scope.base, "PractitionerRole", "staff-role", plan.revisions[0].by)


CARE_PLAN = ResourceMap(
    plan_record.TreatmentPlan,
    resource="CarePlan",
    identity="plan",
    declared=[
        both("test", "meta.security:HTEST", codecs.security_label(terminology.TEST_DATA)),
        out_only("text", lambda plan, _scope: narrative.of_plan(plan), codec=codecs.raw("generated narrative"),
                 why="derived; the hospital may reword it", follows=True),
        out_only("extension:plan-revision", _revision, why="number of the last revision",
                 codec=codecs.raw_items("positive number", codecs.has_url(terminology.PLAN_REVISION))),
        both("status_reason", "extension:plan-status-reason",
             codecs.extension(terminology.PLAN_STATUS_REASON, "valueCodeableConcept", codecs.coded)),
        both("id", "identifier:plan", codecs.business_identifier("plan")),
        both("status", "status", STATUS),
        fixed("intent", "plan"),
        fixed("category", [terminology.ASSESS_PLAN.concept()]),
        both("title", "title", codecs.text),
        both("description", "description", codecs.text),
        both("patient", "subject", codecs.to("Patient", "patient")),
        both("assessment", "encounter", codecs.to("Encounter", "assessment")),
        both("period.start", "period.start", codecs.date),
        both("period.end", "period.end", codecs.date),
        out_only("created", lambda plan, _scope: plan.revisions[0].at.text, codec=codecs.raw("as it was written"),
                 why="time of the first revision"),
        out_only("author", _author, codec=codecs.raw("reference to PractitionerRole"),
                 why="author of the first revision"),
        both("indication", "addresses:indication", codecs.to("Condition", "condition")),
        each("phases", "activity", PHASE.item("key", _is_phase)),
        each("supportive", "activity", SUPPORTIVE.item("key", _is_supportive)),
        both("monitoring", "activity:monitoring", MONITORING.item(mine=_is_monitoring)),
        each("preparation_advice", "note", codecs.note),
    ],
    elsewhere=("kind",),
    not_yet_carried={
        "updated_at": "stays in the clinic: our versions are our own",
        "created_at": "stays in the clinic",
        "recorded_by": "stays in the clinic",
        "entered_in_error": "the status says it; the reason follows with Provenance",
        "regimen": "follows with MedicationRequest; the drug is written",
        "premedication": "follows with MedicationRequest",
        "goals": "follows with Goal",
        "revisions": "follows with Provenance; the last number, the first time and author are written",
    },
)  # fmt: skip
"""The map of a treatment plan."""
