"""Reading: one resource, one of its versions, its history, and searches."""

from urllib.parse import parse_qs

from integration.sandbox import answers, conditions, dates, exchange, pages, search
from integration.sandbox.answers import Answer
from integration.sandbox.exchange import Params
from integration.sandbox.pages import Hits, Versions
from integration.sandbox.refusing import Reason, RefusedError, refused
from integration.sandbox.turn import Call, Turn
from integration.sandbox.versions import Version


def read(turn: Turn, call: Call, resource_type: str, resource_id: str) -> Answer:
    """One resource as it stands."""
    found = turn.house.store.read(resource_type, resource_id)
    if found is None:
        raise refused(Reason.NOT_FOUND, f"no {resource_type} has this id")
    if found.document is None:
        raise _deleted(turn, found, f"this {resource_type} has been deleted")
    return _shown(turn, call, found)


def vread(turn: Turn, call: Call, resource_type: str, resource_id: str, number: str) -> Answer:
    """One version of a resource."""
    versions = turn.house.store.versions(resource_type, resource_id)
    found = next((one for one in versions if str(one.number) == number), None)
    if found is None:
        raise refused(Reason.NO_SUCH_VERSION, f"no {resource_type} of this id has this version")
    if found.document is None:
        raise _deleted(turn, found, "with this version it was deleted")
    return _shown(turn, call, found)


def history(turn: Turn, call: Call, resource_type: str = "", resource_id: str = "") -> Answer:
    """What became of a resource, of a type, or of everything; newest first."""
    store = turn.house.store
    if resource_id:
        found = store.versions(resource_type, resource_id)
        if not found:
            raise refused(Reason.NOT_FOUND, f"no {resource_type} ever had this id")
    else:
        found = [one for one in store.commits if not resource_type or one.type == resource_type]
    asked = exchange.params(call.query)
    count, since = _of_history(asked)
    hits = [one for one in reversed(found) if since is None or _written(one) >= since]
    url = pages.self_url(turn, call.path, asked)
    return Answer(200, body=pages.first(turn, Versions(), hits, count, url))


def searched(turn: Turn, call: Call, resource_type: str, asked: Params) -> Answer:
    """The first page of a search."""
    query = search.read(turn, resource_type, asked, lenient=search.is_lenient(turn, call.headers))
    ids = _ids(turn, call, query, asked)
    url = pages.self_url(turn, resource_type, query.understood)
    if query.only_count:
        return Answer(200, body=pages.counted(turn, len(ids), url))
    return Answer(200, body=pages.first(turn, Hits(query), ids, query.count, url))


def page(turn: Turn, call: Call) -> Answer:
    """A further page of a search or a history."""
    return Answer(200, body=pages.further(turn, exchange.params(call.query)))


def is_page(query: str) -> bool:
    """Whether a query is a page link of ours."""
    return pages.PAGES in query and pages.PAGES in parse_qs(query, keep_blank_values=True)


def _shown(turn: Turn, call: Call, found: Version) -> Answer:
    if conditions.not_modified(turn, call.headers, found):
        return Answer(304, found if turn.house.manners.answering.told_of_unchanged else None)
    return Answer(200, found, found.body)


def _deleted(turn: Turn, found: Version, says: str) -> RefusedError:
    named = turn.house.manners.answering.content_location
    place = f"{turn.house.base_url}/{answers.place(found)}"
    return refused(Reason.DELETED, says, "", (("Location", place),) if named else ())


def _ids(turn: Turn, call: Call, query: search.Query, asked: Params) -> list[str]:
    """The hits; those of an identical search before, where the hospital keeps them for a while."""
    life = turn.house.manners.searching.cache
    if life <= 0:
        return search.find_ids(turn, query)
    kept, key = turn.house.searches, f"{query.type}?{sorted(asked)}"
    known = kept.get(key)
    if known is not None and known[0] > turn.now and "no-cache" not in call.headers.get("cache-control", ""):
        return known[1]
    for old in [name for name, (until, _) in kept.items() if until <= turn.now]:
        del kept[old]
    ids = search.find_ids(turn, query)
    kept[key] = (turn.now + life, ids)
    return ids


def _of_history(asked: Params) -> tuple[int | None, int | None]:
    named = dict(asked)
    count = named.get("_count", "")
    if count and not (count.isascii() and count.isdigit() and len(count) < 10):
        raise refused(Reason.BAD_PARAMETER, "_count takes a number")
    since = dates.stretch(named["_since"]) if "_since" in named else None
    if "_since" in named and since is None:
        raise refused(Reason.BAD_PARAMETER, "_since takes an instant")
    return (int(count) if count else None), (since[0] if since else None)


def _written(version: Version) -> int:
    found = dates.stretch(version.last_updated)
    return found[1] if found else 0
