"""How strictly a hospital reads a document: as FHIR R4 has it, as a lenient parser has it, or hardly at all.

`faults` is the one place where a document is checked against R4: fhir.resources' R4B classes and our own second pass
today, a generated checker of every type later.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from fhir_profiles import check, fhir_json, models
from fhir_profiles.fhir_json import Document
from integration.sandbox.refusing import Issue

_ISSUE_CODES: Final = {
    check.STRUCTURE: "structure",
    check.CODE: "code-invalid",
    check.REFERENCE: "value",
    check.RULE: "invariant",
    check.DATE: "value",
    check.IDENTITY: "value",
    check.TYPE: "not-supported",
}
_ERRORS: Final = {check.CODE: "code", check.DATE: "date", check.REFERENCE: "reference-type"}
_FORGIVEN: Final = frozenset({check.RULE, check.STRUCTURE, check.TYPE})
_REQUIRED_CODES: Final = "is none of the codes"
_UNKNOWN: Final = "is no element"
_MISSING: Final = "is required"
_LIST: Final = "is a list"
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_ROUNDS: Final = 6
_MOST: Final = 20
_QUANTITY: Final = frozenset({"unit", "code", "comparator"})

Fault = tuple[str, Issue]
"""The name of an error of `[errors]`, and the issue as it is usually said."""


def faults(document: Document) -> list[Fault]:
    """Find what FHIR R4 does not allow in a document; no value of it is repeated."""
    if not _is_known(document):
        return []
    found = [issue for issue in check.check(document) if issue.severity is check.Severity.ERROR]
    return [_fault(issue) for issue in found[:_MOST]]


def _is_known(document: Document) -> bool:
    """Whether the classes of R4B have the type; those few that R4 has alone are let be."""
    return models.is_resource(str(document.get("resourceType")))


def _fault(issue: check.Issue) -> Fault:
    says = f"{issue.element} {issue.says}"
    return _ERRORS.get(issue.code, "form"), Issue(_ISSUE_CODES.get(issue.code, "invalid"), says, issue.element)


def leniently(document: Document) -> tuple[Document, list[Fault]]:
    """Read a document as a lenient parser does.

    Unknown elements and values of another shape are gone, what is missing is not missed, numbers in quotes are numbers;
    wrong codes and dates are refused all the same, the first of them alone.
    """
    kept: Any = _numbers(document)
    odd: list[tuple[str, str]] = []
    if not _is_known(document):
        return kept, []
    for _ in range(_ROUNDS):
        odd = [(path, says) for path, says in models.parse_r4b(kept) if not says.startswith(_MISSING)]
        mended = [path for path, says in reversed(odd) if _mended(kept, path, says)]
        if not mended:
            break
    else:
        odd = []
    left = [_fault(issue) for issue in check.check(kept) if _is_wrong(issue)]
    unread = [("form", Issue("structure", f"{path} cannot be read", path)) for path, _ in odd]
    return kept, (left or unread)[:1]


def _is_wrong(issue: check.Issue) -> bool:
    if issue.code == check.CODE:
        return issue.says.startswith(_REQUIRED_CODES)
    return issue.code not in _FORGIVEN


def _numbers(value: Any) -> Any:
    """A copy in which numbers in quotes are numbers where a quantity has them."""
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _numbers(child) for key, child in value.items()}
    number = inner.get("value")
    if isinstance(number, str) and _QUANTITY & inner.keys():
        read = _number(number)
        inner = inner | {"value": read} if read is not None else {k: v for k, v in inner.items() if k != "value"}
    return inner


def _number(text: str) -> int | Decimal | None:
    try:
        found = fhir_json.loads(text)
    except fhir_json.JsonError:
        return None
    return found if isinstance(found, int | Decimal) and not isinstance(found, bool) else None


def _mended(document: Document, path: str, says: str) -> bool:
    """Drop, or put into a list, what a lenient parser does not mind; tells whether anything was done."""
    steps = [int(number) if number else name for name, number in _STEP.findall(path)]
    holder = _holder(document, steps)
    if holder is None:
        return False
    last = steps[-1]
    if says.startswith(_LIST) and isinstance(holder[last], dict):
        holder[last] = [holder[last]]
    elif says.startswith(_UNKNOWN) or _is_of_another_shape(document, steps, holder[last]):
        del holder[last]
    else:
        return False
    return True


def _holder(document: Document, steps: list[Any]) -> Any:
    found: Any = document
    for step in steps[:-1]:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return None
    inside = isinstance(found, dict) and steps and steps[-1] in found
    return found if inside or (isinstance(found, list) and steps and steps[-1] in range(len(found))) else None


def _is_of_another_shape(document: Document, steps: list[Any], value: Any) -> bool:
    """Whether a text or number stands where FHIR has an object, or the other way round."""
    complex_ones = _complex(str(document.get("resourceType")))
    if len(steps) == 1 and isinstance(value, str | int | bool | Decimal):
        return steps[0] in complex_ones
    return isinstance(value, dict) and len(steps) == 1 and steps[0] not in complex_ones


def _complex(resource_type: str) -> Iterable[str]:
    try:
        return {element.name for element in models.elements(resource_type) if element.type}
    except LookupError:
        return ()
