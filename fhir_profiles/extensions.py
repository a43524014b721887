"""Our own extensions, checked against their definitions: place, kind of value, parts and codes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from fhir_profiles import fhir_json, local_codes, terminology


@dataclass(frozen=True, slots=True)
class _Part:
    """What an extension, or a part of one, may hold: `value` is the name of its value element, none if it has parts."""

    value: str
    codes: frozenset[str]
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class _Definition:
    contexts: frozenset[str]
    whole: _Part
    parts: dict[str, _Part]


def faults(extension: fhir_json.Document, within: str) -> Iterator[str]:
    """Say what is wrong with an extension of ours that stands within a type of element; foreign ones are let be."""
    url = extension.get("url")
    if not isinstance(url, str) or not url.startswith(terminology.IG):
        return
    definition = _definitions().get(url)
    if definition is None:
        yield "is an extension that we have not defined"
        return
    if within not in definition.contexts:
        yield "is an extension that does not belong here"
    yield from _value_faults(extension, definition.whole)
    inner = extension.get("extension")
    parts = [part for part in inner if isinstance(part, dict)] if isinstance(inner, list) else []
    for part in parts:
        known = definition.parts.get(str(part.get("url")))
        yield from ["has a part that is not defined"] if known is None else _value_faults(part, known)
    for name, known in definition.parts.items():
        count = sum(part.get("url") == name for part in parts)
        if count < known.least or (known.most is not None and count > known.most):
            yield f"needs its part {name}" if count < known.least else f"has its part {name} too often"


def once(url: str) -> bool:
    """Tell whether an extension of ours may stand only once in its place."""
    definition = _definitions().get(url)
    return definition is not None and definition.whole.most == 1


def _value_faults(extension: fhir_json.Document, part: _Part) -> Iterator[str]:
    values = [name for name in extension if name.startswith("value")]
    if values != ([part.value] if part.value else []):
        yield f"has another value than {part.value or 'its parts'}"
    elif part.codes and str(extension[part.value]) not in part.codes:
        yield "has a code that its definition does not allow"


@cache
def _definitions() -> dict[str, _Definition]:
    found = {}
    for path in resources.files("fhir_profiles").joinpath("definitions").iterdir():
        if path.name.startswith("StructureDefinition-"):
            document = fhir_json.loads(path.read_bytes())
            found[document["url"]] = _read(document)
    return found


def _read(document: fhir_json.Document) -> _Definition:
    elements = {element["id"]: element for element in document["differential"]["element"]}
    return _Definition(
        contexts=frozenset(context["expression"] for context in document["context"]),
        whole=_part(elements, "Extension"),
        parts={
            element["sliceName"]: _part(elements, id_) for id_, element in elements.items() if "sliceName" in element
        },
    )


def _part(elements: dict[str, Any], id_: str) -> _Part:
    value = elements.get(f"{id_}.value[x]", {})
    types = value.get("type", [])
    most = elements[id_]["max"]
    return _Part(
        value="value" + types[0]["code"][0].upper() + types[0]["code"][1:] if types else "",
        codes=_codes(value.get("binding", {})),
        least=elements[id_]["min"],
        most=None if most == "*" else int(most),
    )


def _codes(binding: dict[str, Any]) -> frozenset[str]:
    if binding.get("strength") != "required":
        return frozenset()
    return frozenset(local_codes.SYSTEMS[binding["valueSet"].rpartition("/")[2]][1])
