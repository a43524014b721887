"""Everything that is stored, row by row, for whoever checks it against the events; nothing here changes anything."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, func, select

from integration.store import tables
from integration.store.record_heads import Key, by_kind

S = TypeVar("S", bound=NamedTuple)
Use = tuple[str, str, str]
"""Resource type, logical id, hospital."""

_AT_A_TIME = 500
_USES: Final[tuple[tuple[Table, ColumnElement[Any]], ...]] = (
    (tables.ledger, tables.ledger.c.want),
    (tables.ledger, tables.ledger.c.have),
    (tables.attempt_entry, tables.attempt_entry.c.want),
)


class RecordVersion(NamedTuple):
    """One version of a record."""

    kind: str
    id: str
    version: int
    updated_at: str
    digest: str
    body: bytes
    stored_at: float


class RecordHead(NamedTuple):
    """Which version of a record is the one that counts."""

    kind: str
    id: str
    version: int
    updated_at: str
    digest: str


class DocumentVersion(NamedTuple):
    """One version of a document."""

    type: str
    id: str
    version: int
    digest: str
    body: bytes
    stored_at: float


class CurrentDocument(NamedTuple):
    """A document as it is now, with the record that gives it and the logical id of its patient."""

    type: str
    id: str
    version: int
    digest: str
    body: bytes
    stored_at: float
    record_kind: str
    record_id: str
    patient: str


class Rendering(NamedTuple):
    """A document as it goes to a hospital."""

    digest: str
    body: bytes


class Attempt(NamedTuple):
    """One request, and what was answered."""

    id: int
    hospital: str
    lane: str
    bundle: str
    begin: float
    body: bytes
    sent: str
    answered_at: float | None
    http_status: int | None
    answer: bytes | None


class AttemptEntry(NamedTuple):
    """One entry of a request, and what became of it."""

    attempt: int
    type: str
    id: str
    hospital: str
    position: int
    write: str
    want: str
    open: bool
    outcome: str | None
    status: str | None
    remote_id: str | None
    remote_version: str | None


class LedgerRow(NamedTuple):
    """What a hospital should hold and holds of one document."""

    hospital: str
    type: str
    id: str
    want: str
    have: str | None
    state: str
    remote_id: str | None
    remote_version: str | None


_TABLES: Final[dict[type[Any], Table]] = {
    RecordVersion: tables.record,
    RecordHead: tables.record_head,
    DocumentVersion: tables.resource_history,
    CurrentDocument: tables.resource,
    Rendering: tables.rendering,
    Attempt: tables.attempt,
    AttemptEntry: tables.attempt_entry,
    LedgerRow: tables.ledger,
}


def every(conn: Connection, shape: type[S]) -> Iterator[S]:
    """Every row that has this shape; they are read as they are asked for."""
    columns = [_TABLES[shape].c[name] for name in shape._fields]
    return (shape(*row) for row in conn.execute(select(*columns).execution_options(yield_per=_AT_A_TIME)))


def without_rendering(conn: Connection) -> Iterator[tuple[Use, str]]:
    """What was sent, is to be sent or is held, and of which the text is not there, with the text's digest."""
    there = tables.rendering.c.digest
    for table, digest in _USES:
        query = select(table.c.type, table.c.id, table.c.hospital, digest)
        query = query.outerjoin(tables.rendering, there == digest).where(there.is_(None), digest.is_not(None))
        for *use, missing in conn.execute(query.distinct()):
            yield (use[0], use[1], use[2]), missing


def uses_of_rendering(conn: Connection, digest: str) -> list[Use]:
    """What was sent with this text, is to be sent with it, or is held so."""
    found: set[Use] = set()
    for table, its in _USES:
        query = select(table.c.type, table.c.id, table.c.hospital).where(its == digest)
        found.update((type_, logical_id, hospital) for type_, logical_id, hospital in conn.execute(query))
    return sorted(found)


def links_of(conn: Connection, keys: Iterable[Key]) -> dict[Key, set[Key]]:
    """For each of these records the plans, visits and observations that it is linked with."""
    link = tables.record_link
    found: dict[Key, set[Key]] = {}
    for kind, pieces in by_kind(keys).items():
        for ids in pieces:
            query = select(link.c.id, link.c.target_kind, link.c.target_id)
            for record_id, *target in conn.execute(query.where(link.c.kind == kind, link.c.id.in_(ids))):
                found.setdefault((kind, record_id), set()).add((target[0], target[1]))
    return found


def counts(conn: Connection) -> dict[str, int]:
    """How many rows each of these tables has."""
    asked = _TABLES.values()
    return {table.name: conn.scalar(select(func.count()).select_from(table)) or 0 for table in asked}
