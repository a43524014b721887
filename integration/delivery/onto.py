"""Write our new document onto the hospital's copy, so that what they added survives our update.

A PUT replaces the whole resource. What stands in their copy and was never ours (a note, an extension, an identifier
of their own) is kept; what was ours is replaced by what is ours now, and goes where it is no longer ours.
"""

from collections.abc import Mapping
from typing import Any

from fhir_profiles import fhir_json, meaning
from fhir_profiles.fhir_json import Document
from fhir_profiles.meaning import Identify
from integration.store import rows
from integration.store.rows import Row

_THEIRS = ("meta", "text", "contained")


def onto(new: Document, old: Document, theirs: Document, identify: Identify = meaning.nobody) -> Document:
    """Our new document with their additions; `old` is what we wrote before, which `theirs` still contains."""
    merged: Document = _merge(new, old, theirs, identify)
    if "meta" in new:
        merged["meta"] = new["meta"]
    else:
        merged.pop("meta", None)
    if "text" in new:
        merged["text"] = new["text"]
    merged["id"] = theirs["id"]
    return merged


def _merge(new: Any, old: Any, theirs: Any, identify: Identify) -> Any:
    if isinstance(new, dict) and isinstance(theirs, dict):
        before = old if isinstance(old, dict) else {}
        merged = {name: _merge(value, before.get(name), theirs.get(name), identify) for name, value in new.items()}
        merged.update((name, value) for name, value in theirs.items() if name not in new and name not in before)
        return merged
    if isinstance(new, list) and isinstance(theirs, list):
        ours = [_says(item, identify) for item in [*new, *(old if isinstance(old, list) else [])]]
        said = ((item, _says(item, identify)) for item in theirs)
        return [*new, *(item for item, says in said if not any(meaning.covers(says, one) for one in ours))]
    return new


def _says(item: Any, identify: Identify) -> Any:
    """What a part of a document says: the same as for a whole one, but no part is left out at the top."""
    return meaning.meaning({"part": item}, identify)


def merged(row: Row, copy: Document, bodies: Mapping[str, bytes], identify: Identify) -> bytes:
    """Our new document written onto the hospital's copy; where that adds nothing, the stored bytes as they are."""
    new = fhir_json.loads(bodies[row.want])
    if row.reason == rows.OVERRIDE:
        return fhir_json.canonical({**{k: v for k, v in copy.items() if k not in ("meta", "text")}, **new})
    if row.have is None:
        return bodies[row.want]
    old = fhir_json.loads(bodies[row.have])
    if not meaning.compare(meaning.meaning(old, identify), meaning.meaning(copy, identify)).added:
        return bodies[row.want]
    both = onto(new, old, copy, identify)
    both["id"] = row.id
    return fhir_json.canonical(both)
