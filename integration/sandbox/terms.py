"""What a document can be found by: its values for each search parameter, in the form in which searches compare them."""

import unicodedata
from decimal import Decimal
from typing import Any, NamedTuple

from fhir_profiles.fhir_json import Document
from integration.sandbox import dates, search_params
from integration.sandbox.search_params import Kind

Terms = dict[str, tuple[Any, ...]]
"""By parameter: keys of tokens, references and URIs (text), stretches of dates, texts, amounts."""

_PARTS_OF_NAMES = ("family", "given", "text", "prefix", "suffix")
_PARTS_OF_ADDRESSES = ("line", "city", "district", "state", "postalCode", "country", "text")
IDENTIFIED = "?"
"""Before the keys of a reference's identifier."""


class Text(NamedTuple):
    """A text: folded (no case, no accents) and as written."""

    folded: str
    exact: str


class Amount(NamedTuple):
    """A quantity or a number."""

    value: Decimal
    system: str
    code: str
    unit: str


def of(document: Document, base_url: str) -> Terms:
    """Everything that a document can be found by."""
    found: Terms = {}
    for name, param in search_params.of_type(str(document.get("resourceType"))).items():
        terms: dict[Any, None] = {}
        for path in param.paths:
            for value in path.values(document):
                terms.update(dict.fromkeys(_terms(param.kind, value, path.target, base_url)))
        if terms:
            found[name] = tuple(terms)
    return found


def fold(text: str) -> str:
    """A text without case and accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


def local(reference: str, base_url: str) -> str:
    """A literal reference as `Type/id` where it leads into this hospital, without a version; else as it is."""
    if reference.startswith(base_url):
        reference = reference[len(base_url) :].lstrip("/")
    return reference.partition("/_history/")[0]


def _terms(kind: Kind, value: Any, target: str, base_url: str) -> list[Any]:
    match kind:
        case Kind.TOKEN:
            return tokens(value)
        case Kind.REFERENCE:
            return _references(value, target, base_url)
        case Kind.DATE:
            stretch = dates.of(value)
            return [] if stretch is None else [stretch]
        case Kind.STRING:
            return [Text(fold(text), text) for text in _texts(value)]
        case Kind.URI:
            return [value] if isinstance(value, str) else []
        case _:
            return _amounts(value)


def tokens(value: Any) -> list[str]:
    """The keys under which a code, Coding, CodeableConcept, Identifier, ContactPoint or boolean is found."""
    if isinstance(value, str):
        return _keys("", value)
    if isinstance(value, bool):
        return _keys("", "true" if value else "false")
    if not isinstance(value, dict):
        return []
    if "coding" in value:
        listed = value["coding"] if isinstance(value["coding"], list) else []
        return [key for coding in listed if isinstance(coding, dict) for key in tokens(coding)]
    if isinstance(value.get("code"), str):
        return _keys(value.get("system"), value["code"])
    return _keys(value.get("system"), value["value"]) if isinstance(value.get("value"), str) else []


def _keys(system: Any, code: str) -> list[str]:
    """`code`, `system|code` and `system|` all find it; without a system `|code` does."""
    if not isinstance(system, str) or not system:
        return [code, f"|{code}"]
    return [code, f"{system}|{code}", f"{system}|"]


def _references(value: Any, target: str, base_url: str) -> list[str]:
    if isinstance(value, str):  # a canonical
        return [value] if not target else []
    if not isinstance(value, dict):
        return []
    keys: list[str] = []
    literal = value.get("reference")
    if isinstance(literal, str):
        here = local(literal, base_url)
        resource_type, slash, resource_id = here.partition("/")
        if not target or resource_type == target:
            keys = [here, resource_id] if slash and "/" not in resource_id else [here]
    identifier = value.get("identifier")
    if isinstance(identifier, dict) and (not target or value.get("type", target) == target):
        keys += [IDENTIFIED + key for key in tokens(identifier)]
    return keys


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, dict):
        return []
    parts = [value.get(key) for key in dict.fromkeys(_PARTS_OF_NAMES + _PARTS_OF_ADDRESSES)]
    listed = [one for part in parts for one in (part if isinstance(part, list) else [part])]
    return [one for one in listed if isinstance(one, str)]


def _amounts(value: Any) -> list[Amount]:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return [Amount(Decimal(value), "", "", "")]
    if not isinstance(value, dict):
        return []
    number = value.get("value")
    if not isinstance(number, int | Decimal) or isinstance(number, bool):
        return []
    system, code, unit = (text if isinstance(text := value.get(key), str) else "" for key in ("system", "code", "unit"))
    return [Amount(Decimal(number), system, code, unit)]
