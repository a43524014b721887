"""Taking records out of the store again: refused ones, which never gave a document."""

from collections.abc import Collection

from sqlalchemy import Connection, delete

from integration.store import findings, problems, record_heads, tables
from integration.store.record_heads import Key

_TABLES = (tables.record, tables.record_head, tables.record_link)


def forget(conn: Connection, keys: Collection[Key]) -> None:
    """Delete every version of these records and all that was said of them; what depends on them is due again."""
    again = record_heads.dependents_of(conn, keys)
    again |= record_heads.visits(conn, [record_id for kind, record_id in keys if kind == "observation"])
    for kind, pieces in record_heads.by_kind(keys).items():
        for ids in pieces:
            for table in _TABLES:
                conn.execute(delete(table).where(table.c.kind == kind, table.c.id.in_(ids)))
    record_heads.mark_due(conn, again)
    record_heads.tell_sessions_their_patient(conn, (), [record_id for kind, record_id in keys if kind == "plan"])
    problems.replace(conn, keys, (), 0.0)
    findings.replace(conn, dict.fromkeys(keys, ()))
