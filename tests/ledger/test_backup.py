"""A backup is taken while the database is used, and goes only into an empty place."""

import contextlib
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from integration.audit import chain
from integration.errors import StoreError
from integration.store import backup, events, records, schema, tables
from integration.store.clinic import Clinic
from integration.store.database import Database
from tests.intake import clinic_file
from tests.parts import databases, postgres

NOW = 1_790_000_000.125
PRIVATE = bytes(range(1, 33))


def fill(db: Database) -> None:
    with db.write() as conn:
        records.put_many(conn, [clinic_file.record(raw) for raw in clinic_file.course()], NOW)
        events.append(conn, "records.stored", "a test", {"n": 1}, at=NOW)
        conn.execute(sa.insert(tables.attempt).values(
            hospital="mercy", lane="l", token=1, bundle="batch", begin=NOW, body=bytes(range(256)), sent="x",
            answer=b"",
        ))  # fmt: skip
    events.seal(db, "me", NOW)
    with db.write() as conn:
        events.checkpoint(conn, chain.signer(PRIVATE), NOW, at_once=True)


def everything(db: Database) -> dict[str, list[tuple[object, ...]]]:
    with db.read() as conn:
        return {
            table.name: sorted(tuple(row) for row in conn.execute(sa.select(table)))
            for table in tables.metadata.sorted_tables
        }


@contextlib.contextmanager
def restored(kind: str, file: Path, folder: Path) -> Iterator[tuple[Clinic, Database]]:
    if kind == "sqlite":
        target = folder / "restored.db"
        its = backup.restore_sqlite(file, target, databases.KEY)
        with contextlib.closing(Database.open_sqlite(target, databases.KEY)) as db:
            yield its, db
        return
    with postgres.database() as url, contextlib.closing(Database.open_postgres(url)) as db:
        yield backup.restore_postgres(file, db), db


def test_a_restored_backup_holds_exactly_what_was_there(db: Database, kind: str, tmp_path: Path) -> None:
    fill(db)
    before = everything(db)
    encrypted = backup.backup(db, tmp_path / "copy", databases.KEY)
    with restored(kind, tmp_path / "copy", tmp_path) as (its, again):
        schema.require_current(again)
        after = everything(again)
        with again.read() as conn:
            verdict = chain.verify(conn, chain.public_key(PRIVATE))

    assert after == before
    assert its.installation == databases.INSTALLATION
    assert verdict.intact
    assert encrypted is (kind == "sqlite")


def test_a_restored_database_goes_on_counting_and_keeps_its_events_safe(
    db: Database, kind: str, tmp_path: Path
) -> None:
    fill(db)
    backup.backup(db, tmp_path / "copy", databases.KEY)
    with restored(kind, tmp_path / "copy", tmp_path) as (_, again):
        with again.write() as conn:
            events.append(conn, "k", "a", {}, at=NOW)
            number = conn.scalar(sa.select(sa.func.max(tables.event.c.seq)))
        with pytest.raises(StoreError), again.write() as conn:
            conn.exec_driver_sql("DELETE FROM event")

    assert number == 2


def test_a_backup_of_a_database_without_events_can_be_restored(db: Database, kind: str, tmp_path: Path) -> None:
    backup.backup(db, tmp_path / "copy", databases.KEY)
    with restored(kind, tmp_path / "copy", tmp_path) as (_, again), again.write() as conn:
        events.append(conn, "k", "a", {}, at=NOW)
        number = conn.scalar(sa.select(tables.event.c.seq))

    assert number == 1


def test_a_backup_is_readable_by_its_owner_only_and_leaves_nothing_beside_it(db: Database, tmp_path: Path) -> None:
    (tmp_path / "safe").mkdir()
    backup.backup(db, tmp_path / "safe" / "copy", databases.KEY)

    assert [path.name for path in (tmp_path / "safe").iterdir()] == ["copy"]
    assert stat.S_IMODE((tmp_path / "safe" / "copy").stat().st_mode) == 0o600


