"""What could not be mapped or failed the check: kept beside the record until its next version is good."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from integration.store import tables
from mappings import records

P = tables.problem
_TELLS_WHO = records.Code.TELLS_WHO.value

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a version of a record has no documents: the element, the rule that it breaks, and what to do."""

    kind: str
    id: str
    version: int
    code: str
    element: str
    rule: str
    fix: str
    waits_kind: str | None = None
    waits_id: str | None = None

    @property
    def key(self) -> Key:
        """Kind and id of the record."""
        return self.kind, self.id

    @property
    def name(self) -> str:
        """The record as a message may name it: an id that tells who the patient is, is not shown."""
        return f"{self.kind} (its id is not shown)" if self.code == _TELLS_WHO else f"{self.kind} {self.id}"

    def facts(self) -> dict[str, Any]:
        """The problem for programs; an id that tells who the patient is, is left out."""
        return asdict(self) | ({"id": None} if self.code == _TELLS_WHO else {})

    @property
    def waits(self) -> bool:
        """Whether nothing is wrong with the record itself: another one has to come first."""
        return self.waits_kind is not None


_COLUMNS = (
    P.c.kind, P.c.id, P.c.version, P.c.code, P.c.element, P.c.rule, P.c.fix, P.c.waits_kind, P.c.waits_id,
)  # fmt: skip
_FORGET = delete(P).where(P.c.kind == bindparam("of_kind"), P.c.id == bindparam("of_id"))


def replace(conn: Connection, looked_at: Collection[Key], found: Iterable[Problem], now: float) -> list[Problem]:
    """Write the problems of the records that were looked at, one a code; what was said before is forgotten."""
    known = _any_of(conn, looked_at)
    if known:
        conn.execute(_FORGET, [{"of_kind": kind, "of_id": record_id} for kind, record_id in known])
    joined = _one_a_code(found)
    rows = [
        {
            "kind": p.kind,
            "id": p.id,
            "version": p.version,
            "code": p.code,
            "element": p.element,
            "rule": p.rule,
            "fix": p.fix,
            "waits_kind": p.waits_kind,
            "waits_id": p.waits_id,
            "at": now,
        }
        for p in joined
    ]
    if rows:
        conn.execute(insert(P), rows)
    return joined


def _any_of(conn: Connection, keys: Collection[Key]) -> list[Key]:
    known: list[Key] = []
    for kind, ids in by_kind(keys).items():
        known += [(kind, found) for found in conn.scalars(select(P.c.id).where(P.c.kind == kind, P.c.id.in_(ids)))]
    return sorted(set(known))


def by_kind(keys: Iterable[Key]) -> Mapping[str, list[str]]:
    """Ids by kind: the form in which many records are asked for at once."""
    grouped: dict[str, list[str]] = {}
    for kind, record_id in keys:
        grouped.setdefault(kind, []).append(record_id)
    return grouped


def _one_a_code(found: Iterable[Problem]) -> list[Problem]:
    """Join problems of one record and code: its elements in one line, the first one's rule and fix."""
    joined: dict[tuple[str, str, int, str], Problem] = {}
    for p in found:
        first = joined.setdefault((p.kind, p.id, p.version, p.code), p)
        if p.element not in first.element.split(", "):
            elements = f"{first.element}, {p.element}"
            joined[p.kind, p.id, p.version, p.code] = Problem(
                p.kind, p.id, p.version, p.code, elements, first.rule, first.fix, first.waits_kind, first.waits_id
            )
    return list(joined.values())


def of_record(conn: Connection, kind: str, record_id: str) -> list[Problem]:
    """The problems of one record."""
    query = select(*_COLUMNS).where(P.c.kind == kind, P.c.id == record_id).order_by(P.c.code)
    return [Problem(*row) for row in conn.execute(query)]


def all_of_them(conn: Connection, limit: int | None = None) -> list[Problem]:
    """Every problem there is, those that wait for another record too."""
    query = select(*_COLUMNS).order_by(P.c.kind, P.c.id, P.c.code).limit(limit)
    return [Problem(*row) for row in conn.execute(query)]


def of_code(conn: Connection, code: str) -> list[Problem]:
    """Every problem of this code."""
    query = select(*_COLUMNS).where(P.c.code == code).order_by(P.c.kind, P.c.id)
    return [Problem(*row) for row in conn.execute(query)]


def counts(conn: Connection) -> tuple[int, int]:
    """How many records have a problem of their own, and how many only wait for another record."""
    each = select(P.c.kind, P.c.id, P.c.waits_kind.is_not(None).label("waits")).distinct().subquery()
    rows = conn.execute(select(each.c.waits, func.count()).group_by(each.c.waits)).all()
    found = {bool(waits): number for waits, number in rows}
    return found.get(False, 0), found.get(True, 0)
