"""What arrived at a pretend hospital, said in words: for its page, and for `infusion-fhir sandbox journal`."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from fhir_profiles.fhir_json import Document
from integration.sandbox import fault_kinds, request_kinds
from integration.sandbox.exchange import Request
from integration.sandbox.journal import Committed
from integration.sandbox.machine import STAFF
from integration.sandbox.running import Seen

Look = Callable[[str, str, int | None], Document | None]
"""Gives a resource by type, id and version (None: as it stands now); None where there is nothing."""

_SHOWN: Final = 5
_ARTICLES: Final = "AEIOU"
_ASKED: Final = {
    "metadata": "Somebody asked what this server can do.",
    "token": "A client asked for an access token.",
    "page": "Somebody turned the page of a search.",
    "search": "Somebody searched for {what}.",
    "vread": "Somebody read one version of {what}.",
    "history": "Somebody read the history of {what}.",
    "read": "Somebody read {what}.",
    "export": "Somebody asked for a bulk export.",
    "operation": "Somebody called {what}.",
}
_TRIED: Final = {
    "transaction": "A transaction",
    "batch": "A batch",
    "create": "A new {what}",
    "update": "An update of {what}",
    "patch": "A patch of {what}",
    "delete": "The deletion of {what}",
}


class Tone(StrEnum):
    """What kind of news an entry is."""

    STORED = "stored"
    PARTLY = "partly"
    REFUSED = "refused"
    ASKED = "asked"
    STAFF = "staff"
    LOST = "lost"


def tone(seen: Seen) -> Tone:
    """Tell what kind of news an entry is."""
    entry = seen.entry
    if entry.method == STAFF:
        return Tone.STAFF
    if entry.status >= 400 or seen.told:
        return Tone.PARTLY if entry.committed else Tone.REFUSED
    if entry.committed:
        return Tone.STORED
    return Tone.LOST if entry.status == 0 else Tone.ASKED


def said(seen: Seen, look: Look) -> list[str]:
    """Say what an entry tells, a sentence a line."""
    entry = seen.entry
    lines = [_commit(one, look, by_staff=entry.method == STAFF) for one in entry.committed[:_SHOWN]]
    more = len(entry.committed) - _SHOWN
    lines += [f"… and {more} more."] if more > 0 else []
    lines += _refused(seen) or ([] if lines else [_asked(seen)])
    if entry.fault:
        lines.append(f"Fault “{entry.fault}”: {_fault(entry.fault)}.")
    return lines


def thing(document: Document | None) -> str:
    """What a resource is about, in a few words; whatever stands in it, there are some or none."""
    if document is None:
        return ""
    words = [_coded(document.get(element)) for element in ("code", "medicationCodeableConcept", "category", "type")]
    about = next((word for word in words if word), "") or _name(document)
    values = _value(document) or ", ".join(filter(None, map(_value_of, _objects(document.get("component")))))
    return " ".join(part for part in (f"“{about}”" if about else "", values) if part)


def _commit(done: Committed, look: Look, *, by_staff: bool) -> str:
    document = look(done.type, done.id, done.version)
    words = (f"{_article(done.type)} {done.type}", thing(document), _whose(document, look))
    what = " ".join(word for word in words if word)
    place = f"{done.type}/{done.id}"
    who = "by the hospital's own staff" if by_staff else ""
    if done.how == "DELETE":
        return _sentence(place, "was deleted", who)
    if done.version > 1:
        return _sentence(what, "was changed", who, f"({place}, now version {done.version})")
    return _sentence(what, "was stored", who, f"as {place}")


def _whose(document: Document | None, look: Look) -> str:
    """Of which patient a resource is, by the name that the hospital knows."""
    referred = (document or {}).get("subject") or (document or {}).get("patient")
    reference = str(referred.get("reference", "")) if isinstance(referred, dict) else ""
    place, _, patient = reference.rpartition("/")
    if not place.endswith("Patient"):
        return ""
    known = look("Patient", patient, None)
    name = _name(known) if known is not None else ""
    return f"of {name}" if name else f"of Patient/{patient}"


def _sentence(*parts: str) -> str:
    return " ".join(part for part in parts if part) + "."


def _refused(seen: Seen) -> list[str]:
    entry = seen.entry
    if not seen.told and entry.status < 400:
        return []
    counts: dict[str, int] = {}
    for says in seen.told or ("it was not said why",):
        counts[says] = counts.get(says, 0) + 1
    reasons = [f"{says}{f' ({times} times)' if times > 1 else ''}" for says, times in counts.items()]
    if entry.status < 400:
        return [f"Refused: {reason}" for reason in reasons]
    return [f"{_tried(seen)} was refused ({entry.status}): {reasons[0]}", *(f"Also: {one}" for one in reasons[1:])]


def _tried(seen: Seen) -> str:
    kinds = request_kinds.kinds_of(Request(seen.entry.method, seen.entry.path))
    what = _what(seen)
    found = next((words for kind, words in _TRIED.items() if kind in kinds), None)
    if found is None:
        return "A Bundle" if "bundle" in kinds else f"The {'search' if 'search' in kinds else 'request'} for {what}"
    return found.format(what=what)


def _asked(seen: Seen) -> str:
    entry = seen.entry
    if entry.status == 0:
        return f"{_tried(seen)} did not come in whole, or waits to be worked on."
    kinds = request_kinds.kinds_of(Request(entry.method, entry.path))
    found = next((words for kind, words in _ASKED.items() if kind in kinds), None)
    if found is None:
        return f"{_tried(seen)} changed nothing."
    return found.format(what=_what(seen))


def _what(seen: Seen) -> str:
    return seen.entry.path.strip("/").removesuffix("/_search") or "everything"


def _fault(name: str) -> str:
    kind = fault_kinds.KINDS.get(name)
    return kind.says if kind is not None else "it struck here"


def _article(word: str) -> str:
    return "An" if word[:1] in _ARTICLES else "A"


def _objects(element: Any) -> list[Mapping[str, Any]]:
    """The objects in an element, be it a list or one alone; what is none is passed over."""
    listed = element if isinstance(element, list) else [element]
    return [one for one in listed if isinstance(one, dict)]


def _first(element: Any) -> Mapping[str, Any]:
    return next(iter(_objects(element)), {})


def _coded(element: Any) -> str:
    """The text of a CodeableConcept, or of the first of several; else the display of its first coding that has one."""
    concept = _first(element)
    codings = _objects(concept.get("coding"))
    said = [concept.get("text"), *(one.get("display") for one in codings), *(one.get("code") for one in codings)]
    return next((one for one in said if isinstance(one, str) and one), "")


def _name(document: Mapping[str, Any]) -> str:
    plain = document.get("name") or document.get("title")
    if isinstance(plain, str):
        return plain
    name = _first(plain)
    given = name.get("given")
    parts = [*(given if isinstance(given, list) else []), name.get("family", "")]
    return str(name.get("text") or " ".join(map(str, parts)).strip())


def _value(document: Mapping[str, Any]) -> str:
    quantity = document.get("valueQuantity")
    if isinstance(quantity, dict):
        return f"{quantity.get('value', '')} {quantity.get('unit') or quantity.get('code') or ''}".strip()
    plain = next((document[key] for key in ("valueInteger", "valueString", "valueBoolean") if key in document), None)
    return "" if plain is None else str(plain)


def _value_of(component: Mapping[str, Any]) -> str:
    value = _value(component)
    return f"{_coded(component.get('code'))} {value}".strip() if value else ""
