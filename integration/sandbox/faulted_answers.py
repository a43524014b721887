"""Faults on the answer's way back: what is true comes out wrong, incomplete, twice, late, or about somebody else.

Each function takes the fault, the request, the answer, the dice and the time, and gives the answer that the client
gets. A fault that does not fit an answer (a next link where there is none) leaves it as it is.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from email import utils as mail_dates
from typing import Any, Final

from fhir_profiles import fhir_json
from integration.sandbox import faulted_bodies, faulted_requests, faulted_searches, faulted_versions, rewrites
from integration.sandbox.exchange import Request, Response
from integration.sandbox.fault_schedule import Fault
from integration.sandbox.response_parts import changed, document_in, with_headers

Alters = Callable[[Fault, Request, Response, random.Random, float], Response]

_ODD: Final = ("{0}", " {0}", "{0} ", "{0}  OK ", "{0} Created", "{0}\tDone")


def _instead(status: int, code: str) -> Alters:
    def alter(_: Fault, __: Request, ___: Response, ____: random.Random, _____: float) -> Response:
        return faulted_requests.outcome(status, code, "the request could not be completed")

    return alter


def _busy(fault: Fault, _: Request, __: Response, ___: random.Random, ____: float) -> Response:
    return faulted_requests.outcome(503, "transient", "busy, try again later", retry_after=fault.text("retry_after"))


def _page(status: int, title: str) -> Alters:
    def alter(_: Fault, __: Request, ___: Response, ____: random.Random, _____: float) -> Response:
        return faulted_requests.page(status, title)

    return alter


def _created(*, headers: bool, body: bool) -> Alters:
    """Take Location and ETag, or the body, off the answer to a create."""

    def alter(_: Fault, __: Request, response: Response, ___: random.Random, ____: float) -> Response:
        if response.status not in (200, 201):
            return response
        without = with_headers(response, location=None, etag=None) if headers else response
        return without if not body else replace(with_headers(without, content_type=None), body=b"")

    return alter


def _no_content(_: Fault, __: Request, response: Response, ___: random.Random, ____: float) -> Response:
    done = 200 <= response.status < 300
    return replace(with_headers(response, content_type=None), status=204, body=b"") if done else response


def _ok(_: Fault, __: Request, response: Response, ___: random.Random, ____: float) -> Response:
    return replace(response, status=200) if response.status == 201 else response


def _entries(change: Callable[[Fault, list[Any], random.Random], list[Any]]) -> Alters:
    """Change the list of entries of a Bundle's answer."""

    def alter(fault: Fault, _: Request, response: Response, rng: random.Random, __: float) -> Response:
        document = document_in(response)
        entries = document.get("entry") if document is not None else None
        if document is None or not isinstance(entries, list) or not entries:
            return response
        return changed(response, document | {"entry": change(fault, entries, rng)})

    return alter


def _fewer(fault: Fault, entries: list[Any], _: random.Random) -> list[Any]:
    return entries[: max(0, len(entries) - int(fault.number("entries")))]


def _more(_: Fault, entries: list[Any], rng: random.Random) -> list[Any]:
    at = rng.randrange(len(entries))
    return [*entries[: at + 1], *entries[at:]]


def _other_order(_: Fault, entries: list[Any], __: random.Random) -> list[Any]:
    return [*entries[1:], entries[0]]


def _odd_statuses(_: Fault, entries: list[Any], rng: random.Random) -> list[Any]:
    return [_with_status(entry, rng.choice(_ODD)) for entry in entries]


def _no_statuses(_: Fault, entries: list[Any], __: random.Random) -> list[Any]:
    return [_with_status(entry, None) for entry in entries]


def _with_status(entry: Any, form: str | None) -> Any:
    response = entry.get("response") if isinstance(entry, dict) else None
    if not isinstance(response, dict):
        return entry
    rest = {key: value for key, value in response.items() if key != "status"}
    if form is None:
        return entry | {"response": rest}
    return entry | {"response": {"status": form.format(str(response.get("status", ""))[:3]), **rest}}


