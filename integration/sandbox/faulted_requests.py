"""Faults that strike before the hospital hears of a request: refused, cut, sent elsewhere, or heard as another one.

Each function takes the fault and the request, and gives the answer that comes instead, the request as the hospital
hears it, or None for a connection that breaks.
"""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email import utils as mail_dates
from typing import Any, Final

from fhir_profiles import fhir_json
from integration.sandbox import request_kinds
from integration.sandbox.exchange import Request, Response
from integration.sandbox.fault_schedule import Fault

FHIR_JSON: Final = "application/fhir+json; charset=utf-8"
ABSURD: Final = (
    "9999999999",
    "-5",
    "abc",
    "",
    "1e9",
    "Sun, 32 Foo 2026 25:61:61 GMT",
    "0x10",
    "99999999999999999999999",
)
_GREATER = re.compile(r"(_lastUpdated=)gt", re.IGNORECASE)
PAGE: Final = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A batch without some of its entries, and the answers that these get; the hospital hears of the others only."""

    request: Request
    answers: Mapping[int, fhir_json.Document]

    def put_back(self, response: Response) -> Response:
        """Put the answers of the missing entries where their entries stood."""
        document = request_kinds.document_of(response.body)
        if document is None or response.status != 200:
            return response
        entries = list(document.get("entry", []))
        for place, answer in sorted(self.answers.items()):
            entries.insert(place, {"response": answer})
        return replace(response, body=fhir_json.encode(document | {"entry": entries}))


Heard = Request | Response | TakenOut | None
Strikes = Callable[[Fault, Request, random.Random, float], Heard]


def outcome(status: int, code: str, says: str, **headers: str) -> Response:
    """A refusal as FHIR servers write it."""
    issue = {"severity": "error", "code": code, "diagnostics": says}
    body = fhir_json.encode({"resourceType": "OperationOutcome", "issue": [issue]})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"content-type": FHIR_JSON, **named}, body)


def page(status: int, title: str) -> Response:
    """A page of HTML, as proxies write it."""
    return Response(status, {"content-type": "text/html; charset=utf-8"}, PAGE.format(title).encode())


def _refusal(status: int, code: str, says: str) -> Strikes:
    def strike(_: Fault, __: Request, ___: random.Random, ____: float) -> Heard:
        return outcome(status, code, says)

    return strike


def _proxy(status: int, title: str) -> Strikes:
    def strike(_: Fault, __: Request, ___: random.Random, ____: float) -> Heard:
        return page(status, title)

    return strike


def _waiting(status: int, says: str) -> Strikes:
    def strike(fault: Fault, _: Request, __: random.Random, ___: float) -> Heard:
        return outcome(
            status, "throttled" if status == 429 else "transient", says, retry_after=fault.text("retry_after")
        )

    return strike


def _until(fault: Fault, _: Request, __: random.Random, now: float) -> Heard:
    """A date counts from the hospital's own clock, which its Date header shows: wrong by `skew` seconds."""
    here = now + fault.number("skew")
    there = mail_dates.formatdate(here + fault.number("seconds"), usegmt=True)
    return outcome(
        429, "throttled", "too many requests", retry_after=there, date=mail_dates.formatdate(here, usegmt=True)
    )


def _absurd(_: Fault, __: Request, rng: random.Random, ___: float) -> Heard:
    status = rng.choice((429, 503))
    return outcome(status, "throttled", "too many requests", retry_after=rng.choice(ABSURD))


def _unsaid(fault: Fault, _: Request, __: random.Random, ___: float) -> Heard:
    return outcome(int(fault.number("status")), "throttled", "too many requests")


def _unauthorised(_: Fault, __: Request, ___: random.Random, ____: float) -> Heard:
    return outcome(401, "login", "the token is not valid", www_authenticate='Bearer error="invalid_token"')


def _invalid_client(fault: Fault, _: Request, __: random.Random, ___: float) -> Heard:
    body = fhir_json.encode({"error": "invalid_client", "error_description": "the client could not be authenticated"})
    return Response(
        int(fault.number("status")), {"content-type": "application/json", "cache-control": "no-store"}, body
    )


def _redirect(fault: Fault, request: Request, _: random.Random, __: float) -> Heard:
    query = f"?{request.query}" if request.query else ""
    there = f"https://{fault.text('to')}/{request.path}{query}"
    return Response(int(fault.number("status")), {"location": there}, b"")


def _cut(_: Fault, __: Request, ___: random.Random, ____: float) -> Heard:
    return None


