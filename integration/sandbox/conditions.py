"""Conditions of a request: If-Match, If-None-Match, If-Modified-Since, and searches that name what is meant."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from integration.sandbox import exchange, search
from integration.sandbox.manners import Race, RaceEnd
from integration.sandbox.refusing import Reason, refused
from integration.sandbox.turn import Turn
from integration.sandbox.versions import Version

_TOLD_APART = frozenset({"_format", "_pretty"})


def tag(text: str) -> str:
    """The version that an ETag names: `W/"3"`, `"3"` and `3` are the same here."""
    return text.strip().removeprefix("W/").strip('"')


def tags(text: str) -> set[str]:
    """The versions that a header names."""
    return {tag(part) for part in text.split(",")}


def not_modified(turn: Turn, headers: Mapping[str, str], version: Version) -> bool:
    """Whether a reader has this version already."""
    if not turn.house.manners.conditions.if_none_match:
        return False
    known = headers.get("if-none-match")
    if known is not None:
        return bool(tags(known) & {str(version.number), "*"})
    since = headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return int(version.at) <= parsedate_to_datetime(since).timestamp()
    except (ValueError, TypeError, OverflowError):
        return False


def require_match(turn: Turn, if_match: str | None, newest: Version | None) -> None:
    """Refuse a write whose If-Match does not hold; overlook it where the hospital does."""
    conditions = turn.house.manners.conditions
    there = newest is not None and not newest.deleted
    if if_match is None:
        if conditions.if_match_required and there:
            raise refused(Reason.CONDITION_REQUIRED, "an update needs the If-Match header")
        return
    if not conditions.if_match:
        return
    if newest is None or newest.deleted:
        if conditions.if_match_on_missing:
            raise refused(Reason.STALE, "If-Match names a version of something that is not there")
        return
    if not tags(if_match) & {str(newest.number), "*"}:
        raise refused(Reason.STALE, "If-Match names a version that is not the newest")


def require_absent(turn: Turn, if_none_match: str | None, newest: Version | None) -> None:
    """Refuse a PUT that only wants to create, of something that is there."""
    wanted = if_none_match is not None and if_none_match.strip() == "*" and turn.house.manners.conditions.create_only
    if wanted and newest is not None and not newest.deleted:
        raise refused(Reason.EXISTS, "it is there already, and If-None-Match: * wants it not to be")


def matches(turn: Turn, resource_type: str, query: str) -> list[Version]:
    """Everything that a condition's search finds, by the search index: what cannot be found yet is not seen."""
    text = query.rpartition("?")[2] if "?" in query else query
    asked = [(name, value) for name, value in exchange.params(text) if name not in _TOLD_APART]
    if not asked:
        raise refused(Reason.BAD_PARAMETER, "the condition says nothing")
    understood = search.read(turn, resource_type, asked)
    if not understood.criteria:
        raise refused(Reason.BAD_PARAMETER, "the condition names no search parameter")
    return [row.version for row in search.find(turn, understood)]


def the_one(turn: Turn, resource_type: str, query: str, race: Race | None = None) -> Version | None:
    """The one resource that a condition means, None when there is none; several are refused.

    With a race: what another request made after this one had begun may not be seen, or end in a conflict.
    """
    found = matches(turn, resource_type, query)
    if race is not None:
        found = [one for one in found if not _is_missed(turn, one, race)]
    if len(found) > 1:
        raise refused(Reason.MULTIPLE, f"{len(found)} resources answer to the condition")
    return found[0] if found else None


def settle_overlap(turn: Turn, newest: Version) -> None:
    """Let an update that overlapped with another write of the same resource go on, or refuse it."""
    if turn.overlaps(newest) and turn.house.manners.race(Race.UPDATE, turn.rng) is not RaceEnd.ORDERLY:
        raise refused(Reason.RACE, "another request has changed this resource meanwhile: try again")


def _is_missed(turn: Turn, found: Version, race: Race) -> bool:
    made = turn.house.store.versions(found.type, found.id)[0]
    if not turn.overlaps(made):
        return False
    if race is Race.CONDITIONAL_UPDATE and found.reference in turn.house.met:
        race = Race.THIRD_CONDITIONAL_UPDATE
    end = turn.house.manners.race(race, turn.rng)
    if end is RaceEnd.CONFLICT:
        raise refused(Reason.RACE, "another request has made such a resource meanwhile: try again")
    return end is RaceEnd.BLIND