def _skewed(fault: Fault, _: Request, response: Response, __: random.Random, now: float) -> Response:
    return with_headers(response, date=mail_dates.formatdate(now + fault.number("seconds"), usegmt=True))


def _in_document(change: Callable[[fhir_json.Document, random.Random], Any]) -> Alters:
    def alter(_: Fault, __: Request, response: Response, rng: random.Random, ___: float) -> Response:
        document = document_in(response)
        return response if document is None else changed(response, change(document, rng))

    return alter


def _unknown_parts(document: fhir_json.Document, _: random.Random) -> fhir_json.Document:
    strange = [{"url": "urn:oid:2.999.44", "valueString": "nobody knows what this means"}]
    return document | {"extension": strange, "modifierExtension": strange, "surprise": {"of": "a later release"}}


def _unknown_status(document: fhir_json.Document, _: random.Random) -> fhir_json.Document:
    return document | {"status": "half-done"} if "status" in document else document


def _other_patient(document: fhir_json.Document, rng: random.Random) -> Any:
    other = f"other-{rng.randrange(10**6)}"
    if document.get("resourceType") == "Patient":
        return document | {"id": other}
    return _re_referred(document, other)


def _re_referred(value: Any, other: str) -> Any:
    if isinstance(value, list):
        return [_re_referred(item, other) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _re_referred(child, other) for key, child in value.items()}
    if str(value.get("reference", "")).partition("/")[0] == "Patient":
        return {"reference": f"Patient/{other}"}
    return inner


def _other_resource(document: fhir_json.Document, rng: random.Random) -> fhir_json.Document:
    return document | {"id": f"other-{rng.randrange(10**6)}"} if "id" in document else document


def _capability(fault: Fault, _: Request, response: Response, __: random.Random, ___: float) -> Response:
    document = document_in(response)
    if document is None or document.get("resourceType") != "CapabilityStatement":
        return response
    rest = [_declared_less(part, fault.text("type")) for part in document.get("rest", [])]
    return changed(response, document | {"rest": rest})


def _declared_less(rest: fhir_json.Document, type_name: str) -> fhir_json.Document:
    resources = []
    for one in rest.get("resource", []):
        left = [done for done in one.get("interaction", []) if done.get("code") not in ("create", "update")]
        resources.append(one | {"interaction": left} if one.get("type") == type_name else one)
    return rest | {"resource": resources}


def _damaged(name: str) -> Alters:
    damage = faulted_bodies.DAMAGES[name]

    def alter(fault: Fault, _: Request, response: Response, rng: random.Random, __: float) -> Response:
        if len(response.body) < 2:
            return response
        packed = {"content_encoding": "gzip"} if name == "gzip-bomb" else {}
        return replace(with_headers(response, **packed), body=damage(fault, response.body, rng))

    return alter


STRIKES: Final[Mapping[str, Alters]] = {
    **{name: _damaged(name) for name in faulted_bodies.DAMAGES},
    **faulted_searches.STRIKES,
    **faulted_versions.STRIKES,
    "busy-but-done": _busy,
    "error-but-done": _instead(500, "exception"),
    "gateway-timeout-but-done": _page(504, "504 Gateway Time-out"),
    "html-instead": _page(200, "Please sign in to the hospital's network"),
    "no-location": _created(headers=True, body=False),
    "empty-201": _created(headers=False, body=True),
    "nothing-but-201": _created(headers=True, body=True),
    "no-content": _no_content,
    "ok-for-created": _ok,
    "entries-missing": _entries(_fewer),
    "entries-extra": _entries(_more),
    "entries-reordered": _entries(_other_order),
    "status-odd": _entries(_odd_statuses),
    "status-missing": _entries(_no_statuses),
    "clock-skew": _skewed,
    "zeros-dropped": _in_document(lambda document, _: rewrites.without_zeros(document)),
    "unknown-parts": _in_document(_unknown_parts),
    "unknown-status": _in_document(_unknown_status),
    "other-patient": _in_document(_other_patient),
    "other-resource": _in_document(_other_resource),
    "capability-changed": _capability,
}
"""What each fault on the answer's way back does, by its name."""
