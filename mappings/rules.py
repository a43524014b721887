"""The rules of a map, one function a kind; each turns its declaration into closures.

`fixed` the same in every document · `both` a field and an element, two ways · `each` a list, item by item ·
`out_only` derived, never read back. No rule has a condition inside: anything clever is a codec.
"""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fhir_profiles import fhir_json
from mappings import fields, places, writing
from mappings.codec import Codec
from mappings.places import Document, Glance, Merge, Path, Steps
from mappings.scope import Scope
from mappings.writing import Build, Value

Carries = Callable[[Any, dict[str, Any]], Iterator[tuple[str, Any]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled rule."""

    ours: tuple[str, ...]
    element: str
    path: Path
    keys: Steps
    how: str
    way: str
    why: str | None
    source: str
    build: Build
    read: Callable[[Document, Scope], Any] | None
    merge: Merge
    carries: Carries
    part: Any = None
    follows: bool = False


def both(
    ours: str | tuple[str, ...],
    element: str,
    codec: Codec,
    *,
    get: Value | None = None,
    reads: Callable[[Document, Scope], Any] | None = None,
    carries: Carries | None = None,
) -> Rule:
    """Declare that a field of the record is this element, in both directions.

    For several fields the codec writes from the whole record and reads a tuple in the same order. `get` finds the
    value another way than by the field's name, `reads` reads from the whole document, `carries` tells what of the
    field reaches the document where that is not simply all of it.
    """
    names = (ours,) if isinstance(ours, str) else ours
    path = Path.of(element)
    source, get = _found(names, get)
    read = reads or _reader(path, codec)
    return Rule(
        names, element, path, codec.keys, codec.how, "both ways", None, source,
        writing.element(path, get, codec), read, _merge(path, codec, read),
        carries or _as_written(names, None), codec.part,
    )  # fmt: skip


def each(
    ours: str,
    element: str,
    codec: Codec,
    *,
    get: Value | None = None,
    reads: Callable[[Document, Scope], Any] | None = None,
    carries: Carries | None = None,
) -> Rule:
    """Declare that a list of the record is a list of elements, item by item; the codec's `key` matches the items."""
    path, write = Path.of(element), codec.write
    source, get = _found((ours,), get)

    def build(value: Any, scope: Scope, document: Document) -> None:
        found = value if get is None else get(value)
        if found:
            places.add(document, path, [write(item, scope) for item in found])

    def read(document: Document, scope: Scope) -> Any:
        found = [codec.read(item, scope) for item in places.own(document, path, codec.mine, scope)]
        return [item for item in found if item is not None] or None

    return Rule(
        (ours,), element, path, (), codec.how, "both ways", None, source, build, reads or read,
        places.merge_items(path, _item(codec)), carries or _as_written((ours,), codec.part), codec.part,
    )  # fmt: skip


def fixed(element: str, value: Any, *, how: str = "always the same") -> Rule:
    """Declare an element that is the same in every document."""
    path = Path.of(element)
    build = writing.constant(path, value)

    def merge(fresh: Document, copy: Document, _scope: Scope) -> bool:
        ours = (places.parent(fresh, path.steps) or {}).get(path.key)
        holder = places.made_parent(copy, path.steps)
        if ours is None or covers(holder.get(path.key), ours):
            return False
        if path.slice is None:
            holder[path.key] = ours
        else:
            holder[path.key] = [*(holder.get(path.key) or []), *ours]
        return True

    return Rule((), element, path, (), how, "fixed", None, "", build, None, merge, _nothing)


def out_only(
    element: str, derive: Callable[[Any, Scope], Any], *, why: str, codec: Codec, follows: bool = False
) -> Rule:
    """Declare a derived element: written, compared and never read into the record.

    `follows` marks one that the hospital may reword (a narrative): it is exchanged only together with something else.
    """
    path = Path.of(element)

    def build(record: Any, scope: Scope, document: Document) -> None:
        found = derive(record, scope)
        if found:
            if path.slice is None:
                places.made_parent(document, path.steps)[path.key] = found
            else:
                places.add(document, path, list(found))

    glance = _reader(path, codec) if path.slice is None else _lister(path, codec)
    merge = places.merge_plain(path, (), glance) if path.slice is None else places.merge_items(path, _item(codec))
    return Rule((), element, path, (), codec.how, "out only", why, "", build, None, merge, _nothing,
                follows=follows)  # fmt: skip


def covers(theirs: Any, ours: Any) -> bool:
    """Tell whether a hospital's element still says what ours says; codes count by system and code, words do not."""
    if isinstance(ours, dict):
        words = {"display", "text"} if "coding" in ours or "system" in ours else set()
        return isinstance(theirs, dict) and all(covers(theirs.get(k), v) for k, v in ours.items() if k not in words)
    if isinstance(ours, list):
        return isinstance(theirs, list) and all(any(covers(their, our) for their in theirs) for our in ours)
    return bool(fhir_json.sorted_json(theirs) == fhir_json.sorted_json(ours))


def _getter(name: str) -> Value:
    """Make the function that finds a field, None where what holds it is not set."""
    first, _, rest = name.partition(".")
    outer = operator.attrgetter(first)
    if not rest:
        return outer
    inner = _getter(rest)

    def get(record: Any) -> Any:
        holder = outer(record)
        return None if holder is None else inner(holder)

    return get


def _found(names: tuple[str, ...], get: Value | None) -> tuple[str, Value | None]:
    """Tell from which field of the record a rule writes, "" for the whole record, and how to go on from there."""
    if get is not None or len(names) > 1:
        return "", get
    first, _, rest = names[0].partition(".")
    return first, _getter(rest) if rest else None


def _reader(path: Path, codec: Codec) -> Glance:
    def one(document: Document, scope: Scope) -> Any:
        holder = places.parent(document, path.steps)
        element = None if holder is None else holder.get(path.key)
        return None if element is None else codec.read(element, scope)

    def several(document: Document, scope: Scope) -> Any:
        holder = places.parent(document, path.steps) or {}
        found = {key: holder[key] for key in codec.keys if key in holder}
        return codec.read(found, scope) if found else None

    def sliced(document: Document, scope: Scope) -> Any:
        mine = places.own(document, path, codec.mine, scope)
        return codec.read(mine[0], scope) if mine else None

    return several if codec.keys else sliced if path.slice else one


def _lister(path: Path, codec: Codec) -> Glance:
    def read(document: Document, scope: Scope) -> Any:
        return [codec.read(item, scope) for item in places.own(document, path, codec.mine, scope)] or None

    return read


def _merge(path: Path, codec: Codec, read: Glance) -> Merge:
    if path.slice is None:
        return places.merge_plain(path, codec.keys, read)
    return places.merge_items(path, places.Item(codec.mine, _the_only_one, codec.read, codec.onto or _overlay))


def _item(codec: Codec) -> places.Item:
    def as_read(element: Any, scope: Scope) -> Any:
        return places.glimpse(codec.read, element, scope)

    return places.Item(codec.mine, codec.key or as_read, codec.read, codec.onto or _overlay)


def _the_only_one(_element: Any, _scope: Scope) -> str:
    return ""


def _overlay(fresh: Document, theirs: Document, _scope: Scope) -> None:
    """Exchange an item for ours, keeping only its id: what was added to the old value says nothing of the new one."""
    kept = {"id": theirs["id"]} if "id" in theirs else {}
    theirs.clear()
    theirs.update(kept | fresh)


def _as_written(names: tuple[str, ...], part: Any) -> Carries:
    def carries(record: Any, written: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for name in names:
            value = fields.pick(written, name)
            if value is None:
                continue
            if part is None:
                yield name, value
            else:
                things = _getter(name)(record)
                yield name, [part.carried(thing, item) for thing, item in zip(things, value, strict=True)]

    return carries


def _nothing(_record: Any, _written: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return iter(())
