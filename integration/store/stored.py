"""Everything that is stored, row by row, for whoever checks it against the events; nothing here changes anything."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, func, select

from integration.store import tables

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


def record_versions(conn: Connection) -> Iterator[RecordVersion]:
    """Every version of every record."""
    return (RecordVersion(*row) for row in _all(conn, tables.record, RecordVersion))


def record_heads(conn: Connection) -> Iterator[RecordHead]:
    """Every record."""
    return (RecordHead(*row) for row in _all(conn, tables.record_head, RecordHead))


def document_versions(conn: Connection) -> Iterator[DocumentVersion]:
    """Every version of every document."""
    return (DocumentVersion(*row) for row in _all(conn, tables.resource_history, DocumentVersion))


def current_documents(conn: Connection) -> Iterator[CurrentDocument]:
    """Every document as it is now."""
    return (CurrentDocument(*row) for row in _all(conn, tables.resource, CurrentDocument))


def renderings(conn: Connection) -> Iterator[Rendering]:
    """Every rendering."""
    return (Rendering(*row) for row in _all(conn, tables.rendering, Rendering))


def attempts(conn: Connection) -> Iterator[Attempt]:
    """Every request."""
    return (Attempt(*row) for row in _all(conn, tables.attempt, Attempt))


def attempt_entries(conn: Connection) -> Iterator[AttemptEntry]:
    """Every entry of every request."""
    return (AttemptEntry(*row) for row in _all(conn, tables.attempt_entry, AttemptEntry))


def ledger_rows(conn: Connection) -> Iterator[LedgerRow]:
    """Every row of the ledger."""
    return (LedgerRow(*row) for row in _all(conn, tables.ledger, LedgerRow))


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


def counts(conn: Connection) -> dict[str, int]:
    """How many rows each of these tables has."""
    t = tables
    asked = (t.record, t.record_head, t.resource_history, t.resource, t.rendering, t.attempt, t.attempt_entry, t.ledger)
    return {table.name: conn.scalar(select(func.count()).select_from(table)) or 0 for table in asked}


def _all(conn: Connection, table: Table, row: Any) -> Iterator[Any]:
    columns = [table.c[name] for name in row._fields]
    return iter(conn.execute(select(*columns).execution_options(yield_per=_AT_A_TIME)))
