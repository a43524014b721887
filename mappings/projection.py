"""What of a document goes to a hospital: the projection whose bytes the ledger compares (`want`).

There is one projection so far, the full one: everything that the maps write, with each reference to a resource that
is not sent (yet) made logical: type and identifier stay, the literal reference goes, since nothing stands behind it
at the hospital.
"""

from typing import Any

from fhir_profiles import fhir_json
from mappings import identity, registry


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
