"""Facts of conduct that are worth a person's eye: shown beside the record, never a reason to hold it back."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from integration.store import problems, record_heads, tables
from integration.store import records as record_store
from integration.store.known import StoreKnown
from integration.store.record_heads import Head
from mappings import findings, records
from mappings.findings import Finding

F = tables.finding
Key = tuple[str, str]

_FORGET = delete(F).where(F.c.kind == bindparam("of_kind"), F.c.id == bindparam("of_id"))
_COLUMNS = (F.c.code, F.c.grade, F.c.element, F.c.says)


def found(conn: Connection, known: StoreKnown, head: Head, record: records.Record) -> list[Finding]:
    """What is worth a person's eye: in the record, and in the step from its version before."""
    now = findings.findings(record, known)
    before = record_store.get(conn, *head.key, head.version - 1) if head.version > 1 else None
    return now if before is None else now + findings.changed(before, record)


def of_records(conn: Connection, keys: Iterable[Key]) -> dict[Key, list[Finding]]:
    """The findings of many records, each record's in the order in which they were found."""
    there: dict[Key, list[Finding]] = {}
    for kind, pieces in record_heads.by_kind(keys).items():
        for ids in pieces:
            query = select(F.c.id, *_COLUMNS).where(F.c.kind == kind, F.c.id.in_(ids)).order_by(F.c.id, F.c.position)
            for record_id, *rest in conn.execute(query):
                there.setdefault((kind, record_id), []).append(Finding(*rest))
    return there


def replace(conn: Connection, found: Mapping[Key, Sequence[Finding]]) -> None:
    """Write the findings of the records that were looked at; what was found before is forgotten."""
    before = [(kind, i) for kind, ids in problems.by_kind(found).items() for i in _with_findings(conn, kind, ids)]
    if before:
        conn.execute(_FORGET, [{"of_kind": kind, "of_id": record_id} for kind, record_id in before])
    rows = [
        {
            "kind": kind,
            "id": record_id,
            "position": position,
            "code": one.code,
            "grade": one.grade,
            "element": one.element,
            "says": one.says,
        }
        for (kind, record_id), many in found.items()
        for position, one in enumerate(many)
    ]
    if rows:
        conn.execute(insert(F), rows)


def _with_findings(conn: Connection, kind: str, ids: Sequence[str]) -> Sequence[str]:
    return conn.scalars(select(F.c.id).where(F.c.kind == kind, F.c.id.in_(ids)).distinct()).all()


def of_record(conn: Connection, kind: str, record_id: str) -> list[Finding]:
    """The findings of one record, in the order in which they were found."""
    query = select(*_COLUMNS).where(F.c.kind == kind, F.c.id == record_id).order_by(F.c.position)
    return [Finding(*row) for row in conn.execute(query)]


def of_patient(conn: Connection, patient: str) -> dict[Key, list[Finding]]:
    """The findings of everything stored of a patient (the clinic's id), by record."""
    h = tables.record_head
    query = (
        select(F.c.kind, F.c.id, *_COLUMNS)
        .join(h, (h.c.kind == F.c.kind) & (h.c.id == F.c.id))
        .where(h.c.patient == patient)
        .order_by(F.c.kind, F.c.id, F.c.position)
    )
    found: dict[Key, list[Finding]] = {}
    for kind, record_id, *rest in conn.execute(query):
        found.setdefault((kind, record_id), []).append(Finding(*rest))
    return found


def counts(conn: Connection) -> dict[str, int]:
    """How many findings there are of each grade."""
    query = select(F.c.grade, func.count()).group_by(F.c.grade).order_by(F.c.grade)
    return {grade: number for grade, number in conn.execute(query)}  # noqa: C416 - rows are not pairs to mypy
