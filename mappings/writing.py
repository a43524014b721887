"""The closures that write single elements; the quick half of a map, run for every document."""

from collections.abc import Callable
from typing import Any

from mappings import places
from mappings.codec import Codec
from mappings.places import Document, Path, Steps
from mappings.scope import Scope

Build = Callable[[Any, Scope, Document], None]
"""Writes a field's value (the whole record, for a rule without `source`) into a document."""
Value = Callable[[Any], Any]


def element(path: Path, get: Value | None, codec: Codec) -> Build:
    """Make the closure that writes one element; one for each of the shapes, so that the common one stays short."""
    simple = _at_the_top(path, codec)
    return simple if get is None and not path.steps else _below(path.steps, get or _itself, simple)


def _itself(value: Any) -> Any:
    return value


def _at_the_top(path: Path, codec: Codec) -> Build:
    key, write = path.key, codec.write

    def plain(value: Any, scope: Scope, document: Document) -> None:
        found = write(value, scope)
        if found is not None:
            document[key] = found

    def sliced(value: Any, scope: Scope, document: Document) -> None:
        found = write(value, scope)
        if found is None:
            return
        if key in document:
            document[key].append(found)
        else:
            document[key] = [found]

    def several(value: Any, scope: Scope, document: Document) -> None:
        found = write(value, scope)
        if found is not None:
            document.update(found)

    return several if codec.keys else sliced if path.slice else plain


def _below(steps: Steps, get: Value, simple: Build) -> Build:
    """Write where a path leads; what holds the element is made only if something is written."""

    def build(value: Any, scope: Scope, document: Document) -> None:
        found = get(value)
        if found is None:
            return
        holder = places.parent(document, steps) if steps else document
        if holder is not None:
            simple(found, scope, holder)
            return
        inner: Document = {}
        simple(found, scope, inner)
        if inner:
            places.made_parent(document, steps).update(inner)

    return build


def constant(path: Path, value: Any) -> Build:
    """Make the closure that writes what is the same in every document."""

    def build(_record: Any, _scope: Scope, document: Document) -> None:
        holder = places.made_parent(document, path.steps)
        if path.slice is None:
            holder[path.key] = value
        else:
            holder.setdefault(path.key, []).extend(value)

    return build
