"""Findings about a treatment plan."""

import itertools
from collections.abc import Iterator
from decimal import Decimal

from mappings import known, records
from mappings.findings.finding import Finding, note, warning
from mappings.records import plan as plan_record

_NEEDS_REASON = frozenset({plan_record.PlanStatus.REVOKED, plan_record.PlanStatus.ON_HOLD})
_INDUCTION_COUNT = 6
_WINDOW = (14, 21)
_INFUSION = (40, 60)
_APPOINTMENT = 90
_MAINTENANCE_MONTHS = 12


def findings(plan: records.TreatmentPlan, known: known.Known) -> Iterator[Finding]:
    """Look for missing reasons, odd orders of events, goals that cannot be judged, and values outside the template."""
    if plan.status in _NEEDS_REASON and plan.status_reason is None:
        yield warning("reason-missing", "status_reason", f"the plan is {plan.status.value} without a reason")
    for number, (earlier, later) in enumerate(itertools.pairwise(plan.revisions), start=1):
        if later.at.at < earlier.at.at:
            yield warning("clock-order", f"revisions[{number}].at", "lies before the revision ahead of it")
    yield from _regimen(plan)
    for number, goal in enumerate(plan.goals):
        yield from _goal(f"goals[{number}]", goal, known)
    for number, phase in enumerate(plan.phases):
        yield from _template(f"phases[{number}]", phase)
    for number, regimen in enumerate(plan.regimen):
        minutes = regimen.infusion_min
        if minutes is not None and (minutes.low < _INFUSION[0] or minutes.high > _INFUSION[1]):
            says = f"{minutes.low} to {minutes.high} minutes, usual are {_INFUSION[0]} to {_INFUSION[1]}"
            yield note("outside-template", f"regimen[{number}].infusion_min", says)


def _regimen(plan: records.TreatmentPlan) -> Iterator[Finding]:
    """Look for a phase with infusions but without a regimen."""
    ordered = {regimen.phase for regimen in plan.regimen}
    for number, phase in enumerate(plan.phases):
        if phase.kind != "reassessment" and phase.key not in ordered:
            yield warning("regimen-missing", f"phases[{number}]", "the phase has no regimen")


def _goal(where: str, goal: plan_record.Goal, known: known.Known) -> Iterator[Finding]:
    """Look whether the goal can ever be judged: same instrument, a baseline above zero."""
    baseline = known.get("observation", goal.baseline)
    if not isinstance(baseline, records.ObservationRecord):
        return
    if baseline.measure != goal.metric:
        yield warning("goal-instrument", f"{where}.baseline", "the baseline is of another measure than the goal")
    value = baseline.value
    if not isinstance(value, records.Quantity):
        yield warning("goal-baseline", f"{where}.baseline", "the baseline has no value")
    elif goal.kind == "percent_reduction" and value.value <= Decimal(0):
        yield warning("goal-baseline", f"{where}.baseline", "a reduction in percent needs a baseline above zero")


def _template(where: str, phase: plan_record.Phase) -> Iterator[Finding]:
    """Compare a phase with what is usual; other values are the prescriber's choice."""
    if phase.kind == "induction":
        if phase.planned_count not in {None, _INDUCTION_COUNT}:
            says = f"{phase.planned_count} infusions, usual are {_INDUCTION_COUNT}"
            yield note("outside-template", f"{where}.planned_count", says)
        window = phase.window
        if window is not None and (window.min_days < _WINDOW[0] or window.max_days > _WINDOW[1]):
            says = f"{window.min_days} to {window.max_days} days, usual are {_WINDOW[0]} to {_WINDOW[1]}"
            yield note("outside-template", f"{where}.window", says)
    if phase.appointment_min not in {None, _APPOINTMENT}:
        says = f"{phase.appointment_min} minutes, usual are {_APPOINTMENT}"
        yield note("outside-template", f"{where}.appointment_min", says)
    longest = phase.max_duration
    if (
        phase.kind == "maintenance"
        and longest is not None
        and longest.unit_ucum == "mo"
        and longest.value > _MAINTENANCE_MONTHS
    ):
        yield note("outside-template", f"{where}.max_duration", f"longer than {_MAINTENANCE_MONTHS} months")
