"""The clinic's record of a treatment plan."""

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from mappings import measures
from mappings.records import record, references, units, values
from mappings.records.problem import Code, Problem


class PlanStatus(StrEnum):
    """How far a plan is."""

    DRAFT = "draft"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    REVOKED = "revoked"
    COMPLETED = "completed"
    ENTERED_IN_ERROR = "entered_in_error"
    UNKNOWN = "unknown"


class PhaseStatus(StrEnum):
    """How far a phase of a plan, or a supportive treatment, is."""

    NOT_STARTED = "not_started"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    UNKNOWN = "unknown"
    ENTERED_IN_ERROR = "entered_in_error"


class PlanPeriod(values.Part):
    """From when to when the plan runs; open at the end while nobody knows."""

    start: values.PDate
    end: values.PDate | None = None


class Window(values.Part):
    """Within how many days all infusions of a phase are given."""

    min_days: values.Count
    max_days: values.Count


class Frequency(values.Part):
    """How often: `freq` (to `freq_max`) times each `period` `unit`."""

    freq: values.Count
    freq_max: values.Count | None = None
    period: values.PositiveDec
    unit: Literal["d", "wk", "mo"]


class Phase(values.Part):
    """One phase of a plan, such as the induction."""

    key: values.Key
    kind: Literal["induction", "maintenance", "taper", "reassessment"]
    title: values.Text | None = None
    status: values.Word[PhaseStatus]
    planned_count: values.Count | None = None
    window: Window | None = None
    per: Frequency | None = None
    max_duration: values.Duration | None = None
    appointment_min: values.Count | None = None


class Minutes(values.Part):
    """A span of minutes."""

    low: values.Count
    high: values.Count


class Regimen(values.Part):
    """What the clinic's prescriber ordered for a phase; the software suggests and computes no dose."""

    phase: values.Key
    key: values.Key | None = None
    drug: values.Coded
    route: values.Coded | None = None
    dose: values.DosePerWeight
    rate: values.RatePerWeight | None = None
    max_total: values.Milligrams
    weight_basis: Literal["actual", "ideal", "adjusted"] | None = None
    infusion_min: Minutes | None = None


class Premedication(values.Part):
    """What is given ahead of the infusion, `offset_min` minutes before it."""

    key: values.Key
    drug: values.Coded
    dose: values.Dose | None = None
    route: values.Coded | None = None
    offset_min: values.Whole | None = None
    prn: values.Flag | None = None
    indication: values.Coded | None = None


class Goal(values.Part):
    """What the plan is to reach, measured by one measure against one baseline observation."""

    key: values.Key
    metric: values.Key
    kind: Literal["percent_reduction", "absolute"]
    percent: values.PositiveDec | None = None
    threshold: values.Quantity | None = None
    baseline: values.Id
    due: values.PDate | None = None
    lifecycle: (
        Literal[
            "proposed", "planned", "accepted", "active", "on_hold", "completed",
            "cancelled", "entered_in_error", "rejected",
        ] | None
    ) = None  # fmt: skip
    achievement: (
        Literal[
            "in-progress", "improving", "worsening", "no-change", "achieved", "sustaining", "not-achieved",
            "no-progress", "not-attainable",
        ] | None
    ) = None  # fmt: skip


class Supportive(values.Part):
    """A treatment that goes along with the infusions."""

    key: values.Key
    kind: Literal["PT", "CBT", "psychotherapy", "exercise", "sleep", "medication_adjustment", "other"]
    frequency: Frequency | None = None
    provider: values.Id | None = None
    status: values.Word[PhaseStatus]


class Monitoring(values.Part):
    """How often vital signs are taken, and the clinic's protocol."""

    vitals_every_min: values.Count
    protocol: values.Uri | None = None


class Revision(values.Part):
    """Who changed the plan, when, and why."""

    rev: values.Count
    at: values.Instant
    by: values.Id
    reason: values.Coded
    triggered_by: values.Many[references.Cause] = ()
    summary: values.Text | None = None
    dose_change: Literal["up", "down", "none"]


class TreatmentPlan(record.Record):
    """A patient's plan: phases, the regimen of each, premedication, goals, monitoring and every revision."""

    kind: Literal["plan"]
    patient: values.Id
    indication: values.Id
    assessment: values.Id
    title: values.Text
    description: values.Text | None = None
    status: values.Word[PlanStatus]
    status_reason: values.Coded | None = None
    period: PlanPeriod
    phases: Annotated[values.Many[Phase], Field(min_length=1)]
    regimen: Annotated[values.Many[Regimen], Field(min_length=1)]
    premedication: values.Many[Premedication] = ()
    goals: Annotated[values.Many[Goal], Field(min_length=1)]
    supportive: values.Many[Supportive] = ()
    monitoring: Monitoring | None = None
    revisions: Annotated[values.Many[Revision], Field(min_length=1)]
    preparation_advice: values.Many[values.Text] = ()


