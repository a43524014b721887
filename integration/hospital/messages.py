"""What goes to a hospital and what comes back, as everybody speaks of it who does not send it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fhir_profiles import fhir_json
from integration import errors


class FaultKind(StrEnum):
    """What went wrong when there is no answer."""

    NOT_SENT = "not sent"  # no byte of the request was handed over
    CUT = "cut"  # some of it was, and what became of it is not known
    TLS = "no trusted connection"  # nothing was sent
    REDIRECT = "redirected"  # answered with another address, which is never followed
    BAD_URL = "not a request"  # an address or header that cannot be sent; nothing was


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` is relative to the hospital's base address and may carry a query."""

    method: str
    path: str = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


class NotFhir(errors.RemoteError):
    """A hospital's server answered what is no FHIR JSON: a web page, XML, or something cut or malformed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hospital answered; header names in lower case, the body unpacked."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> fhir_json.Document:
        """The FHIR resource in the body; anything else raises `NotFhir`, which never quotes it."""
        media = self.headers.get("content-type", "").split(";", 1)[0].strip().lower()
        start = self.body[:64].lstrip()[:1]
        if start == b"<" or "html" in media or "xml" in media:
            page = "html" in media or b"<html" in self.body[:2048].lower()
            raise NotFhir("IF-HOS-01" if page else "IF-HOS-02", "a web page came back" if page else "XML came back")
        try:
            document = fhir_json.loads(self.body)
        except fhir_json.JsonError as wrong:
            place = f"line {wrong.line}, column {wrong.column}"
            raise NotFhir("IF-HOS-02", f"the answer is not exact JSON ({place})") from None
        if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
            raise NotFhir("IF-HOS-02", "the answer is JSON, but no FHIR resource")
        return document


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no answer; `code` is what `infusion-fhir explain` knows it by."""

    kind: FaultKind
    says: str
    code: str = ""

    def error(self, where: str = "") -> errors.RemoteError:
        """The same as an error, for commands that cannot go on without an answer."""
        return errors.RemoteError(self.code or "IF-NET-04", self.says, where=where)
