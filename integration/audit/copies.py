"""Whether a hospital's copy of a document still says what ours says, and leads where ours leads."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fhir_profiles import meaning
from fhir_profiles.fhir_json import Document
from mappings.identity import Base

Identify = Callable[[str, str], str | None]

_LITERAL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?$")


def compare(ours: Document, copy: Document, identify: Identify) -> meaning.Difference:
    """What of ours is missing or changed in the copy, and what they added; our security labels count as ours."""
    difference = meaning.compare(meaning.meaning(ours, identify), meaning.meaning(copy, identify))
    if _labels(ours) <= _labels(copy):
        return difference
    return meaning.Difference((*difference.different, "meta.security"), difference.added)


def references_astray(copy: Document, identify: Identify, base: Base) -> tuple[str, ...]:
    """Elements whose literal reference leads to something else at the hospital than the identifier beside it says."""
    return tuple(path for path, reference in _references(copy, "") if _is_astray(reference, identify, base))


def _is_astray(reference: Mapping[str, Any], identify: Identify, base: Base) -> bool:
    identifier = reference["identifier"]
    if base.kind_of(str(identifier.get("system", ""))) is None:
        return False
    to = _LITERAL.search(str(reference["reference"]))
    leads_to = identify(to[1], to[2]) if to else None
    return leads_to != f"{identifier.get('system')}|{identifier.get('value')}"


def _references(value: Any, at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str) and isinstance(value.get("identifier"), dict):
            yield at, value
            return
        for name, part in value.items():
            yield from _references(part, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part, at)


def _labels(document: Document) -> set[tuple[str, str]]:
    meta = document.get("meta")
    labels = meta.get("security") if isinstance(meta, dict) else None
    return {(str(s.get("system")), str(s.get("code"))) for s in labels or [] if isinstance(s, dict)}
