"""Searches: the query understood, everything that answers to it found, and what is to be shown along with it."""

import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from integration.sandbox import criteria, resource_types, search_params
from integration.sandbox.criteria import Criterion
from integration.sandbox.exchange import Params, preference
from integration.sandbox.refusing import Reason, refused
from integration.sandbox.search_index import Posting, Row
from integration.sandbox.search_params import Kind, Param
from integration.sandbox.turn import Turn

_OVERLOOKED: Final = frozenset({"_format", "_pretty", "_elements", "_contained", "_containedType", "_score"})
_TOTALS: Final = {"accurate", "estimate", "none"}
_ROUNDS: Final = 5
"""So often an `:iterate` is followed."""

_NOBODY: Final = "\x00"
"""A key that nothing has."""


@dataclass(slots=True)
class Query:
    """A search of one type."""

    type: str
    criteria: list[Criterion] = field(default_factory=list)
    sort: list[tuple[Param, bool]] = field(default_factory=list)  # True: backwards
    count: int | None = None
    only_count: bool = False
    total: str = ""
    includes: list[tuple[str, ...]] = field(default_factory=list)
    revincludes: list[tuple[str, ...]] = field(default_factory=list)
    understood: Params = field(default_factory=list)  # of what was asked, all but the parameters that are overlooked


def read(turn: Turn, resource_type: str, asked: Params, *, lenient: bool = False) -> Query:
    """Understand a query; unknown parameters are refused unless the hospital, or the client, overlooks them."""
    query = Query(resource_type)
    known = _known(turn, resource_type)
    for name, value in asked:
        if name.startswith("_") and _says_how(turn, query, name, value, known):
            query.understood.append((name, value))
            continue
        found = _criterion(turn, resource_type, name, value, known)
        if found is not None:
            query.criteria.append(found)
            query.understood.append((name, value))
        elif not lenient:
            raise refused(Reason.UNKNOWN_PARAMETER, f"{resource_type} has no such search parameter here")
    return query


def is_lenient(turn: Turn, headers: Mapping[str, str]) -> bool:
    """Whether unknown parameters are overlooked."""
    handling = preference(headers, "handling")
    if handling in {"strict", "lenient"} and turn.house.manners.searching.handling:
        return handling == "lenient"
    return turn.house.manners.searching.unknown_parameter == "ignore"


def find(turn: Turn, query: Query) -> list[Row]:
    """Everything that answers to a query, in its order."""
    rows = turn.house.index.rows(query.type)
    posted = [one.found(turn.house.index, query.type) for one in query.criteria if one.has_postings]
    rest = [one for one in query.criteria if not one.has_postings]
    found = list(rows.values()) if not posted else [rows[one] for one in _in_all(posted)]
    if rest:
        found = [row for row in found if all(one.holds(row) for one in rest)]
    for param, backwards in reversed(query.sort):
        _sort(found, param, backwards=backwards)
    return found


def find_ids(turn: Turn, query: Query) -> list[str]:
    """The same as ids, straight from the index where that is enough."""
    if query.criteria and not query.sort and all(one.has_postings for one in query.criteria):
        return _in_all([one.found(turn.house.index, query.type) for one in query.criteria])
    return [row.version.id for row in find(turn, query)]


def included(turn: Turn, query: Query, matches: list[Row]) -> list[Row]:
    """What `_include` and `_revinclude` show along with the matches, each once."""
    seen = {row.version.reference for row in matches}
    together: list[Row] = []
    around = matches
    for round_ in range(_ROUNDS):
        fresh: list[Row] = []
        for row in _around(turn, query, around, again=round_ > 0):
            if row.version.reference not in seen and turn.may_see(row.version.type):
                seen.add(row.version.reference)
                fresh.append(row)
        if not fresh:
            break
        together += fresh
        around = fresh
    return together


def answers(turn: Turn, row: Row, asked: Params) -> bool:
    """Whether one resource answers to a query; for subscriptions."""
    query = read(turn, row.version.type, asked, lenient=True)
    return all(one.holds(row) for one in query.criteria)


def _in_all(posted: list[Posting]) -> list[str]:
    """What stands in every posting, in the order of the shortest."""
    if len(posted) == 1:
        return list(posted[0])
    shortest, *others = sorted(posted, key=len)
    return [one for one in shortest if all(one in other for other in others)]


def _known(turn: Turn, resource_type: str) -> Mapping[str, Param]:
    known = search_params.of_type(resource_type)
    names = turn.house.manners.search_parameters(resource_type)
    return known if names is None else {name: param for name, param in known.items() if name in names}


def _criterion(turn: Turn, resource_type: str, name: str, value: str, known: Mapping[str, Param]) -> Criterion | None:
    direct, dot, chained = name.partition(".")
    plain, _, modifier = direct.partition(":")
    param = known.get(plain)
    if param is None:
        return None
    if not dot:
        return criteria.read(param, modifier, value, turn.house.base_url)
    if param.kind is not Kind.REFERENCE:
        raise refused(Reason.BAD_PARAMETER, f"{plain} of {resource_type} is no reference: it cannot be chained")
    keys = [row.version.reference for row in _chained(turn, modifier or param.target, chained, value)]
    return Criterion(param, keys=tuple(keys) or (_NOBODY,))


