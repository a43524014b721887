"""Conduct findings: what happened in the clinic that a person should look at.

Records with findings are stored and delivered like any other: an overdose that is withheld is an overdose that the
hospital does not know of. The rules need no clock and no I/O; other records come through `Known`.
"""

from collections.abc import Iterator

from mappings import known, records
from mappings.findings import change, dose, monitoring, observation, patient, plan, session
from mappings.findings.finding import Finding, Grade

__all__ = ["Finding", "Grade", "changed", "findings"]

changed = change.changed


def findings(record: records.Record, known: known.Known) -> list[Finding]:
    """List what is worth a person's eye about a record, in a fixed order; an erroneous record has none."""
    return list(_of(record, known))


def _of(record: records.Record, known: known.Known) -> Iterator[Finding]:
    if getattr(record, "status", None) == "entered_in_error" or record.entered_in_error is not None:
        return
    if isinstance(record, records.ObservationRecord):
        yield from observation.findings(record, known)
    elif isinstance(record, records.InfusionSession):
        yield from dose.findings(record, known)
        yield from session.findings(record, known)
        yield from monitoring.findings(record, known)
    elif isinstance(record, records.TreatmentPlan):
        yield from plan.findings(record, known)
    elif isinstance(record, records.Patient):
        yield from patient.findings(record)