def _without(header: str, in_bundle: str) -> Strikes:
    """Take a condition off, also off each entry of a Bundle."""

    def strike(_: Fault, request: Request, __: random.Random, ___: float) -> Heard:
        headers = {name: value for name, value in request.headers.items() if name != header}
        document = request_kinds.document_of(request.body) if request_kinds.bundle_kind(request) else None
        if document is None:
            return replace(request, headers=headers)
        entries = [_plain_entry(entry, in_bundle) for entry in _entries(document)]
        return replace(request, headers=headers, body=fhir_json.encode(document | {"entry": entries}))

    return strike


def _plain_entry(entry: Any, name: str) -> Any:
    asked = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(asked, dict):
        return entry
    return entry | {"request": {key: value for key, value in asked.items() if key != name}}


def _from(_: Fault, request: Request, __: random.Random, ___: float) -> Heard:
    body = _GREATER.sub(r"\1ge", request.body.decode("latin-1")).encode("latin-1")
    return replace(request, query=_GREATER.sub(r"\1ge", request.query), body=body)


def _take_out(answer: fhir_json.Document, places: Callable[[int, Fault, random.Random], list[int]]) -> Strikes:
    def strike(fault: Fault, request: Request, rng: random.Random, _: float) -> Heard:
        document = request_kinds.document_of(request.body) or {}
        entries = _entries(document)
        out = places(len(entries), fault, rng)
        if not out:
            return request
        left = [entry for place, entry in enumerate(entries) if place not in out]
        body = fhir_json.encode({**document, "entry": left})
        return TakenOut(replace(request, body=body), dict.fromkeys(out, answer))

    return strike


def _one(count: int, _: Fault, rng: random.Random) -> list[int]:
    return [rng.randrange(count)] if count else []


def _some(count: int, fault: Fault, rng: random.Random) -> list[int]:
    wanted = min(count, max(1, round(count * fault.number("share_of_entries"))))
    return sorted(rng.sample(range(count), wanted)) if count else []


def _later_half(count: int, _: Fault, __: random.Random) -> list[int]:
    return list(range((count + 1) // 2, count))


def _entries(document: fhir_json.Document) -> list[Any]:
    entries = document.get("entry")
    return entries if isinstance(entries, list) else []


def _answer(status: str, code: str, says: str) -> fhir_json.Document:
    issue = {"severity": "error", "code": code, "diagnostics": says}
    return {"status": status, "outcome": {"resourceType": "OperationOutcome", "issue": [issue]}}


STRIKES: Final[Mapping[str, Strikes]] = {
    "cut-before": _cut,
    "error-500": _refusal(500, "exception", "an error inside the hospital's server"),
    "bad-gateway": _proxy(502, "502 Bad Gateway"),
    "busy": _waiting(503, "busy, try again later"),
    "gateway-timeout": _proxy(504, "504 Gateway Time-out"),
    "too-many": _waiting(429, "too many requests"),
    "too-many-until": _until,
    "too-many-until-past": _until,
    "retry-after-absurd": _absurd,
    "retry-after-missing": _unsaid,
    "token-expired": _unauthorised,
    "token-refused": _invalid_client,
    "scope-missing": _refusal(403, "forbidden", "the token has no scope for this"),
    "not-found": _refusal(404, "not-found", "there is no such resource"),
    "gone": _refusal(410, "deleted", "the resource was deleted"),
    "conflict": _refusal(409, "conflict", "the resource is being changed by somebody else"),
    "precondition-failed": _refusal(412, "conflict", "the version is not the one that stands here"),
    "multiple-matches": _refusal(412, "multiple-matches", "several resources match the condition"),
    "refused-400": _refusal(400, "invalid", "the resource is not as it must be"),
    "refused-422": _refusal(422, "business-rule", "the resource breaks a rule of this hospital"),
    "transaction-refused": _refusal(422, "business-rule", "an entry breaks a rule of this hospital: nothing was done"),
    "next-expired": _refusal(410, "not-found", "this page link has expired"),
    "redirect": _redirect,
    "ignores-if-none-exist": _without("if-none-exist", "ifNoneExist"),
    "ignores-if-match": _without("if-match", "ifMatch"),
    "greater-means-from": _from,
    "batch-entry-refused": _take_out(
        _answer("422", "business-rule", "this entry breaks a rule of this hospital"), _one
    ),
    "batch-entries-busy": _take_out(_answer("429", "throttled", "too many requests"), _some),
    "token-expired-in-batch": _take_out(_answer("401", "login", "the token is not valid"), _later_half),
}
"""What each fault before the hospital does, by its name."""