def _chained(turn: Turn, target: str, name: str, value: str) -> Iterator[Row]:
    """What a chained parameter leads to; one link only."""
    targets = [target] if target else list(turn.house.index.types())
    for one in targets:
        known = _known(turn, one) if one in resource_types.ALL else {}
        if target and not turn.may_see(one):
            raise refused(Reason.FORBIDDEN, "the client's scopes do not cover what is chained")
        if name.partition(":")[0] in known and "." not in name and turn.may_see(one):
            yield from find(turn, read(turn, one, [(name, value)]))
        elif target:
            raise refused(Reason.UNKNOWN_PARAMETER, "what is chained is no search parameter of its type here")


def _says_how(turn: Turn, query: Query, name: str, value: str, known: Mapping[str, Param]) -> bool:
    """Take a parameter that says how to answer; False when it is none."""
    plain = name.partition(":")[0]
    match plain:
        case "_count":
            query.count = _number(name, value)
            query.only_count |= query.count == 0
        case "_sort":
            query.sort += [_order(known, part) for part in value.split(",") if part]
        case "_summary":
            query.only_count |= value == "count"
        case "_total":
            if value not in _TOTALS:
                raise refused(Reason.BAD_PARAMETER, "_total takes accurate, estimate or none")
            query.total = value
        case "_include" | "_revinclude":
            if not turn.house.manners.searching.includes:
                return False
            parts = tuple(value.split(":"))
            again = "iterate" if name.endswith((":iterate", ":recurse")) else ""
            where = query.includes if plain == "_include" else query.revincludes
            where.append((again, *_include(parts)))
        case _:
            return plain in _OVERLOOKED
    return True


def _include(parts: tuple[str, ...]) -> tuple[str, ...]:
    if parts == ("*",):
        return ("*", "*", "")
    source, name, target = (*parts, "", "")[:3]
    if source not in resource_types.ALL or (name != "*" and name not in search_params.of_type(source)):
        raise refused(Reason.BAD_PARAMETER, "_include and _revinclude take Type:parameter")
    return source, name, target


def _around(turn: Turn, query: Query, rows: list[Row], *, again: bool) -> Iterator[Row]:
    includes = [one[1:] for one in query.includes if one[0] or not again]
    revincludes = [one[1:] for one in query.revincludes if one[0] or not again]
    for row in rows:
        for source, name, target in includes:
            if source in {"*", row.version.type}:
                yield from referred(turn, row, name, target)
    for row in rows:
        for source, name, _ in revincludes:
            yield from referring(turn, row, source, name)


def referred(turn: Turn, row: Row, name: str = "*", target: str = "") -> Iterator[Row]:
    """What one resource refers to by a parameter, or by any."""
    names = row.terms if name == "*" else (name,)
    params = search_params.of_type(row.version.type)
    for one in names:
        if params[one].kind is Kind.REFERENCE:
            for key in row.terms.get(one, ()):
                resource_type, slash, resource_id = key.partition("/")
                found = turn.house.index.row(resource_type, resource_id) if slash else None
                if found is not None and target in {"", resource_type}:
                    yield found


def referring(turn: Turn, row: Row, source: str = "*", name: str = "*") -> Iterator[Row]:
    """What refers to one resource, of one type or of any, by a parameter or by any."""
    sources = list(turn.house.index.types()) if source == "*" else [source]
    for one in sources:
        rows = turn.house.index.rows(one)
        names = search_params.of_type(one) if name == "*" else (name,)
        for param in names:
            for resource_id in turn.house.index.posting(one, param, row.version.reference):
                yield rows[resource_id]


def _number(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise refused(Reason.BAD_PARAMETER, f"{name} takes a number")
    return int(value)


def _order(known: Mapping[str, Param], part: str) -> tuple[Param, bool]:
    name = part.removeprefix("-")
    if name not in known:
        raise refused(Reason.BAD_PARAMETER, "_sort takes search parameters of the type")
    return known[name], part.startswith("-")


def _sort(rows: list[Row], param: Param, *, backwards: bool) -> None:
    """Sort by one parameter; what has no value comes last either way."""
    if param.name == "_lastUpdated":
        rows.sort(key=lambda row: (row.version.at, row.version.order), reverse=backwards)
        return
    several = param.kind in {Kind.DATE, Kind.STRING, Kind.QUANTITY, Kind.NUMBER}  # a token's first key is its code
    chosen = (max if backwards else min) if several else operator.itemgetter(0)
    valued = [row for row in rows if param.name in row.terms]
    valued.sort(key=lambda row: chosen(row.terms[param.name]), reverse=backwards)
    rows[:] = valued + [row for row in rows if param.name not in row.terms]