def test_a_backup_is_of_one_moment_while_others_write(db: Database, kind: str, tmp_path: Path) -> None:
    stop = threading.Event()

    def write_pairs() -> None:
        while not stop.is_set():
            with db.write() as conn:
                for _ in range(2):
                    events.append(conn, "k", "a", {}, at=NOW)

    writer = threading.Thread(target=write_pairs)
    writer.start()
    try:
        for number in range(3):
            backup.backup(db, tmp_path / f"copy-{number}", databases.KEY)
    finally:
        stop.set()
        writer.join(30)
    with restored(kind, tmp_path / "copy-2", tmp_path) as (_, again):
        pairs = everything(again)["event"]

    assert len(pairs) % 2 == 0


def test_an_existing_file_is_never_overwritten(db: Database, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("mine")
    with pytest.raises(StoreError) as refused:
        backup.backup(db, tmp_path / "copy", databases.KEY)

    assert (refused.value.code, (tmp_path / "copy").read_text()) == ("IF-STO-18", "mine")


def test_a_folder_that_is_not_there_is_named(db: Database, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        backup.backup(db, tmp_path / "no" / "copy", databases.KEY)

    assert refused.value.code == "IF-STO-18"


def test_a_backup_goes_only_into_an_empty_place(db: Database, kind: str, tmp_path: Path) -> None:
    fill(db)
    before = everything(db)
    backup.backup(db, tmp_path / "copy", databases.KEY)
    again = {
        "sqlite": lambda: backup.restore_sqlite(tmp_path / "copy", tmp_path / "clinic.db", databases.KEY),
        "postgresql": lambda: backup.restore_postgres(tmp_path / "copy", db),
    }
    with pytest.raises(StoreError) as refused:
        again[kind]()

    assert refused.value.code == "IF-STO-15"
    assert everything(db) == before


def test_a_sqlite_backup_needs_the_key_it_was_made_with(tmp_path: Path) -> None:
    with databases.database("sqlite", tmp_path) as db:
        backup.backup(db, tmp_path / "copy", databases.KEY)
    with pytest.raises(StoreError) as refused:
        backup.restore_sqlite(tmp_path / "copy", tmp_path / "new.db", bytes(32))

    assert refused.value.code == "IF-STO-02"
    assert not (tmp_path / "new.db").exists()


def damaged(data: bytes, how: str) -> bytes:
    if how == "cut short":
        return data[: len(data) // 2]
    if how == "last line missing":
        return data[:-60]
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


@pytest.mark.parametrize("how", ["cut short", "last line missing", "one byte changed"])
def test_a_damaged_backup_restores_nothing(db: Database, kind: str, tmp_path: Path, how: str) -> None:
    fill(db)
    backup.backup(db, tmp_path / "copy", databases.KEY)
    (tmp_path / "bad").write_bytes(damaged((tmp_path / "copy").read_bytes(), how))
    with contextlib.ExitStack() as stack:
        if kind == "sqlite":
            with pytest.raises(StoreError) as refused:
                backup.restore_sqlite(tmp_path / "bad", tmp_path / "new.db", databases.KEY)
            left = [path.name for path in tmp_path.iterdir() if "new.db" in path.name]
        else:
            target = Database.open_postgres(stack.enter_context(postgres.database()))
            stack.callback(target.close)
            with pytest.raises(StoreError) as refused:
                backup.restore_postgres(tmp_path / "bad", target)
            with target.read() as conn:
                left = sa.inspect(conn).get_table_names()

    assert refused.value.code in {"IF-STO-02", "IF-STO-03", "IF-STO-19", "IF-STO-20"}
    assert left == []


def test_a_backup_of_the_other_kind_of_database_is_refused(tmp_path: Path) -> None:
    with databases.database("sqlite", tmp_path) as db:
        backup.backup(db, tmp_path / "sqlite-copy", databases.KEY)
    with databases.database("postgresql", tmp_path) as db:
        backup.backup(db, tmp_path / "postgres-copy")
    with pytest.raises(StoreError) as into_sqlite:
        backup.restore_sqlite(tmp_path / "postgres-copy", tmp_path / "new.db", databases.KEY)
    with (
        postgres.database() as url,
        contextlib.closing(Database.open_postgres(url)) as target,
        pytest.raises(StoreError) as into_postgres,
    ):
        backup.restore_postgres(tmp_path / "sqlite-copy", target)

    assert (into_sqlite.value.code, into_postgres.value.code) == ("IF-STO-19", "IF-STO-19")
