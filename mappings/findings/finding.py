"""What a finding is."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How much a finding matters."""

    CRITICAL = "critical"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact about conduct that is worth a person's eye: stored, shown and delivered with, never a reason to withhold.

    `code` names the rule, `element` the field of the record; `says` may tell amounts and minutes, never who or when.
    """

    code: str
    grade: Grade
    element: str
    says: str


def critical(code: str, element: str, says: str) -> Finding:
    """Make a finding that a person should see today."""
    return Finding(code, Grade.CRITICAL, element, says)


def warning(code: str, element: str, says: str) -> Finding:
    """Make a finding that breaks a rule of the plan or of the clinic's protocol."""
    return Finding(code, Grade.WARNING, element, says)


def note(code: str, element: str, says: str) -> Finding:
    """Make a finding that is merely unusual."""
    return Finding(code, Grade.NOTE, element, says)
