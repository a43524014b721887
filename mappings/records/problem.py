"""What is wrong with a record from the clinic's file, and what to do about it.

Only form is refused here (unreadable, contradictory, impossible to express). What should not have *happened* is a
finding (`mappings/findings.py`) and is never refused. No text here carries a value of the record.
"""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """The codes of problems with records; `infusion-fhir explain` prints what each means."""

    NOT_A_RECORD = "IF-REC-01"
    UNKNOWN_KIND = "IF-REC-02"
    MISSING = "IF-REC-03"
    UNKNOWN_FIELD = "IF-REC-04"
    MALFORMED = "IF-REC-05"
    UNKNOWN_WORD = "IF-REC-06"
    WRONG_UNIT = "IF-REC-07"
    NOT_A_TIME = "IF-REC-08"
    END_BEFORE_START = "IF-REC-09"
    VALUE_OR_ABSENCE = "IF-REC-10"
    TELLS_WHO = "IF-REC-11"
    KEY = "IF-REC-12"
    CONTRADICTION = "IF-REC-13"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a record: the field, a stable code, what is wrong and what to do."""

    field: str
    code: str
    says: str
    fix: str


class RecordError(ValueError):
    """A record was refused; `problems` lists everything that is wrong with it, never its values."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.code} {p.field}: {p.says}" for p in problems))
        self.problems = problems
