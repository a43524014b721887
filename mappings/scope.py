"""What a map knows beside the record it maps: the identifier base, the other records, and what cannot be expressed."""

import functools
from dataclasses import dataclass
from typing import Any

from fhir_profiles import fhir_json
from mappings import identity


class Unfit(ValueError):  # noqa: N818 - named for what it says of the value
    """A codec met a value that it cannot express; the map adds which record and element and raises `Unmappable`."""

    def __init__(self, says: str, fix: str) -> None:
        super().__init__(says)
        self.says = says
        self.fix = fix


class Unmappable(ValueError):  # noqa: N818 - the word that commands and pages use
    """A record or a document cannot be expressed on the other side: which one, which element, why, what to do."""

    def __init__(self, kind: str, id: str, element: str, says: str, fix: str) -> None:  # noqa: A002 - the record's id
        super().__init__(f"{kind} {id}: {element} {says}")
        self.kind = kind
        self.id = id
        self.element = element
        self.says = says
        self.fix = fix


class Waits(ValueError):  # noqa: N818 - not a fault: the record is mapped once the other one is there
    """A record cannot be mapped before another record is there: which one waits, and for what."""

    def __init__(self, kind: str, id: str, for_kind: str, for_id: str) -> None:  # noqa: A002 - the record's id
        super().__init__(f"{kind} {id} waits for {for_kind} {for_id}")
        self.kind = kind
        self.id = id
        self.for_kind = for_kind
        self.for_id = for_id


@dataclass(slots=True)
class Scope:
    """What is at hand while one document is written or read.

    `patient` is the clinic's id of the patient; `plan` and `session` are the records found beside the mapped one,
    None where the map needs none or none is known.
    """

    base: identity.Base
    kind: str = ""
    id: str = ""
    patient: str = ""
    plan: Any = None
    session: Any = None


def reference(base: identity.Base, resource: str, kind: str, record_id: str) -> fhir_json.Document:
    """Give the reference to another record's document.

    The same dict is given each time: documents share it, and nobody may change a part of a document in place.
    """
    return shared_reference(base.url, resource, kind, record_id)


@functools.lru_cache(maxsize=8192)
def shared_reference(url: str, resource: str, kind: str, record_id: str) -> fhir_json.Document:
    """Do the same for a base given as its text, which is quicker to look up."""
    base = identity.Base(url)
    return {
        "reference": f"{resource}/{base.logical_id(kind, record_id)}",
        "type": resource,
        "identifier": {"system": base.system(kind), "value": record_id},
    }


def referent(base: identity.Base, element: Any, *kinds: str) -> tuple[str, str] | None:
    """Read which record a reference means, by its identifier; None when it is none of ours or of another kind."""
    if not isinstance(element, dict):
        return None
    found = element.get("identifier")
    if not isinstance(found, dict) or not isinstance(found.get("value"), str):
        return None
    kind = base.kind_of(str(found.get("system", "")))
    return (kind, found["value"]) if kind in kinds else None
