"""How single values are written and read: each codec is two small functions side by side.

Reading gives a value as the clinic's file would write it (text, number, dict), never a record's own type; what a
codec cannot understand raises `Unfit`, without the value in the message.
"""

import functools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fhir_profiles import terminology
from mappings.codec import Codec
from mappings.scope import Scope, Unfit, referent, shared_reference

_LOOK = "let a person look at the document"


def _same(value: Any, _scope: Scope) -> Any:
    return value


def _is(kind: type | tuple[type, ...], says: str) -> Callable[[Any, Scope], Any]:
    def read(element: Any, _scope: Scope) -> Any:
        if not isinstance(element, kind) or (isinstance(element, bool) and kind is not bool):
            raise Unfit(says, _LOOK)
        return element

    return read


def _text_of(value: Any, _scope: Scope) -> Any:
    return value.text


_read_text = _is(str, "is no text")

text = Codec("as it is", _same, _read_text)
whole = Codec("as it is", _same, _is(int, "is no whole number"))
flag = Codec("as it is", _same, _is(bool, "is neither true nor false"))
instant = Codec("as it was written", _text_of, _read_text)
date = Codec("as precise as it was written", _text_of, _read_text)


def _write_quantity(value: Any, _scope: Scope) -> Any:
    unit = value.unit_ucum
    return {"value": value.value, "unit": unit, "system": terminology.UCUM, "code": unit}


def _read_quantity(element: Any, _scope: Scope) -> Any:
    known = isinstance(element, dict) and element.get("system") == terminology.UCUM and "comparator" not in element
    if not known or not isinstance(element.get("value"), int | Decimal) or "code" not in element:
        raise Unfit("is no exact number with a UCUM unit", _LOOK)
    return {"value": element["value"], "unit_ucum": element["code"]}


quantity = Codec("number with its written digits, UCUM unit", _write_quantity, _read_quantity)


def _write_coding(coding: Any) -> Any:
    version, display = coding.version, coding.display
    if version is None and display is not None:  # as nearly all are
        return {"system": coding.system, "code": coding.code, "display": display}
    found = {"system": coding.system, "version": version, "code": coding.code, "display": display}
    return {name: said for name, said in found.items() if said is not None}


def write_coded(value: Any, _scope: Scope | None = None) -> Any:
    """Write codes and words as a CodeableConcept."""
    codings, words = value.codings, value.text
    if not codings:
        return {} if words is None else {"text": words}
    found = [_write_coding(codings[0])] if len(codings) == 1 else [_write_coding(coding) for coding in codings]
    return {"coding": found} if words is None else {"coding": found, "text": words}


def read_coded(element: Any, _scope: Scope | None = None) -> Any:
    """Read a CodeableConcept as codes and words."""
    if not isinstance(element, dict):
        raise Unfit("is no CodeableConcept", _LOOK)
    found: dict[str, Any] = {}
    codings = [
        {key: coding[key] for key in ("system", "code", "display", "version") if key in coding}
        for coding in element.get("coding", ())
    ]
    if codings:
        found["codings"] = codings
    if "text" in element:
        found["text"] = element["text"]
    if not found:
        raise Unfit("has neither a code nor a text", _LOOK)
    return found


coded = Codec("codes and text", write_coded, read_coded)


def _write_first(value: Any, scope: Scope) -> Any:
    return [write_coded(value, scope)]


def _read_first(element: Any, scope: Scope) -> Any:
    if not isinstance(element, list) or len(element) != 1:
        raise Unfit("is no list of one CodeableConcept", _LOOK)
    return read_coded(element[0], scope)


coded_list = Codec("codes and text, a list of one", _write_first, _read_first)


def codings(element: Any) -> set[tuple[Any, Any]]:
    """Give the codes of a CodeableConcept as (system, code); servers rewrite everything else."""
    found = element.get("coding") if isinstance(element, dict) else None
    if not isinstance(found, list):
        return set()
    return {(coding.get("system"), coding.get("code")) for coding in found if isinstance(coding, dict)}


def has(element: Any, concept: terminology.Concept) -> bool:
    """Tell whether a CodeableConcept has this code among its codings."""
    return (concept.system, concept.code) in codings(element)


def business_identifier(kind: str) -> Codec:
    """The record's own id, as the identifier that is searched for at a hospital."""

    def write(value: str, scope: Scope) -> Any:
        return {"system": scope.base.system(kind), "value": value}

    def read(element: Any, _scope: Scope) -> Any:
        return element["value"]

    def mine(element: Any, scope: Scope) -> bool:
        return isinstance(element, dict) and element.get("system") == scope.base.system(kind) and "value" in element

    return Codec(f"identifier of system …/{kind}", write, read, mine=mine)


