"""Findings about a patient."""

from collections.abc import Iterator

from mappings import records
from mappings.findings.finding import Finding, warning

_ADULT = 18


def findings(patient: records.Patient) -> Iterator[Finding]:
    """Look at a patient's age at the time of the record."""
    born, now = patient.birth_date.earliest, patient.updated_at.at.date()
    years = now.year - born.year - ((now.month, now.day) < (born.month, born.day))
    if years < _ADULT and patient.deceased in {None, False}:
        yield warning("not-adult", "birth_date", f"the patient is younger than {_ADULT}")
