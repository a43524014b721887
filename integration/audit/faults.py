"""What can be wrong with something stored, and how it is named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Wrong(StrEnum):
    """What can be wrong with something stored: the codes that `infusion-fhir explain` knows."""

    ALTERED = "IF-AUD-04"
    MISSING = "IF-AUD-05"
    UNEXPECTED = "IF-AUD-06"
    FINDINGS = "IF-AUD-07"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something stored that is not what the events say: which, in words, and what is wrong with it."""

    code: Wrong
    table: str
    what: str
    says: str


NOT_SPOKEN_OF: Final = "no event speaks of it"
NOT_THERE: Final = "the events speak of it, and it is not there"

_NAMES: Final[Mapping[str, str]] = {
    "record": "record {0}/{1} version {2}",
    "record_head": "record {0}/{1}",
    "resource_history": "document {0}/{1} version {2}",
    "resource": "document {0}/{1}",
    "rendering": "document {0}/{1} as it goes to {2}",
    "attempt": "request {0}",
    "attempt_entry": "document {1}/{2} in request {0}",
    "ledger": "document {1}/{2} at {0}",
    "finding": "record {0}/{1}",
    "event": "event {0}",
}


def fault(code: Wrong, table: str, key: Any, says: str) -> Fault:
    """A fault, with what it is about named by kind or type and id."""
    parts: Sequence[Any] = key if isinstance(key, tuple) else (key,)
    return Fault(code, table, _NAMES[table].format(*parts), says)