def problems(plan: TreatmentPlan) -> Iterator[Problem]:
    """Find what the shape of the fields alone cannot tell."""
    period = plan.period
    if period.end is not None and period.end.latest < period.start.earliest:
        yield Problem("period.end", Code.END_BEFORE_START, "lies before period.start", "correct one of the two dates")
    yield from _phases(plan)
    yield from _regimen(plan)
    yield from _goals(plan)
    yield from _keys(plan)
    for position, revision in enumerate(plan.revisions):
        if revision.rev != position + 1:
            says, fix = "revisions are not 1, 2, 3 … in order", "give every revision, oldest first, without gaps"
            yield Problem(f"revisions[{position}].rev", Code.CONTRADICTION, says, fix)
            return


def _phases(plan: TreatmentPlan) -> Iterator[Problem]:
    for number, phase in enumerate(plan.phases):
        where = f"phases[{number}]"
        if phase.window is not None and phase.max_duration is not None:
            says = "has both window and max_duration, which FHIR's Timing cannot express"
            yield Problem(where, Code.CONTRADICTION, says, "give one of the two")
        if phase.window is not None and phase.window.max_days < phase.window.min_days:
            says = "is smaller than min_days"
            yield Problem(f"{where}.window.max_days", Code.CONTRADICTION, says, "correct one of the two")
        yield from _frequency(f"{where}.per", phase.per)
    for number, supportive in enumerate(plan.supportive):
        yield from _frequency(f"supportive[{number}].frequency", supportive.frequency)


def _frequency(where: str, frequency: Frequency | None) -> Iterator[Problem]:
    if frequency is not None and frequency.freq_max is not None and frequency.freq_max < frequency.freq:
        yield Problem(f"{where}.freq_max", Code.CONTRADICTION, "is smaller than freq", "correct one of the two")


def _regimen(plan: TreatmentPlan) -> Iterator[Problem]:
    phases = {phase.key for phase in plan.phases}
    of_phase = Counter(regimen.phase for regimen in plan.regimen)
    for number, regimen in enumerate(plan.regimen):
        where = f"regimen[{number}]"
        if regimen.phase not in phases:
            yield Problem(f"{where}.phase", Code.KEY, "names no phase of this plan", "use the key of a phase")
        if of_phase[regimen.phase] > 1 and regimen.key is None:
            fix = "give each regimen of that phase a key of its own"
            yield Problem(f"{where}.key", Code.MISSING, "is missing although its phase has several regimens", fix)
        minutes = regimen.infusion_min
        if minutes is not None and minutes.high < minutes.low:
            says = "is smaller than low"
            yield Problem(f"{where}.infusion_min.high", Code.CONTRADICTION, says, "correct one of the two")


def _goals(plan: TreatmentPlan) -> Iterator[Problem]:
    for number, goal in enumerate(plan.goals):
        where = f"goals[{number}]"
        wanted, other = ("percent", "threshold") if goal.kind == "percent_reduction" else ("threshold", "percent")
        if getattr(goal, wanted) is None:
            yield Problem(f"{where}.{wanted}", Code.MISSING, f"is missing for kind {goal.kind}", f"give {wanted}")
        if getattr(goal, other) is not None:
            yield Problem(f"{where}.{other}", Code.CONTRADICTION, f"does not go with kind {goal.kind}", "leave it out")
        measure = measures.MEASURES.get(goal.metric)
        if measure is None:
            fix = "use a key of `infusion-fhir schema observation`"
            yield Problem(f"{where}.metric", Code.UNKNOWN_WORD, "is no measure that is known here", fix)
        elif goal.threshold is not None and goal.threshold.unit_ucum not in measure.units:
            fix = units.fix(goal.threshold.unit_ucum, measure.units)
            yield Problem(f"{where}.threshold.unit_ucum", Code.WRONG_UNIT, "is not taken for this measure", fix)


def _keys(plan: TreatmentPlan) -> Iterator[Problem]:
    keys = [
        (f"{name}[{number}].key", part.key)
        for name in ("phases", "regimen", "premedication", "goals", "supportive")
        for number, part in enumerate(getattr(plan, name))
        if part.key is not None
    ]
    yield from repeated(keys)


def repeated(keys: list[tuple[str, str]]) -> Iterator[Problem]:
    """Report each key that an earlier thing of the same record has already."""
    seen: set[str] = set()
    for where, key in keys:
        if key in seen:
            yield Problem(where, Code.KEY, "is used twice in this record", "give each thing in a record its own key")
        seen.add(key)
