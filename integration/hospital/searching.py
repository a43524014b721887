"""Searching at a hospital, page by page: by POST, so that identifiers stand in no address of ours.

Page links are the hospital's to write, but ours to judge: they are followed below its own base address only, never
twice, and not for ever. A link that has expired restarts the search once; nothing is given twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from fhir_profiles.fhir_json import Document
from integration import errors
from integration.hospital import replies, url_guard
from integration.hospital.client import Answer, Fault, HospitalClient, Request

MAX_PAGES: Final = 10_000
MAX_ENTRIES: Final = 2_000  # of one page
_RESTARTS: Final = 1
_GONE: Final = (404, 410)
_FRESH: Final = ("Cache-Control", "no-cache")  # HAPI answers an identical search from a cache for 60 s
_FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")

_NOBODY: Final = "infusion-fhir-asks-whether-it-may-ask"

Params = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search: what matched, and the hospital's link to the next."""

    matches: tuple[Document, ...]
    next_link: str | None


def request(resource_type: str, params: Params) -> Request:
    """The request that asks for the first page."""
    return Request("POST", f"{resource_type}/_search", urlencode(params).encode(), (_FORM, _FRESH))


def next_request(client: HospitalClient, link: str) -> Request:
    """The request for the next page; a link that leads elsewhere raises RemoteError (IF-NET-12)."""
    try:
        path = url_guard.relative(client.base, link, any_server=client.rewrite_links)
    except url_guard.OutsideError as outside:
        raise errors.RemoteError("IF-NET-12", str(outside), where=client.name) from None
    return Request("GET", path, headers=(_FRESH,))


def page(answer: Answer, resource_type: str, hospital: str) -> Page:
    """Read one page; what is no searchset raises RemoteError."""
    bundle = replies.resource(hospital, answer, "a search")
    entries = bundle.get("entry", [])
    if bundle["resourceType"] != "Bundle" or bundle.get("type") != "searchset" or not isinstance(entries, list):
        raise errors.RemoteError("IF-HOS-11", "a search was answered with no searchset", where=hospital)
    if len(entries) > MAX_ENTRIES:
        raise errors.RemoteError("IF-NET-11", f"a page of more than {MAX_ENTRIES} entries came back", where=hospital)
    matches = tuple(found for found in map(_match, entries) if found.get("resourceType") == resource_type)
    if any(not isinstance(found.get("id"), str) for found in matches):
        raise errors.RemoteError("IF-HOS-11", "a search gave a resource without id", where=hospital)
    return Page(matches, _next_link(bundle.get("link")))


def search(
    client: HospitalClient, resource_type: str, params: Params, *, max_pages: int = MAX_PAGES
) -> Iterator[Document]:
    """All matches of a search, each once, read page by page; every fault raises RemoteError."""
    given: set[str] = set()
    for restarts_left in reversed(range(_RESTARTS + 1)):
        try:
            for match in _pages(client, resource_type, params, max_pages):
                if match["id"] not in given:
                    given.add(match["id"])
                    yield match
        except _Expired:
            if not restarts_left:
                says = "its page links expire before they can be followed"
                raise errors.RemoteError("IF-HOS-09", says, where=client.name) from None
        else:
            return


def check_credentials(client: HospitalClient, resource_type: str = "Patient") -> None:
    """Ask for a resource that nobody has: a 401 or 403 raises RemoteError; /metadata alone is often open to anyone."""
    outcome = client.send(request(resource_type, {"_id": _NOBODY, "_count": "1"}))
    if isinstance(outcome, Fault) or outcome.status in (401, 403):
        replies.expect_ok(client.name, outcome, "a search")


class _Expired(Exception):  # noqa: N818 - never leaves this module
    """A page link is not valid any more."""


def _pages(client: HospitalClient, resource_type: str, params: Params, max_pages: int) -> Iterator[Document]:
    asked, seen = request(resource_type, params), set[str]()
    for _ in range(max_pages):
        outcome = client.send(asked)
        if seen and isinstance(outcome, Answer) and outcome.status in _GONE:
            raise _Expired
        current = page(replies.expect_ok(client.name, outcome, "a search"), resource_type, client.name)
        yield from current.matches
        if current.next_link is None:
            return
        asked = next_request(client, current.next_link)
        if asked.path in seen:
            raise errors.RemoteError("IF-HOS-08", "its page links lead back to a page already read", where=client.name)
        seen.add(asked.path)
    raise errors.RemoteError("IF-HOS-08", f"more than {max_pages} pages came back", where=client.name)


def _match(entry: Any) -> Document:
    """The resource of an entry, unless it came along as included or as the outcome of the search."""
    found = entry.get("resource") if isinstance(entry, dict) else None
    mode = entry.get("search") if isinstance(entry, dict) else None
    included = isinstance(mode, dict) and mode.get("mode", "match") != "match"
    return found if isinstance(found, dict) and not included else {}


def _next_link(links: Any) -> str | None:
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("relation") == "next" and isinstance(link.get("url"), str):
            return str(link["url"])
    return None
