"""What a pretend hospital says when it does not do what it was asked: reasons, issues, and the OperationOutcome."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from fhir_profiles import fhir_json


class Reason(StrEnum):
    """Why a request is refused: the name by which a character knows the refusal and may word it its own way."""

    UNKNOWN_TYPE = "unknown-type"
    UNKNOWN_PATH = "unknown-path"
    NOT_TAKEN = "not-taken"  # the hospital does not offer this interaction on this type
    NOT_FOUND = "not-found"
    NO_SUCH_VERSION = "no-such-version"
    DELETED = "deleted"
    MALFORMED = "malformed"  # the body is not JSON, or not exact JSON
    EMPTY = "empty"  # a body is needed and there is none
    TOO_LARGE = "too-large"
    WRONG_MEDIA = "wrong-media"
    NOT_ACCEPTABLE = "not-acceptable"
    WRONG_TYPE = "wrong-type"  # the body is another type than the address says
    WRONG_ID = "wrong-id"
    MISSING_ID = "missing-id"
    CLIENT_ID = "client-id"  # a PUT to an id that is not there, at a hospital that gives all ids itself
    CONTENT = "content"
    UNREADABLE = "unreadable"  # content that the parser cannot read, unlike content that breaks a rule
    DANGLING = "dangling-reference"
    REFERENCED = "still-referenced"
    STALE = "stale-version"
    CONDITION_REQUIRED = "condition-required"
    EXISTS = "exists"  # If-None-Match: * on something that is there
    RACE = "race"
    MULTIPLE = "multiple-matches"
    UNMET = "unmet-condition"  # what a condition would make does not answer to it
    NO_MATCH = "no-match"  # a conditional reference that nothing answers to
    SAME_IDENTITY = "same-identity"
    UNKNOWN_PARAMETER = "unknown-parameter"
    BAD_PARAMETER = "bad-parameter"
    PAGE_GONE = "page-gone"
    BAD_BUNDLE = "bad-bundle"
    BUSY = "busy"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    BROKEN = "broken"


USUAL: Final[dict[Reason, tuple[int, str]]] = {
    Reason.UNKNOWN_TYPE: (404, "not-supported"),
    Reason.UNKNOWN_PATH: (404, "not-found"),
    Reason.NOT_TAKEN: (405, "not-supported"),
    Reason.NOT_FOUND: (404, "not-found"),
    Reason.NO_SUCH_VERSION: (404, "not-found"),
    Reason.DELETED: (410, "deleted"),
    Reason.MALFORMED: (400, "structure"),
    Reason.EMPTY: (400, "structure"),
    Reason.TOO_LARGE: (413, "too-long"),
    Reason.WRONG_MEDIA: (415, "not-supported"),
    Reason.NOT_ACCEPTABLE: (406, "not-supported"),
    Reason.WRONG_TYPE: (400, "invalid"),
    Reason.WRONG_ID: (400, "value"),
    Reason.MISSING_ID: (400, "required"),
    Reason.CLIENT_ID: (400, "business-rule"),
    Reason.CONTENT: (422, "invalid"),
    Reason.UNREADABLE: (400, "structure"),
    Reason.DANGLING: (400, "not-found"),
    Reason.REFERENCED: (409, "conflict"),
    Reason.STALE: (412, "conflict"),
    Reason.CONDITION_REQUIRED: (428, "required"),
    Reason.EXISTS: (412, "duplicate"),
    Reason.RACE: (409, "conflict"),
    Reason.MULTIPLE: (412, "multiple-matches"),
    Reason.UNMET: (400, "invariant"),
    Reason.NO_MATCH: (404, "not-found"),
    Reason.SAME_IDENTITY: (400, "duplicate"),
    Reason.UNKNOWN_PARAMETER: (400, "not-supported"),
    Reason.BAD_PARAMETER: (400, "value"),
    Reason.PAGE_GONE: (410, "expired"),
    Reason.BAD_BUNDLE: (400, "structure"),
    Reason.BUSY: (429, "throttled"),
    Reason.UNAUTHORIZED: (401, "login"),
    Reason.FORBIDDEN: (403, "forbidden"),
    Reason.BROKEN: (500, "exception"),
}
"""The status and the issue code of each reason where a character says nothing else."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of an OperationOutcome; `coding` is (system, code, display) of a vendor's own error number."""

    code: str
    says: str
    where: str = ""
    severity: str = "error"
    coding: tuple[str, str, str] | None = None

    def document(self) -> dict[str, Any]:
        """The issue as FHIR writes it."""
        issue: dict[str, Any] = {"severity": self.severity, "code": self.code}
        if self.coding is not None:
            named = zip(("system", "code", "display"), self.coding, strict=True)
            issue["details"] = {"coding": [{key: text for key, text in named if text}], "text": self.says}
        issue["diagnostics"] = self.says
        if self.where:
            issue["expression"] = [self.where]
        return issue


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal whole: its reason, its status, what is said, and the headers that go with it."""

    reason: Reason
    status: int
    issues: tuple[Issue, ...]
    headers: tuple[tuple[str, str], ...] = ()

    def with_status(self, status: int) -> "Refusal":
        """The same said with another status."""
        return replace(self, status=status)

    def with_code(self, code: str) -> "Refusal":
        """The same with another code in each issue."""
        return replace(self, issues=tuple(replace(issue, code=code) for issue in self.issues))

    def with_texts(self, *texts: str) -> "Refusal":
        """The same in other words; each issue keeps its code and its place."""
        issues = tuple(replace(issue, says=text) for issue, text in zip(self.issues, texts, strict=False))
        return replace(self, issues=issues + self.issues[len(issues) :])

    def inside(self, entry: str) -> "Refusal":
        """The same, said of an entry of a Bundle."""
        return replace(self, issues=tuple(replace(one, where=_inside(entry, one.where)) for one in self.issues))

    def document(self) -> dict[str, Any]:
        """The OperationOutcome."""
        return outcome(self.issues)


class RefusedError(Exception):
    """A request is refused; whatever it had begun is undone."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason.value)
        self.refusal = refusal


def refusal(reason: Reason, says: str, where: str = "", headers: tuple[tuple[str, str], ...] = ()) -> Refusal:
    """Make a refusal with the usual status and issue code of its reason."""
    status, code = USUAL[reason]
    return Refusal(reason, status, (Issue(code, says, where),), headers)


def refused(reason: Reason, says: str, where: str = "", headers: tuple[tuple[str, str], ...] = ()) -> RefusedError:
    """Make the same to be raised."""
    return RefusedError(refusal(reason, says, where, headers))


def _inside(entry: str, where: str) -> str:
    if not where or where.startswith("Bundle."):
        return where or entry
    _, dot, rest = where.partition(".")
    return f"{entry}.resource{dot}{rest}"


def outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """An OperationOutcome of these issues."""
    return {"resourceType": "OperationOutcome", "issue": [issue.document() for issue in issues]}


def done(says: str, severity: str = "information", code: str = "informational") -> dict[str, Any]:
    """An OperationOutcome that only tells what was done."""
    return outcome([Issue(code, says, severity=severity)])


def body(document: dict[str, Any]) -> bytes:
    """Write an OperationOutcome."""
    return fhir_json.encode(document)
