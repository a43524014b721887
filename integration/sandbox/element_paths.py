"""Looking into documents by paths such as `category.coding.code`; whatever shape is met, nothing breaks."""

from typing import Any

from fhir_profiles.fhir_json import Document


def values(document: Any, path: str) -> list[Any]:
    """Give everything that stands at a path, lists laid flat; several paths stand with `|`."""
    return [found for one in path.split("|") for found in _at(document, one.split("."))]


def _at(value: Any, steps: list[str]) -> list[Any]:
    found = [value]
    for step in steps:
        found = [child for parent in found if isinstance(parent, dict) for child in _listed(parent.get(step))]
    return found


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [item for item in value if item is not None]
    return [] if value is None else [value]


def without(document: Document, path: str) -> Document:
    """Give a document without what stands at a path, and without what has become empty by that."""
    kept = _without(document, path.split("."))
    return kept if isinstance(kept, dict) else {}


def _without(value: Any, steps: list[str]) -> Any:
    if isinstance(value, list):
        items = [_without(item, steps) for item in value]
        return [item for item in items if item not in ({}, [])]
    if not isinstance(value, dict) or steps[0] not in value:
        return value
    rest = {key: child for key, child in value.items() if key != steps[0]}
    if len(steps) == 1:
        rest.pop(f"_{steps[0]}", None)
        return rest
    inner = _without(value[steps[0]], steps[1:])
    return rest if inner in ({}, []) else {key: inner if key == steps[0] else child for key, child in value.items()}


def placed(reference: Any) -> tuple[str, str]:
    """Take a relative reference apart: type and id; empty texts where it is none."""
    literal = reference.get("reference") if isinstance(reference, dict) else None
    kind, _, identity = str(literal or "").partition("/")
    return (kind, identity.partition("/")[0]) if identity and ":" not in kind else ("", "")
