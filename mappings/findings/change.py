"""Findings about the step from one version of a record to the next."""

from typing import Final

from mappings import records
from mappings.findings.finding import Finding, critical, warning
from mappings.records.plan import PlanStatus

_USUAL: Final[dict[PlanStatus, frozenset[PlanStatus]]] = {
    PlanStatus.DRAFT: frozenset({PlanStatus.ACTIVE, PlanStatus.REVOKED}),
    PlanStatus.ACTIVE: frozenset({PlanStatus.ON_HOLD, PlanStatus.COMPLETED, PlanStatus.REVOKED}),
    PlanStatus.ON_HOLD: frozenset({PlanStatus.ACTIVE, PlanStatus.COMPLETED, PlanStatus.REVOKED}),
    PlanStatus.REVOKED: frozenset(),
    PlanStatus.COMPLETED: frozenset(),
    PlanStatus.ENTERED_IN_ERROR: frozenset(),
    PlanStatus.UNKNOWN: frozenset(PlanStatus),
}


def changed(before: records.Record, after: records.Record) -> list[Finding]:
    """List what is unusual about the step from an older version of a record to a newer one."""
    found: list[Finding] = []
    if records.patient_of(before) != records.patient_of(after):
        found.append(critical("subject-changed", "patient", "an earlier version was about another patient"))
    if isinstance(before, records.TreatmentPlan) and isinstance(after, records.TreatmentPlan):
        found.extend(_plan(before, after))
    return found


def _plan(before: records.TreatmentPlan, after: records.TreatmentPlan) -> list[Finding]:
    found: list[Finding] = []
    usual = _USUAL[before.status] | {before.status, PlanStatus.ENTERED_IN_ERROR}
    if after.status not in usual:
        says = f"went from {before.status.value} to {after.status.value}"
        found.append(warning("status-step", "status", says))
    kept = after.revisions[: len(before.revisions)]
    if kept != before.revisions:
        found.append(warning("revisions-rewritten", "revisions", "earlier revisions were changed or removed"))
    return found
