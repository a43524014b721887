"""The hospital's journal: all that arrived, in order, what was committed for it, and the identifiers as received."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from fhir_profiles.fhir_json import Document
from integration.sandbox.versions import Version


class Committed(NamedTuple):
    """One commit of a request; `how` is POST, PUT or DELETE, `identifiers` those of the document as it was sent."""

    type: str
    id: str
    version: int
    how: str = ""
    identifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One request, or (method STAFF) something that the hospital did by itself.

    `at` is when it was worked on; `identifiers` are all that came in its body, each `system|value`, committed or not.
    """

    number: int
    at: float
    method: str
    path: str
    status: int
    committed: tuple[Committed, ...] = ()
    identifiers: tuple[str, ...] = ()
    fault: str = ""


def identifiers(document: Any) -> tuple[str, ...]:
    """The business identifiers of a document, each as `system|value`."""
    found = document.get("identifier") if isinstance(document, dict) else None
    listed = found if isinstance(found, list) else [found]
    return tuple(f"{one.get('system', '')}|{one.get('value', '')}" for one in listed if isinstance(one, dict))


def committed(version: Version) -> Committed:
    """What the journal says of a commit."""
    sent: Document = version.received or {}
    return Committed(version.type, version.id, version.number, version.method, identifiers(sent))
