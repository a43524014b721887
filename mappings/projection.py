"""What of a document goes to a hospital: the projection whose bytes the ledger compares (`want`).

There are two. `full` is everything that the maps write, with each reference to a resource that is not sent (yet) made
logical: type and identifier stay, the literal reference goes, since nothing stands behind it at the hospital. `vitals`
is for hospitals that take vital signs one by one (vital_signs.py). A document becomes one document there, or none: what
is left out still has a rendering, which says why and is never sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fhir_profiles import fhir_json
from mappings import identity, registry, vital_signs

FULL: Final = "full"
VITALS: Final = "vitals"
_LEFT_OUT: Final = "leftOut"

STANDS_FOR: Final[Mapping[str, str]] = {
    "patient": "Patient",
    "session": "Encounter",
    "assessment": "Encounter",
    "follow-up": "Encounter",
    "staff-role": "Practitioner",
    "device": "Practitioner",
}
"""What may be linked to something of the hospital's own, and to what; a device stands for whoever watches over it."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What one hospital's settings say of what goes there; no codes, no statuses: the usual ones."""

    name: str = FULL
    codes: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Projection":
        """Take it from a hospital's settings."""
        codes, statuses = settings.get("codes") or (), settings.get("statuses") or ()
        return cls(settings.get("projection", FULL), tuple(codes), tuple(statuses))

    def rendered(self, document: fhir_json.Document) -> fhir_json.Document:
        """Give the document as it goes there, or the reason why it does not (`left_out` tells which)."""
        if self.name == FULL:
            return full(document)
        codes, statuses = self.codes or vital_signs.USUAL_CODES, self.statuses or vital_signs.ALL_STATUSES
        found = vital_signs.alone(document, codes, statuses)
        return {_LEFT_OUT: found} if isinstance(found, str) else found


def left_out(rendered: fhir_json.Document) -> str | None:
    """Tell why a rendering is not sent, None for one that is."""
    return rendered.get(_LEFT_OUT)


def full(document: fhir_json.Document) -> fhir_json.Document:
    """The document as it goes to a hospital that takes every type we make."""
    return {name: _logical(value) for name, value in document.items()}


def _logical(value: Any) -> Any:
    if isinstance(value, dict):
        literal = value.get("reference")
        if isinstance(literal, str) and literal.partition("/")[0] not in registry.MADE:
            return {name: part for name, part in value.items() if name != "reference"}
        return {name: _logical(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_logical(part) for part in value]
    return value


def own_identifier(document: fhir_json.Document, base: identity.Base) -> str:
    """The identifier by which we find this document again at a hospital, as `system|value`."""
    for identifier in document["identifier"]:
        if base.kind_of(identifier.get("system", "")) is not None:
            return f"{identifier['system']}|{identifier['value']}"
    raise ValueError(f"{document['resourceType']} carries no identifier of this clinic")