def to(resource: str, kind: str) -> Codec:
    """A reference to the document of another record of one kind: reference, type and identifier; read by identifier."""

    def write(value: str, scope: Scope) -> Any:
        return shared_reference(scope.base.url, resource, kind, value)

    def read(element: Any, scope: Scope) -> Any:
        found = referent(scope.base, element, kind)
        if found is None:
            raise Unfit(f"refers to no {kind} of this clinic by its identifier", _LOOK)
        return found[1]

    def mine(element: Any, scope: Scope) -> bool:
        return referent(scope.base, element, kind) is not None

    return Codec(f"reference to {resource}", write, read, mine=mine)


def to_any(resources: dict[str, str]) -> Codec:
    """A reference to a record of one of several kinds, written in the record as `<kind>/<id>`."""

    def write(value: str, scope: Scope) -> Any:
        kind, _, record_id = value.partition("/")
        return shared_reference(scope.base.url, resources[kind], kind, record_id)

    def read(element: Any, scope: Scope) -> Any:
        found = referent(scope.base, element, *resources)
        if found is None:
            raise Unfit(f"refers to no {' or '.join(resources)} of this clinic by its identifier", _LOOK)
        return "/".join(found)

    def mine(element: Any, scope: Scope) -> bool:
        return referent(scope.base, element, *resources) is not None

    return Codec("reference to " + " or ".join(sorted(set(resources.values()))), write, read, mine=mine)


def only(inner: Codec) -> Codec:
    """A list in FHIR of which the record has one item: ours is found among the hospital's."""

    def write(value: Any, scope: Scope) -> Any:
        return [inner.write(value, scope)]

    def read(element: Any, scope: Scope) -> Any:
        found = [item for item in element if inner.mine(item, scope)] if isinstance(element, list) else []
        return inner.read(found[0], scope) if found else None

    return Codec(f"{inner.how}, a list of one", write, read)


def _write_note(value: str, _scope: Scope) -> Any:
    return {"text": value}


def _read_note(element: Any, _scope: Scope) -> Any:
    return element["text"]


def _own_note(element: Any, _scope: Scope) -> bool:
    """Tell our notes from a hospital's: those name their author or time, ours never do."""
    return isinstance(element, dict) and "text" in element and not element.keys() - {"id", "extension", "text"}


note = Codec("text; a note with an author or a time is the hospital's", _write_note, _read_note, mine=_own_note)


def extension(url: str, key: str, inner: Codec) -> Codec:
    """A value in an extension with one value."""

    def write(value: Any, scope: Scope) -> Any:
        return {"url": url, key: inner.write(value, scope)}

    def read(element: Any, scope: Scope) -> Any:
        if key not in element:
            raise Unfit(f"has no {key}", _LOOK)
        return inner.read(element[key], scope)

    return Codec(inner.how, write, read, mine=has_url(url))


def has_url(url: str) -> Callable[[Any, Scope], bool]:
    """Make the test for the extensions of one URL."""
    return lambda element, _scope: isinstance(element, dict) and element.get("url") == url


def extension_parts(element: dict[str, Any]) -> dict[str, Any]:
    """Give the values inside a complex extension by the URL of each."""
    found: dict[str, Any] = {}
    for part in element.get("extension", ()):
        value = next((value for key, value in part.items() if key.startswith("value")), None)
        if value is not None:
            found[part["url"]] = value
    return found


@functools.cache
def security_label(concept: terminology.Concept) -> Codec:
    """A flag of the record that stands in a document as a security label, and is absent when it is not set."""
    label = concept.coding()

    def write(value: bool, _scope: Scope) -> Any:
        return label if value else None

    def read(_element: Any, _scope: Scope) -> Any:
        return True

    def mine(element: Any, _scope: Scope) -> bool:
        return isinstance(element, dict) and (element.get("system"), element.get("code")) == (
            concept.system,
            concept.code,
        )

    return Codec(f"label {concept.code} when true", write, read, mine=mine)


def raw(how: str) -> Codec:
    """A derived element, compared as it stands; words beside a code do not count, references by identifier only."""
    return Codec(how, _same, lambda element, _scope: _bare(element))


def raw_items(how: str, mine: Callable[[Any, Scope], bool]) -> Codec:
    """Derived list items, compared as they stand; only those that are ours."""
    return Codec(how, _same, lambda element, _scope: _bare(element), mine=mine)


def _bare(element: Any) -> Any:
    if isinstance(element, list):
        return [_bare(item) for item in element]
    if not isinstance(element, dict):
        return element
    if isinstance(element.get("identifier"), dict) and ("reference" in element or "type" in element):
        return {"is": (element["identifier"].get("system"), element["identifier"].get("value"))}
    left_out = {"id", "extension", "display"} | ({"text"} if element.get("coding") else set())
    return {key: _bare(value) for key, value in element.items() if key not in left_out}


def refers_to(*kinds: str) -> Callable[[Any, Scope], bool]:
    """Make the test for references to records of these kinds of ours."""
    return lambda element, scope: referent(scope.base, element, *kinds) is not None
