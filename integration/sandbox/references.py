"""References between resources: found, rewritten in a transaction, and looked after where the hospital does so."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from fhir_profiles.fhir_json import Document
from integration.sandbox import conditions, resource_types, terms
from integration.sandbox.manners import Race, RaceEnd
from integration.sandbox.refusing import Reason, refused
from integration.sandbox.turn import Turn
from integration.sandbox.versions import Version

Rewrite = Callable[[str], str]
OF_ENTRIES: Final = ("urn:uuid:", "urn:oid:")
"""How a reference to another entry of the same transaction begins."""

_LITERAL: Final = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")


def rewritten(value: Any, rewrite: Rewrite, key: str = "") -> Any:
    """A document with each literal reference rewritten; what holds none is given as it is, not copied."""
    if type(value) is dict:
        return _one(value, rewrite, key)
    if type(value) is list:
        items = [rewritten(item, rewrite, key) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def literals(value: Any, at: str) -> Iterator[tuple[str, str]]:
    """Every literal reference of a document with the element where it stands."""
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str):
            yield at, reference
        for key, child in value.items():
            if isinstance(child, dict | list):
                yield from literals(child, f"{at}.{key}")
    elif isinstance(value, list):
        for position, child in enumerate(value):
            if isinstance(child, dict | list):
                yield from literals(child, f"{at}[{position}]")


def as_kept(turn: Turn, document: Document) -> Document:
    """A document whose references are written as the hospital keeps them."""
    base_url, manners = turn.house.base_url, turn.house.manners
    lone, relative = manners.conditions.lone_references, manners.keeping.relative_references

    def rewrite(reference: str) -> str:
        if lone and "?" in reference:
            return found(turn, reference)
        own = relative and reference.startswith(f"{base_url}/")
        return terms.local(reference, base_url) if own else reference

    kept: Document = rewritten(document, rewrite) if lone or relative else document
    return kept


def found(turn: Turn, reference: str) -> str:
    """What a conditional reference means; one that means nothing, or several things, is refused."""
    resource_type, mark, query = reference.partition("?")
    if not mark or resource_type not in resource_types.ALL:
        return reference
    meant = conditions.the_one(turn, resource_type, query)
    if meant is None:
        raise refused(Reason.NO_MATCH, f"no {resource_type} answers to a conditional reference")
    return meant.reference


def target(reference: str, base_url: str) -> tuple[str, str] | None:
    """Type and id of a reference that leads into this hospital; None for any other."""
    found = _LITERAL.fullmatch(terms.local(reference, base_url))
    return (found[1], found[2]) if found and found[1] in resource_types.ALL else None


def require_whole(turn: Turn, mark: int) -> None:
    """Refuse, after the deed, what has left a reference without its target; where the hospital looks after that."""
    house = turn.house
    for version in house.store.commits[mark:]:
        if version.document is None:
            if house.manners.keeping.guards_deletes:
                _require_unreferenced(turn, version.type, version.id)
        elif house.manners.keeping.checks_references:
            _require_targets(turn, version.type, version.document)


def _require_targets(turn: Turn, resource_type: str, document: Any) -> None:
    store, base_url = turn.house.store, turn.house.base_url
    for at, reference in literals(document, resource_type):
        to = target(reference, base_url)
        if to is not None and store.live(*to) is None and not _is_unseen(turn, store.read(*to)):
            raise refused(Reason.DANGLING, f"the {to[0]} that it refers to is not there", at)
        if reference.startswith(OF_ENTRIES):
            raise refused(Reason.DANGLING, "it refers to an entry of a transaction, and there is none", at)


def _require_unreferenced(turn: Turn, resource_type: str, resource_id: str) -> None:
    """Look through all that is stored: deletes are rare, and the index may lag."""
    gone, written = (resource_type, resource_id), f"{resource_type}/{resource_id}".encode()
    for version in turn.house.store.everything():
        if written in version.body:
            targets = (target(text, turn.house.base_url) for _, text in literals(version.document, version.type))
            if gone in targets and not _is_unseen(turn, version):
                raise refused(Reason.REFERENCED, f"a {version.type} refers to it: it cannot be deleted")


def _is_unseen(turn: Turn, version: Version | None) -> bool:
    """Whether a reference or a delete that another request has made meanwhile is overlooked."""
    if version is None or not turn.overlaps(version):
        return False
    return turn.house.manners.race(Race.REFERENCE, turn.rng) is RaceEnd.BLIND


def _one(value: dict[str, Any], rewrite: Rewrite, key: str) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name, child in value.items():
        if name == "reference" and isinstance(child, str) and key != "request":
            new: Any = rewrite(child)
        else:
            new = rewritten(child, rewrite, name)
        if new is not child:
            changed[name] = new
    return value | changed if changed else value
