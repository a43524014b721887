"""Where an element stands in a document: how it is put there, found there, and exchanged in a hospital's copy.

Every place works on plain dicts. `merge` is the careful half: it takes our freshly written document and the
hospital's copy, and changes in the copy only what reads differently, so that what the hospital added survives.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fhir_profiles import element_order, fhir_json
from mappings.scope import Scope, Unfit

Document = fhir_json.Document
Steps = tuple[str, ...]
Glance = Callable[[Document, Scope], Any]
Merge = Callable[[Document, Document, Scope], bool]

Mine = Callable[[Any, Scope], bool]

_BESIDE_A_CODE = {"display": str, "version": str, "userSelected": bool}
_UNREADABLE = object()
MISSHAPEN = (Unfit, KeyError, TypeError, AttributeError, IndexError, ValueError)
"""What reading raises where a document has not the shape that FHIR gives it."""


@dataclass(frozen=True, slots=True)
class Path:
    """An element's path in a document, as in `performedPeriod.start` or `identifier:session`."""

    steps: Steps
    key: str
    slice: str | None

    @classmethod
    def of(cls, element: str) -> "Path":
        """Read a path as a rule spells it."""
        path, _, slice_name = element.partition(":")
        *steps, key = path.split(".")
        return cls(tuple(steps), key, slice_name or None)

    def rank(self, resource: str, keys: Steps) -> tuple[int, ...]:
        """Give the element's position in FHIR's own order; an element that R4 does not have raises ValueError."""
        found: list[int] = []
        its_type = resource
        for name in (*self.steps, keys[0] if keys else self.key):
            order = [entry.partition(":") for entry in element_order.ELEMENTS[its_type].split()]
            names = [entry[0] for entry in order]
            if name not in names:
                raise ValueError(f"{resource} has no element {'.'.join(self.steps)} {name}")
            found.append(names.index(name))
            its_type = order[found[-1]][2]
        return tuple(found)


def parent(document: Document, steps: Steps) -> Document | None:
    """Find the object in which an element stands, or None."""
    for step in steps:
        found = document.get(step)
        if not isinstance(found, dict):
            return None
        document = found
    return document


def made_parent(document: Document, steps: Steps) -> Document:
    """Find the object in which an element stands, making what is missing on the way."""
    for step in steps:
        if not isinstance(document.get(step), dict):
            document[step] = {}
        document = document[step]
    return document


def add(document: Document, path: Path, found: list[Any]) -> None:
    """Put items at the end of the list that stands at a path; the list given may become that list."""
    holder = made_parent(document, path.steps) if path.steps else document
    if path.key in holder:
        holder[path.key].extend(found)
    else:
        holder[path.key] = found


def items(document: Document, path: Path) -> list[Any]:
    """Give the list that stands at a path, empty when there is none."""
    holder = parent(document, path.steps)
    found = holder.get(path.key) if holder else None
    return found if isinstance(found, list) else []


def own(document: Document, path: Path, mine: Mine, scope: Scope) -> list[Any]:
    """Give those items of a list that are ours."""
    return [item for item in items(document, path) if is_own(item, mine, scope)]


def is_own(item: Any, mine: Mine, scope: Scope) -> bool:
    """Tell whether a list item is ours; one that has not even the shape of ours is not."""
    try:
        return isinstance(item, dict) and mine(item, scope)
    except MISSHAPEN:
        return False


def remove(document: Document, steps: Steps, keys: Steps) -> None:
    """Take elements out, with their own extensions, and then the objects that this leaves empty."""
    holder = parent(document, steps)
    if holder is None:
        return
    for key in keys:
        holder.pop(key, None)
        holder.pop(f"_{key}", None)
    if not holder and steps:
        remove(document, steps[:-1], steps[-1:])


def essence(value: Any) -> Any:
    """Bring a read value to what counts in a comparison: codes by system and code, lists of objects in no order."""
    if isinstance(value, dict):
        kept = {k: essence(v) for k, v in value.items()}
        if "code" in kept and "system" in kept:
            # What is no text, where one belongs, is not left in a copy: nobody could read it.
            return {k: v for k, v in kept.items() if not isinstance(v, _BESIDE_A_CODE.get(k, ()))}
        return kept
    if isinstance(value, list | tuple):
        found = [essence(item) for item in value]
        return sorted(found, key=fhir_json.sorted_json) if any(isinstance(item, dict) for item in found) else found
    return value


def glimpse(glance: Glance, document: Document, scope: Scope) -> Any:
    """Read what stands in a document, in a form to compare; unreadable is unlike everything."""
    try:
        found = glance(document, scope)
    except MISSHAPEN:
        return _UNREADABLE
    return None if found is None else fhir_json.sorted_json(essence(found))


def merge_plain(path: Path, keys: Steps, glance: Glance) -> Merge:
    """Exchange one element in a hospital's copy when it reads differently there."""
    names = keys or (path.key,)

    def merge(fresh: Document, copy: Document, scope: Scope) -> bool:
        if glimpse(glance, fresh, scope) == glimpse(glance, copy, scope):
            return False
        ours = parent(fresh, path.steps) or {}
        found = {name: ours[name] for name in names if name in ours}
        remove(copy, path.steps, names)
        if found:
            made_parent(copy, path.steps).update(found)
        return True

    return merge


@dataclass(frozen=True, slots=True)
class Item:
    """What a rule knows about the list items that are its own."""

    mine: Mine
    key: Callable[[Any, Scope], Any]
    read: Callable[[Any, Scope], Any]
    onto: Callable[[Document, Document, Scope], None]


def merge_items(path: Path, item: Item) -> Merge:
    """Exchange list items in a hospital's copy: by key, each only when it reads differently; others stay.

    An item that reads the same stays the hospital's object. Their order of ours stands as long as nothing changed.
    """

    def merge(fresh: Document, copy: Document, scope: Scope) -> bool:
        ours = {item.key(found, scope): found for found in own(fresh, path, item.mine, scope)}
        there = {_key(item, found, scope): found for found in own(copy, path, item.mine, scope)}
        changed = ours.keys() != there.keys()
        for key in ours.keys() & there.keys():
            if glimpse(item.read, ours[key], scope) != glimpse(item.read, there[key], scope):
                item.onto(ours[key], there[key], scope)
                changed = True
        if changed:
            wanted = [there.get(key, found) for key, found in ours.items()]
            _set_items(copy, path, _in_their_places(wanted, [
                None if is_own(found, item.mine, scope) else found for found in items(copy, path)
            ]))
        return changed

    return merge


def _in_their_places(ours: list[Any], theirs: list[Any]) -> list[Any]:
    """Put our items, in our order, where the hospital's copy had ours (None there); further ones at the end."""
    left = iter(ours)
    found = [next(left, None) if item is None else item for item in theirs]
    return [*(item for item in found if item is not None), *left]


def _key(item: Item, theirs: Any, scope: Scope) -> Any:
    try:
        return item.key(theirs, scope)
    except MISSHAPEN:
        return None


def _set_items(copy: Document, path: Path, found: list[Any]) -> None:
    if found:
        made_parent(copy, path.steps)[path.key] = found
    else:
        remove(copy, path.steps, (path.key,))
