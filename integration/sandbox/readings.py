"""Whether a reading is in a hospital already: the same patient, the same row, the same time; found without a long look.

What is there is remembered by store and rule, and only the commits since the last look are read.
"""

import weakref
from dataclasses import dataclass, field

from fhir_profiles import fhir_json
from fhir_profiles.fhir_json import Document
from integration.sandbox import element_paths
from integration.sandbox.versions import Store, Version


@dataclass(slots=True)
class _Seen:
    """What was seen of a store so far: who has which key, and the last commit that was read."""

    keys: dict[bytes, set[str]] = field(default_factory=dict)
    read: int = 0
    last: Version | None = None


_SEEN: "weakref.WeakKeyDictionary[Store, dict[tuple[str, tuple[str, ...]], _Seen]]" = weakref.WeakKeyDictionary()


def is_new(store: Store, resource_type: str, paths: tuple[str, ...], document: Document) -> bool:
    """Tell whether no other resource of a type has the same values at all these paths; one without any is new."""
    key = _key(document, paths)
    if key is None:
        return True
    seen = _SEEN.setdefault(store, {}).setdefault((resource_type, paths), _Seen())
    _look(seen, store, resource_type, paths)
    for identity in seen.keys.get(key, ()):
        other = store.live(resource_type, identity)
        if identity != document.get("id") and other is not None and _key(other, paths) == key:
            return False
    return True


def _look(seen: _Seen, store: Store, resource_type: str, paths: tuple[str, ...]) -> None:
    """Read the commits since the last look, or all of them when some were undone meanwhile."""
    commits = store.commits
    undone = seen.read > len(commits) or (seen.read > 0 and commits[seen.read - 1] is not seen.last)
    if undone:
        seen.keys.clear()
        seen.read = 0
    for version in commits[seen.read :]:
        key = _key(version.document, paths) if version.type == resource_type and version.document else None
        if key is not None:
            seen.keys.setdefault(key, set()).add(version.id)
    seen.read = len(commits)
    seen.last = commits[-1] if commits else None


def _key(document: Document, paths: tuple[str, ...]) -> bytes | None:
    found = [element_paths.values(document, path) for path in paths]
    return fhir_json.sorted_json(found) if all(found) else None
