"""Asking a hospital what it holds: which request, and what its answer says. Reads only."""

from typing import Any
from urllib.parse import urlencode

from msgspec.structs import replace

from fhir_profiles import fhir_json
from fhir_profiles.fhir_json import Document
from integration.delivery import decide
from integration.delivery.effects import EndpointTrouble, Purpose, StopAll
from integration.hospital import retry_after
from integration.hospital.messages import Answer, Fault, FaultKind, Request
from integration.store.rows import Row, Write

_FRESH = ("cache-control", "no-cache")  # HAPI answers an identical search from a cache of 60 s
_FORM = ("content-type", "application/x-www-form-urlencoded")
_LATER = frozenset({408, 429})


def request(row: Row, purpose: Purpose) -> Request:
    """The read that tells what became of a row: by id where we know it, else by identifier (POST `_search`)."""
    identity = _id_to_read(row, purpose)
    if identity is not None:
        return Request("GET", f"{row.type}/{identity}", None, (_FRESH,))
    form = urlencode({"identifier": row.identifier, "_count": "20"}).encode()
    return Request("POST", f"{row.type}/_search", form, (_FORM, _FRESH))


def _id_to_read(row: Row, purpose: Purpose) -> str | None:
    if purpose is Purpose.BEFORE_UPDATE:
        return row.remote_id
    tried = row.open
    if purpose is Purpose.BEFORE_POST or tried is None:
        return None
    if tried.sure and tried.named is not None:
        return tried.named
    if tried.write not in decide.BY_ID:
        return None
    return row.remote_id if tried.write is Write.UPDATE else row.id


def unsearchable(row: Row) -> Row:
    """A row that cannot be looked for before its first POST: nothing that was sent can be there, so it may go."""
    return replace(row, searched=True)


def read(answer: Answer | Fault, row: Row, purpose: Purpose) -> tuple[Document, ...] | EndpointTrouble | StopAll:
    """The hospital's copies of this row, or why it could not be asked."""
    trouble = _trouble(answer, row)
    if trouble is not None:
        return trouble
    if not isinstance(answer, Answer):  # _trouble has dealt with every fault
        raise TypeError(type(answer).__name__)
    identity = _id_to_read(row, purpose)
    if identity is not None:
        return _one(answer, row, identity)
    return _found(answer, row)


def _trouble(answer: Answer | Fault, row: Row) -> EndpointTrouble | StopAll | None:
    if isinstance(answer, Fault):
        if answer.kind in (FaultKind.NOT_SENT, FaultKind.CUT):
            return EndpointTrouble(None, answer.says)
        return StopAll("hospital", answer.says)
    if answer.status in _LATER or answer.status >= 500:
        return EndpointTrouble(retry_after.seconds(answer.headers), f"it answered {answer.status}")
    if answer.status == 401:
        return StopAll("hospital", "it answered 401")
    if 300 <= answer.status < 400:
        return StopAll("hospital", "it answered with a redirect")
    if answer.status == 403:
        return StopAll(row.type, "it answered 403")
    return None


def _one(answer: Answer, row: Row, identity: str) -> tuple[Document, ...] | EndpointTrouble | StopAll:
    if answer.status in (404, 410):
        return ()
    if answer.status != 200:
        return StopAll(row.type, f"reading by id is refused ({answer.status})")
    found = _body(answer)
    if found is None:
        return EndpointTrouble(None, "the answer is no FHIR", odd=True)
    if found.get("resourceType") != row.type or found.get("id") != identity:
        return StopAll("hospital", "the answer is another resource than the one that was asked for")
    return (found,)


def _found(answer: Answer, row: Row) -> tuple[Document, ...] | EndpointTrouble | StopAll:
    if answer.status != 200:
        return StopAll(row.type, f"search by identifier is refused ({answer.status})")
    body = _body(answer)
    if body is None or body.get("resourceType") != "Bundle":
        return EndpointTrouble(None, "the answer is no FHIR Bundle", odd=True)
    matches = [e["resource"] for e in body.get("entry", []) if _is_match(e)]
    hits = tuple(m for m in matches if m.get("resourceType") == row.type and _carries(m, row.identifier))
    if len(hits) < len(matches):
        return StopAll(row.type, "search by identifier also returns resources without that identifier")
    if not hits and any(link.get("relation") == "next" for link in body.get("link", [])):
        return EndpointTrouble(None, "an empty page that has a next one", odd=True)
    return hits


def _is_match(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("resource"), dict):
        return False
    if entry["resource"].get("resourceType") == "OperationOutcome":
        return False
    search = entry.get("search")
    return not isinstance(search, dict) or search.get("mode", "match") == "match"


def _carries(document: Document, identifier: str) -> bool:
    found = document.get("identifier")
    listed = found if isinstance(found, list) else [found]
    return any(isinstance(i, dict) and f"{i.get('system', '')}|{i.get('value', '')}" == identifier for i in listed)


def _body(answer: Answer) -> Document | None:
    try:
        body = fhir_json.loads(answer.body)
    except fhir_json.JsonError:
        return None
    return body if isinstance(body, dict) and isinstance(body.get("resourceType"), str) else None
