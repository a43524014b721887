"""Every error that a person can meet: what happened, what to do next, and who must act.

The texts live in `integration/error_codes.py`; `infusion-fhir explain IF-…` prints them. A message never carries
patients' data: record ids of the clinic (opaque by rule), file names, line numbers and element paths only.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Who(StrEnum):
    """Who has to act on an error."""

    CLINIC = "the clinic"
    HOSPITAL_IT = "hospital IT"
    EHR_VENDOR = "the EHR vendor"
    OPERATOR = "whoever runs infusion-fhir"


class Exit(IntEnum):
    """Exit codes of the command line."""

    OK = 0
    PROBLEMS = 1
    USAGE = 2
    CONFIG = 3
    REMOTE = 4
    PARTLY = 5


@dataclass(frozen=True, slots=True)
class Explanation:
    """What `infusion-fhir explain` says about one code."""

    code: str
    title: str
    happened: str
    next_step: str
    who: Who


class InfusionFhirError(Exception):
    """An error with a stable code; `says` is what happened here, without patients' data."""

    exit = Exit.PROBLEMS

    def __init__(self, code: str, says: str, *, where: str = "", next_step: str = "") -> None:
        super().__init__(f"{code} {where + ': ' if where else ''}{says}")
        self.code = code
        self.says = says
        self.where = where
        self.next_step = next_step


class ConfigError(InfusionFhirError):
    """Settings, keys or the home folder are not usable."""

    exit = Exit.CONFIG


class UsageError(InfusionFhirError):
    """A command was called in a way that it cannot follow."""

    exit = Exit.USAGE


class RemoteError(InfusionFhirError):
    """A hospital's server could not be reached, or answered what cannot be used."""

    exit = Exit.REMOTE


class StoreError(InfusionFhirError):
    """The database refused: full, locked, wrong key, other clinic, other schema."""
