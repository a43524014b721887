"""The typed public edge: fhir.resources' `R4B` classes, which name the same elements as R4 for what we make.

This is the only module that imports fhir.resources, and only when something is asked of it: the import costs half a
second, and the library takes most wrong codes (`status: "banana"`), so `check` never trusts it alone.
"""

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pydantic

from fhir_profiles import fhir_json

_ITS_TYPE = re.compile(r"abc\.(\w+)Type\b")
_ITS_PLAIN_TYPE = re.compile(r"\b([A-Z]\w*)\(|(Xhtml|bool)\b")
_RENAMED = {"EncodedBytes": "base64Binary", "UuidVersion": "uuid", "bool": "boolean"}
_SAID = {
    "missing": "is required",
    "model_field_validation.missing": "is required",
    "extra_forbidden": "is no element that FHIR R4 has here",
    "list_type": "is a list in FHIR R4",
    "fhir-validation-wrong-resource-type": "is another type of resource",
}
_ONE_OF_MANY = "Value error, Any of one field value"


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a FHIR type: its name, its type or else its plain type, and which resources it may refer to."""

    name: str
    type: str
    plain_type: str
    targets: tuple[str, ...]


@cache
def model(name: str) -> type[pydantic.BaseModel]:
    """Give the class of one FHIR type; an unknown name raises `LookupError`."""
    library: Any = importlib.import_module("fhir.resources.R4B")
    try:
        found: type[pydantic.BaseModel] = library.get_fhir_model_class(name)
    except (KeyError, ValueError) as cause:
        raise LookupError("no FHIR type has this name") from cause
    return found


def is_resource(name: str) -> bool:
    """Tell whether a name is that of a FHIR resource (and not of a part of one, nor of nothing)."""
    try:
        return any(ancestor.__name__ == "Resource" for ancestor in model(name).__mro__)
    except LookupError:
        return False


def parse_r4b(document: fhir_json.Document) -> list[tuple[str, str]]:
    """Let fhir.resources read a document: element and complaint for each thing that it refuses, never a value."""
    name = document["resourceType"]
    try:
        model(name).model_validate(document)
    except pydantic.ValidationError as refused:
        return [(_path(name, error["loc"]), _said(error["type"], error["msg"])) for error in refused.errors()]
    return []


def elements(name: str) -> Iterator[Element]:
    """List the elements of a FHIR type in FHIR's own order."""
    its_model: Any = model(name)
    fields = {field.alias or key: field for key, field in its_model.model_fields.items()}
    for element in its_model.elements_sequence():
        written = repr(fields[element].annotation)
        its_type = _ITS_TYPE.search(written)
        plain = None if its_type else _ITS_PLAIN_TYPE.search(written)
        targets = (fields[element].json_schema_extra or {}).get("enum_reference_types", ())
        yield Element(
            element, its_type[1] if its_type else "", _r4_name(plain[1] or plain[2]) if plain else "", tuple(targets)
        )


def _r4_name(name: str) -> str:
    return _RENAMED.get(name, name[0].lower() + name[1:])


def _path(name: str, location: tuple[int | str, ...]) -> str:
    return name + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)


def _said(kind: str, message: str) -> str:
    if message.startswith(_ONE_OF_MANY):
        return "has two kinds of one value, or none of a kind that is required"
    return _SAID.get(kind, "is not as FHIR R4 has it")
