"""Searchsets and histories, page by page: Bundles put together from the bytes of what is stored."""

from collections.abc import Sequence
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from fhir_profiles import fhir_json, terminology
from integration.sandbox import search
from integration.sandbox.exchange import Params
from integration.sandbox.refusing import Reason, refused
from integration.sandbox.search import Query
from integration.sandbox.search_index import Row
from integration.sandbox.turn import Turn
from integration.sandbox.versions import Version

PAGES: Final = "_getpages"
_OFFSET: Final = "_getpagesoffset"
_INCLUDED: Final = b'{"mode":"include"}'
_LABEL: Final = {"security": [terminology.TEST_DATA.coding()]}


class Listing(Protocol):
    """What is shown page by page."""

    @property
    def kind(self) -> str:
        """The type of its Bundle."""

    def entries(self, turn: Turn, hits: Sequence[Any]) -> list[bytes]:
        """The entries of one page."""

    def tells_total(self, turn: Turn, *, one_page: bool) -> bool:
        """Whether the Bundle says how many there are."""


class Hits:
    """The hits of a search: ids, shown as they stand when the page is asked for."""

    kind = "searchset"

    def __init__(self, query: Query) -> None:
        self._query = query

    def entries(self, turn: Turn, hits: Sequence[str]) -> list[bytes]:
        """The matches that are still there, and what is included."""
        query = self._query
        if not turn.may_see(query.type):  # another client's page link
            raise refused(Reason.FORBIDDEN, "the client's scopes do not cover this")
        known = turn.house.index.rows(query.type)
        rows = [known[one] for one in hits if one in known]
        found = [match(turn.house.base, row) for row in rows]
        if query.includes or query.revincludes:
            found += [match(turn.house.base, row, _INCLUDED) for row in search.included(turn, query, rows)]
        return found

    def tells_total(self, turn: Turn, *, one_page: bool) -> bool:
        """By the hospital's habit, or because the client has asked for it."""
        habit = turn.house.manners.searching.total
        if habit == "never" or self._query.total == "none":
            return False
        return habit == "always" or one_page or self._query.total == "accurate"


class Versions:
    """The versions of a history, newest first."""

    kind = "history"

    def entries(self, turn: Turn, hits: Sequence[Version]) -> list[bytes]:
        """Each with what made it."""
        return [_past(turn, version) for version in hits if turn.may_see(version.type)]

    def tells_total(self, turn: Turn, *, one_page: bool) -> bool:  # noqa: ARG002  the same for every listing
        """Always."""
        return True


def first(turn: Turn, listing: Listing, hits: Sequence[Any], count: int | None, self_url: str) -> bytes:
    """The first page; the rest is kept for the links."""
    size = _size(turn, count)
    next_url = ""
    if len(hits) > size:
        token = f"{turn.rng.getrandbits(128):032x}"
        turn.house.pages.keep(token, hits, listing, turn.now)
        next_url = _link(turn, token, size, size)
    known = len(hits) <= max(size, turn.house.manners.searching.first_look)
    return _page(turn, listing, hits[:size], len(hits), [("self", self_url), ("next", next_url)], known=known)


def further(turn: Turn, asked: Params) -> bytes:
    """A further page, by the link that an earlier one gave."""
    named = dict(asked)
    kept = turn.house.pages.get(named[PAGES], turn.now)
    if kept is None:
        raise refused(Reason.PAGE_GONE, "this page has expired, or never was: search again")
    offset, size = _whole(named.get(_OFFSET, "0")), _size(turn, _whole(named.get("_count", "0")) or None)
    hits = kept.hits[offset : offset + size]
    ends = offset + size
    links = [("self", _link(turn, named[PAGES], offset, size))]
    if ends < len(kept.hits):
        links.append(("next", _link(turn, named[PAGES], ends, size)))
    if offset > 0:
        links.append(("previous", _link(turn, named[PAGES], max(0, offset - size), size)))
    look = turn.house.manners.searching.first_look
    looked = look > 0 and (len(kept.hits) <= look or offset >= look or ends >= len(kept.hits))
    known = looked or len(hits) == len(kept.hits)
    return _page(turn, kept.shown, hits, len(kept.hits), links, known=known)


def counted(turn: Turn, number: int, self_url: str) -> bytes:
    """A searchset that says only how many there are."""
    return bundle(turn, "searchset", [], number, [("self", self_url)])


def self_url(turn: Turn, path: str, asked: Params) -> str:
    """The address of a search as it was understood."""
    return f"{turn.house.base_url}/{path}" + (f"?{urlencode(asked)}" if asked else "")


def _page(
    turn: Turn, listing: Listing, hits: Sequence[Any], number: int, links: list[tuple[str, str]], *, known: bool
) -> bytes:
    told = listing.tells_total(turn, one_page=known)
    return bundle(turn, listing.kind, listing.entries(turn, hits), number if told else None, links)


def bundle(turn: Turn, kind: str, entries: list[bytes], total: int | None, links: list[tuple[str, str]]) -> bytes:
    """A Bundle put together from the bytes of its entries."""
    head: dict[str, Any] = {"resourceType": "Bundle", "type": kind}
    if turn.house.manners.keeping.test_label:
        head["meta"] = _LABEL
    if total is not None:
        head["total"] = total
    named = [{"relation": relation, "url": url} for relation, url in links if url]
    if named:
        head["link"] = named
    written = fhir_json.encode(head)
    if not entries:
        return written
    return b'%s,"entry":[%s]}' % (written[:-1], b",".join(entries))


def match(base: bytes, row: Row, search: bytes = b'{"mode":"match"}') -> bytes:
    """An entry of a searchset."""
    return b'{"fullUrl":"%s/%s","resource":%s,"search":%s}' % (base, row.place, row.version.body, search)


def _past(turn: Turn, version: Version) -> bytes:
    """An entry of a history."""
    house = turn.house
    url = version.type if version.method == "POST" else version.reference
    status = {"POST": "201 Created", "DELETE": "204 No Content"}.get(version.method)
    answer = {"status": status or ("201 Created" if version.number == 1 else "200 OK")}
    etag = house.manners.etag(version.number, in_bundle=False)
    if etag:
        answer["etag"] = etag
    answer["lastModified"] = version.last_updated
    request = fhir_json.encode({"method": version.method, "url": url})
    resource = b'"resource":%s,' % version.body if version.body else b""
    where = b'{"fullUrl":"%s/%s",%s"request":%s,"response":%s}'
    return where % (house.base, version.reference.encode(), resource, request, fhir_json.encode(answer))


def _link(turn: Turn, token: str, offset: int, size: int) -> str:
    return f"{turn.house.base_url}?{PAGES}={token}&{_OFFSET}={offset}&_count={size}"


def _size(turn: Turn, count: int | None) -> int:
    habits = turn.house.manners.searching
    return max(1, min(count or habits.page, habits.page_cap))


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise refused(Reason.BAD_PARAMETER, "a page link has been changed")
    return int(text)
