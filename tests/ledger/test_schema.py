"""The tables that the migrations make are the tables that the code uses, on both databases."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from integration.errors import StoreError
from integration.store import schema, tables
from integration.store.database import Database
from tests.parts import databases, postgres


@contextlib.contextmanager
def empty(kind: str, folder: Path) -> Iterator[Database]:
    if kind == "sqlite":
        with contextlib.closing(Database.open_sqlite(folder / "empty.db", databases.KEY, create=True)) as db:
            yield db
        return
    with postgres.database() as url, contextlib.closing(Database.open_postgres(url)) as db:
        yield db


def described(conn: sa.Connection) -> dict[str, object]:
    """Columns, keys and indexes as the database itself tells them."""
    if conn.dialect.name == "postgresql":
        columns = conn.exec_driver_sql(
            "SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable, "
            "column_default FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 3"
        )
        indexes = conn.exec_driver_sql("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
        return {"columns": [tuple(row) for row in columns], "indexes": [row[0] for row in indexes]}
    rows = conn.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') ORDER BY name")
    return {name: re.sub(r"\s+", " ", sql or "").replace(" )", ")") for name, sql in rows}


def without(shape: dict[str, object], word: str) -> dict[str, object]:
    if "columns" not in shape:
        return {name: sql for name, sql in shape.items() if word not in name}
    return {name: [row for row in rows if word not in str(row)] for name, rows in shape.items()}  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", databases.KINDS)
def test_the_migrations_make_exactly_the_tables_of_the_code(kind: str, tmp_path: Path) -> None:
    with empty(kind, tmp_path) as db:
        schema.upgrade(db)
        with db.read() as conn:
            migrated = without(described(conn), "alembic_version")
    (tmp_path / "second").mkdir()
    with empty(kind, tmp_path / "second") as db, db.write() as conn:
        tables.metadata.create_all(conn)
        declared = described(conn)

    assert migrated == declared


def test_alembic_sees_no_difference_either(db: Database) -> None:
    with db.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})

        assert compare_metadata(context, tables.metadata) == []


def test_the_revisions_that_the_release_knows_are_those_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    found = [script.revision for script in scripts.walk_revisions()][::-1]

    assert tuple(found) == schema.REVISIONS


def test_upgrading_twice_changes_nothing_the_second_time(db: Database) -> None:
    assert schema.upgrade(db) == (schema.HEAD, schema.HEAD)


def test_a_database_of_this_release_is_taken(db: Database) -> None:
    schema.require_current(db)


@pytest.mark.parametrize("kind", databases.KINDS)
def test_an_empty_database_is_named_as_such(kind: str, tmp_path: Path) -> None:
    with empty(kind, tmp_path) as db, pytest.raises(StoreError) as refused:
        schema.require_current(db)

    assert refused.value.code == "IF-STO-01"


def set_revision(db: Database, revision: str) -> None:
    with db.write() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = :new"), {"new": revision})


def test_a_newer_database_is_refused_and_not_touched(db: Database) -> None:
    set_revision(db, "9999")
    with pytest.raises(StoreError) as looked:
        schema.require_current(db)
    with pytest.raises(StoreError) as upgraded:
        schema.upgrade(db)
    with db.read() as conn:
        still = schema.revision(conn)

    assert (looked.value.code, upgraded.value.code, still) == ("IF-STO-06", "IF-STO-06", "9999")


def test_an_older_database_is_refused_with_the_command_that_upgrades_it(db: Database) -> None:
    with pytest.raises(StoreError) as refused:
        schema.require_current(db, head="0002")

    assert refused.value.code == "IF-STO-05"
    assert refused.value.next_step == "infusion-fhir db upgrade"


@pytest.mark.parametrize("kind", databases.KINDS)
def test_a_database_of_another_program_is_refused_and_not_touched(kind: str, tmp_path: Path) -> None:
    with empty(kind, tmp_path) as db:
        with db.write() as conn:
            conn.exec_driver_sql("CREATE TABLE invoice (number INTEGER)")
        with pytest.raises(StoreError) as refused:
            schema.upgrade(db)
        with db.read() as conn:
            left = sa.inspect(conn).get_table_names()

    assert refused.value.code == "IF-STO-03"
    assert left == ["invoice"]


@pytest.mark.parametrize("table", ["event", "seal", "checkpoint"])
@pytest.mark.parametrize("change", ["UPDATE {} SET hash = 'x'", "DELETE FROM {}"])
def test_what_auditors_rely_on_can_only_be_added_to(db: Database, table: str, change: str) -> None:
    with db.write() as conn:
        conn.execute(sa.text(ONE_OF[table]))
    with pytest.raises(StoreError), db.write() as conn:
        conn.execute(sa.text(change.format(table)))
    with db.read() as conn:
        kept = conn.execute(sa.text(f"SELECT hash FROM {table}")).scalars().all()

    assert kept == ["h"]


def test_on_sqlite_replacing_is_refused_like_deleting(tmp_path: Path) -> None:
    with databases.database("sqlite", tmp_path) as db:
        with db.write() as conn:
            conn.execute(sa.text(ONE_OF["event"]))
            conn.exec_driver_sql("PRAGMA recursive_triggers = OFF")
        replacing = sa.text(ONE_OF["event"].replace("INSERT", "REPLACE").replace("'h'", "'other'"))
        with pytest.raises(StoreError), db.write() as conn:
            conn.execute(replacing)


def test_on_postgresql_truncating_is_refused_too(tmp_path: Path) -> None:
    with databases.database("postgresql", tmp_path) as db, pytest.raises(StoreError), db.write() as conn:
        conn.exec_driver_sql("TRUNCATE event")


ONE_OF = {
    "event": "INSERT INTO event (seq, at, kind, actor, body, hash) VALUES (1, 1.5, 'k', 'a', '{}', 'h')",
    "seal": "INSERT INTO seal (position, event, hash) VALUES (1, 1, 'h')",
    "checkpoint": "INSERT INTO checkpoint (position, hash, at, signature) VALUES (1, 'h', 1.5, 's')",
}
