"""Triggers that keep what auditors rely on from being changed: rows of such a table are only ever added.

Migrations that were released call this: what it does to a database may not change any more.
"""

from collections.abc import Mapping
from typing import Any


def guard(op: Any, tables: Mapping[str, str]) -> None:
    """Guard tables, each given with its key; `op` is Alembic's."""
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite(op, tables)
    else:
        _on_postgresql(op, tables)


def _on_sqlite(op: Any, tables: Mapping[str, str]) -> None:
    for table, key in tables.items():
        refuse = f"SELECT RAISE(ABORT, '{table} is append-only');"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {refuse} END")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {refuse} END")
        # REPLACE INTO deletes without its trigger on a connection that has no recursive triggers.
        taken = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"  # noqa: S608 - names from this file
        op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken} BEGIN {refuse} END")


def _on_postgresql(op: Any, tables: Mapping[str, str]) -> None:
    op.execute(
        "CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in tables:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )
