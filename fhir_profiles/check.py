"""The check that every document passes before it is stored or sent: FHIR R4's form, codes, references and rules.

fhir.resources checks the form; what it lets pass (wrong codes, wrong targets of references, broken rules, dates that no
calendar has) is checked here. An issue names the element and the rule, and never repeats a value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from fhir_profiles import (
    element_order,
    extensions,
    fhir_json,
    invariants,
    models,
    plain_values,
    r4_codes,
    r4_rules,
    terminology,
)

STRUCTURE: Final = "IF-CHK-01"
CODE: Final = "IF-CHK-02"
REFERENCE: Final = "IF-CHK-03"
RULE: Final = "IF-CHK-04"
DATE: Final = "IF-CHK-05"
IDENTITY: Final = "IF-CHK-06"
TYPE: Final = "IF-CHK-07"

_NOT_IN_R4: Final = frozenset(
    {
        "AdministrableProductDefinition",
        "Citation",
        "ClinicalUseDefinition",
        "EvidenceReport",
        "Ingredient",
        "ManufacturedItemDefinition",
        "MedicinalProductDefinition",
        "NutritionProduct",
        "PackagedProductDefinition",
        "RegulatedAuthorization",
        "SubscriptionStatus",
        "SubscriptionTopic",
        "SubstanceDefinition",
    }
)
_LITERAL = re.compile(
    r"(?:(?:https?://|/)?[^\s?#]+/)?([A-Z][A-Za-z]+)(?:/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?|\?\S+)"
)
_ANY_PLAIN: Final = "id:id implicitRules:uri language:code"
_ELSEWHERE = ("#", "urn:uuid:", "urn:oid:")


class Severity(StrEnum):
    """How grave an issue is: an error keeps a document from being stored and sent."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong with a document: the element, our code and what rule it breaks; never a value of it."""

    severity: Severity
    element: str
    code: str
    says: str


@dataclass(frozen=True, slots=True)
class _Element:
    """What holds for one element: its type, else its plain type, its codes, its targets, whether it is exact."""

    type: str
    plain_type: str
    codes: frozenset[str]
    targets: frozenset[str]
    exact: bool


def check(document: fhir_json.Document) -> list[Issue]:
    """Find everything that keeps a document from being FHIR R4 as we promise it; nothing found means it may go out."""
    name = document.get("resourceType")
    if not isinstance(name, str) or name in _NOT_IN_R4 or not models.is_resource(name):
        return [Issue(Severity.ERROR, "resourceType", TYPE, "is no type of resource of FHIR R4")]
    walk = _Walk()
    walk.resource(document, name)
    found = walk.issues
    places = {issue.element for issue in found}
    for element, says in models.parse_r4b(document):
        if element not in places:
            found.append(Issue(Severity.ERROR, element, STRUCTURE, says))
    return found


@cache
def _elements(name: str) -> dict[str, _Element]:
    plain = dict(pair.split(":") for pair in r4_rules.PLAIN.get(name, _ANY_PLAIN).split())
    found = {}
    for written in element_order.ELEMENTS.get(name, element_order.ANY_RESOURCE).split():
        element, _, its_type = written.partition(":")
        path = f"{name}.{element}"
        targets = frozenset(r4_rules.TARGETS.get(path, "").split())
        exact = path in invariants.SIMPLE_QUANTITIES
        found[element] = _Element(its_type, plain.get(element, "code"), r4_codes.allowed(path), targets, exact)
    return found


class _Walk:
    """Go through one document element by element and collect what is wrong."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self.contained: set[str] = set()
        self.pointed: set[str] = set()

    def resource(self, resource: fhir_json.Document, at: str, *, within: bool = False) -> None:
        """Check a resource that stands alone or in a Bundle, with what it contains."""
        outer = (self.contained, self.pointed)
        contained = [item for item in _listed(resource.get("contained")) if isinstance(item, dict)]
        if not within:
            self.contained, self.pointed = {str(item.get("id")) for item in contained}, set()
        self._inside(resource, str(resource.get("resourceType", "")), at)
        if not within:
            self._contained(contained, at)
            self.contained, self.pointed = outer

    def _contained(self, contained: list[fhir_json.Document], at: str) -> None:
        for i, item in enumerate(contained):
            place = f"{at}.contained[{i}]"
            meta = item.get("meta") if isinstance(item.get("meta"), dict) else {}
            if "contained" in item:
                self._error(place, RULE, "dom-2: what is contained contains nothing itself")
            if str(item.get("id")) not in self.pointed:
                self._error(place, RULE, "dom-3: what is contained is referred to from its document")
            if {"versionId", "lastUpdated", "security"} & set(meta or ()):
                self._error(place, RULE, "dom-4, dom-5: what is contained has no version and no security label")

    def _inside(self, value: fhir_json.Document, name: str, at: str) -> None:
        if not value.keys() - {"id"} and name != "Reference":
            self._error(at, STRUCTURE, "ele-1: is empty")
        elements = _elements(name)
        for key, child in value.items():
            element = elements.get(key)
            if element is not None and key != "resourceType":
                self._children(element, child, f"{at}.{key}", f"_{key}" in value)
            elif key.startswith("_") and key[1:] in elements:
                self._extended(child, f"{at}.{key}")
        for rule in invariants.RULES.get(name, ()):
            if not rule.holds(value):
                self._error(at, RULE, f"{rule.key}: {rule.says}")
        if name == "Reference":
            self._reference(value, at)
        elif "system" in value and "code" in value and not _is_known(value["system"], value["code"]):
            self._error(f"{at}.code", CODE, "is no code of its system")
        if "extension" in value and name != "Extension":
            self._extensions(value["extension"], name, at)

    def _extensions(self, found: Any, within: str, at: str) -> None:
        urls: set[str] = set()
        for i, extension in enumerate(_listed(found)):
            if isinstance(extension, dict):
                for says in extensions.faults(extension, within):
                    self._error(f"{at}.extension[{i}]", RULE, says)
                url = str(extension.get("url"))
                if url in urls and extensions.once(url):
                    self._error(f"{at}.extension[{i}]", RULE, "is an extension that may stand here only once")
                urls.add(url)

    def _children(self, element: _Element, child: Any, at: str, extended: bool) -> None:
        if type(child) is not list:
            self._one(element, child, at)
        elif not child:
            self._error(at, STRUCTURE, "is an empty list")
        for i, item in enumerate(_listed(child)):
            if item is not None or not extended:
                self._one(element, item, f"{at}[{i}]")

    def _one(self, element: _Element, child: Any, at: str) -> None:
        if element.type:
            if type(child) is not dict:
                self._error(at, STRUCTURE, "must be an object")
            elif element.type == "Resource":
                self.resource(child, at, within=at.rpartition(".")[2].startswith("contained["))
            else:
                self._inside(child, element.type, at)
                self._bounds(element, child, at)
            return
        fault = plain_values.fault(child, element.plain_type)
        if fault:
            self._error(at, _code_of(element.plain_type, child), fault)
        elif element.codes and child not in element.codes:
            self._error(at, CODE, "is none of the codes that FHIR R4 requires here")

    def _bounds(self, element: _Element, child: fhir_json.Document, at: str) -> None:
        if element.exact and "comparator" in child:
            self._error(f"{at}.comparator", RULE, "sqty-1: an exact quantity has no comparator")
        if element.targets:
            for target in _targets(child):
                if target not in element.targets:
                    self._error(at, REFERENCE, "points to a type of resource that FHIR R4 does not allow here")
                    return

    def _extended(self, child: Any, at: str) -> None:
        for item in _listed(child) if isinstance(child, list) else [child]:
            if isinstance(item, dict):
                self._inside(item, "Element", at)

    def _reference(self, reference: fhir_json.Document, at: str) -> None:
        literal = reference.get("reference")
        if not {"reference", "identifier", "display", "extension"} & reference.keys():
            self._error(at, REFERENCE, "points to nothing: it needs a reference, an identifier or a display")
        if not isinstance(literal, str):
            return
        if literal.startswith("#"):
            self.pointed.add(literal[1:])
            if literal != "#" and literal[1:] not in self.contained:
                self._error(at, REFERENCE, "ref-1: points to something contained that is not there")
        elif not literal.startswith(_ELSEWHERE) and not _LITERAL.fullmatch(literal):
            self._error(at, REFERENCE, "is not written as a reference: Type/id")
        if len(set(_targets(reference))) > 1:
            self._error(at, REFERENCE, "names one type of resource and points to another")

    def _error(self, at: str, code: str, says: str) -> None:
        self.issues.append(Issue(Severity.ERROR, at, code, says))


def _is_known(system: Any, code: Any) -> bool:
    """Tell whether a code can be one of its system: only our own systems, and wrong spellings of units, are judged."""
    if system == terminology.UCUM:
        return str(code) not in terminology.UNITS_MEANT
    own, _, name = str(system).rpartition("/")
    return own != terminology.LOCAL_BASE or str(code) in terminology.LOCAL_CODES.get(name, ())


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _targets(reference: fhir_json.Document) -> Iterator[str]:
    """Give the types that a reference says it points to: the one it names and the one in its literal."""
    named, literal = reference.get("type"), reference.get("reference")
    if isinstance(named, str):
        yield named
    found = _LITERAL.fullmatch(literal) if isinstance(literal, str) else None
    if found:
        yield found[1]


def _code_of(plain_type: str, value: Any) -> str:
    if type(value) is not str:
        return STRUCTURE
    if plain_type in plain_values.DATES:
        return DATE
    return IDENTITY if plain_type == "id" else STRUCTURE
