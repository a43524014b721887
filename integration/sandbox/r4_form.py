"""How strictly a hospital reads a document: as FHIR R4 has it, as a lenient parser has it, or hardly at all.

`faults` is the one place where a document is checked against R4: fhir.resources' R4B classes and our own second pass
today, a generated checker of every type later.
"""

import re
from typing import Any, Final

from fhir_profiles import check, models
from fhir_profiles.fhir_json import Document
from integration.sandbox.lenient_values import Reading
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
_MISSPELT: Final = "is not written as a reference"
_CONTAINED: Final = "ref-1"
_MISSING: Final = "is required"
_LIST: Final = "is a list"
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_ROUNDS: Final = 6
_MOST: Final = 20

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
    name = "reference-form" if issue.says.startswith(_MISSPELT) else _ERRORS.get(issue.code, "form")
    return name, Issue(_ISSUE_CODES.get(issue.code, "invalid"), says, issue.element)


def leniently(document: Document) -> tuple[Document, list[Fault]]:
    """Read a document as a lenient parser does.

    Unknown elements and values of another shape are gone, what is missing is not missed, numbers in quotes are numbers;
    wrong codes and dates are refused all the same, the first of them alone.
    """
    if not _is_known(document):
        return document, []
    reading = Reading(document)
    kept: Any = reading.kept
    odd: list[tuple[str, str]] = []
    for _ in range(_ROUNDS):
        odd = [(path, says) for path, says in models.parse_r4b(kept) if not says.startswith(_MISSING)]
        if not [path for path, says in reversed(odd) if says.startswith(_LIST) and _in_a_list(kept, path)]:
            break
    unread = [("form", Issue("structure", f"{path} cannot be read", path)) for path in reading.unread]
    left = [_fault(issue) for issue in check.check(kept) if _is_wrong(issue)]
    unfit = [("form", Issue("structure", f"{path} cannot be read", path)) for path, _ in odd]
    return reading.as_sent(), (unread or left or unfit)[:1]


def _is_wrong(issue: check.Issue) -> bool:
    if issue.code == check.CODE:
        return issue.says.startswith(_REQUIRED_CODES)
    return issue.code not in _FORGIVEN and not issue.says.startswith(_CONTAINED)


def _in_a_list(document: Any, path: str) -> bool:
    """Put a single object into the list that FHIR has there; tells whether it was one."""
    steps = [int(number) if number else name for name, number in _STEP.findall(path)]
    holder = document
    for step in steps[:-1]:
        holder = holder[step]
    alone = isinstance(holder[steps[-1]], dict)
    if alone:
        holder[steps[-1]] = [holder[steps[-1]]]
    return alone
