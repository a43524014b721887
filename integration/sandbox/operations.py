"""Operations: finding a Patient by what is known of one (`$match`), and everything about one (`$everything`)."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from fhir_profiles import fhir_json, terminology
from fhir_profiles.fhir_json import Document
from integration.sandbox import dates, exchange, journal, pages, search, terms
from integration.sandbox.answers import Answer
from integration.sandbox.refusing import Reason, refused
from integration.sandbox.search_index import Row
from integration.sandbox.turn import Call, Turn

_GRADE: Final = terminology.DATA_ABSENT.rpartition("/")[0] + "/match-grade"
_WEIGHTS: Final = {
    "birthDate": Decimal("0.35"),
    "family": Decimal("0.30"),
    "given": Decimal("0.20"),
    "gender": Decimal("0.10"),
    "telecom": Decimal("0.05"),
}
_GRADES: Final = ((Decimal("0.95"), "certain"), (Decimal("0.8"), "probable"), (Decimal("0.5"), "possible"))


def match(turn: Turn, call: Call, resource_type: str) -> Answer:
    """Patients that may be the one that is described, best first, each with its score and grade."""
    if resource_type != "Patient":
        raise refused(Reason.UNKNOWN_PATH, "only Patients can be matched")
    described, only_certain, count = _asked_of_match(call.document(turn))
    scored = [(_score(row, described), row) for row in turn.house.index.rows("Patient").values()]
    found = [(score, row) for score, row in scored if score >= _GRADES[-1][0]]
    found.sort(key=lambda one: (-one[0], one[1].version.order))
    if only_certain:
        found = [one for one in found if one[0] >= _GRADES[0][0]]
        found = found if len(found) == 1 else []
    return Answer(200, body=_matches(turn, found[: count or None]))


def everything(turn: Turn, call: Call, resource_type: str, resource_id: str) -> Answer:
    """A Patient, all that refers to them, and what that refers to in turn; page by page."""
    if resource_type != "Patient":
        raise refused(Reason.UNKNOWN_PATH, "everything is told of Patients only")
    if turn.house.store.live(resource_type, resource_id) is None:
        raise refused(Reason.NOT_FOUND, "no Patient has this id")
    asked = exchange.params(call.query)
    named = dict(asked)
    row = turn.house.index.row(resource_type, resource_id)
    types = set(named["_type"].split(",")) if named.get("_type") else set[str]()
    since = dates.stretch(named.get("_since", ""))
    hits = [
        one.version.reference
        for one in ([] if row is None else _about(turn, row))
        if (not types or one.version.type in types)
        and (since is None or one.version.at * 1e9 >= since[0])
        and turn.may_see(one.version.type)
    ]
    count = int(named["_count"]) if named.get("_count", "").isdecimal() and len(named["_count"]) < 10 else None
    return Answer(200, body=pages.first(turn, _Whole(), hits, count, pages.self_url(turn, call.path, asked)))


class _Whole:
    """Resources of any type, all of them matches."""

    kind = "searchset"

    def entries(self, turn: Turn, hits: Sequence[str]) -> list[bytes]:
        """Those that are still there."""
        pairs = (hit.partition("/") for hit in hits)
        rows = (turn.house.index.row(kind, resource_id) for kind, _, resource_id in pairs if turn.may_see(kind))
        return [pages.match(turn.house.base, row) for row in rows if row is not None]

    def tells_total(self, turn: Turn, *, one_page: bool) -> bool:
        """By the hospital's habit."""
        habit = turn.house.manners.searching.total
        return habit == "always" or (habit == "one page" and one_page)


def _about(turn: Turn, patient: Row) -> Iterator[Row]:
    seen: dict[str, Row] = {patient.version.reference: patient}
    for row in search.referring(turn, patient):
        seen.setdefault(row.version.reference, row)
    for row in list(seen.values()):
        for other in search.referred(turn, row):
            if other.version.type != "Patient":
                seen.setdefault(other.version.reference, other)
    yield from seen.values()


def _asked_of_match(parameters: Document) -> tuple[Document, bool, int]:
    listed = parameters.get("parameter")
    named: dict[str, Any] = {}
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            named[one["name"]] = one
    described = named.get("resource", {}).get("resource")
    if not isinstance(described, dict) or described.get("resourceType") != "Patient":
        raise refused(Reason.CONTENT, "a Patient to be matched is needed", "Parameters.parameter")
    only_certain = named.get("onlyCertainMatches", {}).get("valueBoolean") is True
    count = named.get("count", {}).get("valueInteger")
    return described, only_certain, count if type(count) is int and count > 0 else 0


def _score(row: Row, described: Document) -> Decimal:
    """How much of what is described fits; the same identifier is certain."""
    document = row.version.document or {}
    known = {one for one in journal.identifiers(described) if not one.startswith("|")}
    if not known.isdisjoint(journal.identifiers(document)):
        return Decimal(1)
    theirs, asked = _features(document), _features(described)
    return sum((weight for name, weight in _WEIGHTS.items() if theirs[name] & asked[name]), Decimal(0))


def _features(patient: Document) -> dict[str, set[str]]:
    names = [one for one in _listed(patient.get("name")) if isinstance(one, dict)]
    return {
        "birthDate": _texts([patient.get("birthDate")]),
        "family": _texts([one.get("family") for one in names]),
        "given": _texts([first for one in names for first in _listed(one.get("given"))]),
        "gender": _texts([patient.get("gender")]),
        "telecom": _texts([one.get("value") for one in _listed(patient.get("telecom")) if isinstance(one, dict)]),
    }


def _texts(values: list[Any]) -> set[str]:
    return {terms.fold(value) for value in values if isinstance(value, str)}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _matches(turn: Turn, found: list[tuple[Decimal, Row]]) -> bytes:
    entries = []
    for score, row in found:
        grade = next(name for least, name in _GRADES if score >= least)
        said = {"extension": [{"url": _GRADE, "valueCode": grade}], "mode": "match", "score": score}
        entries.append(pages.match(turn.house.base, row, search=fhir_json.encode(said)))
    return pages.bundle(turn, "searchset", entries, len(found), [])
