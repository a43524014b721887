"""What goes in and out of a pretend hospital, with no socket anywhere: requests, responses, and calls of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl

from integration.sandbox.refusing import Reason, refused

FHIR_JSON: Final = "application/fhir+json"
FORM: Final = "application/x-www-form-urlencoded"
NDJSON: Final = "application/fhir+ndjson"
CONTENT: Final = f"{FHIR_JSON};charset=UTF-8"

Params = list[tuple[str, str]]
"""Query parameters in their order, decoded."""

_MAX_PARAMS: Final = 1_000
_JSON_ASKED: Final = ("json", "*/*", "application/*", "text/*", NDJSON)
_FORMATS: Final = frozenset({"json", "application/json", FHIR_JSON, "text/json", "application/fhir json"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request; the path is relative to the FHIR base, without a leading slash; header names in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; headers as they are to be sent."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Notify:
    """A rest-hook that the hospital now calls; what comes of it is told to `machine.hook_answered`."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    method: str = "POST"
    subscription: str = ""


Effect = Notify
"""What a hospital does besides answering; more kinds may come."""


@lru_cache(maxsize=4)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)


def http_date(at: float) -> str:
    """A moment as HTTP headers write it."""
    return _http_date(int(at))


def params(text: str) -> Params:
    """Take a query, or a form's body, apart; what has too many parts is refused."""
    if not text:
        return []
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_PARAMS)
    except ValueError:
        raise refused(Reason.BAD_PARAMETER, "the query has too many parameters") from None


def media(headers: Mapping[str, str], name: str) -> str:
    """The media type that a header names, without its parameters."""
    return headers.get(name, "").partition(";")[0].strip().lower()


def require_json_answer(headers: Mapping[str, str], query: Params) -> None:
    """Refuse a client that wants anything but JSON."""
    asked = next((value for name, value in query if name == "_format"), "")
    if asked:
        if asked.partition(";")[0].strip().lower() not in _FORMATS:
            raise refused(Reason.NOT_ACCEPTABLE, "this server answers in JSON only")
        return
    wanted = headers.get("accept")
    if wanted and wanted != FHIR_JSON and not any(kind in wanted.lower() for kind in _JSON_ASKED):
        raise refused(Reason.NOT_ACCEPTABLE, "this server answers in JSON only")


def preference(headers: Mapping[str, str], name: str) -> str | None:
    """What the Prefer header says of `return`, `handling` and the like; an empty text for a bare word."""
    said = headers.get("prefer")
    if not said:
        return None
    for part in said.replace(";", ",").split(","):
        key, _, value = part.partition("=")
        if key.strip().lower() == name:
            return value.strip().strip('"')
    return None
