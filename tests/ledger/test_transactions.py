"""A transaction is kept whole or not at all; what stands in its way is named, and never quoted."""

import contextlib
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from integration.errors import StoreError
from integration.store import driver_errors, events
from integration.store.database import Database
from tests.parts import databases, postgres

NOW = 1_790_000_000.0


def test_a_locked_database_is_given_up_after_the_time_set(tmp_path: Path) -> None:
    with (
        databases.database("sqlite", tmp_path) as holder,
        holder.write(),
        contextlib.closing(Database.open_sqlite(tmp_path / "clinic.db", databases.KEY, busy_timeout=0.05)) as other,
        pytest.raises(StoreError) as refused,
        other.write(),
    ):
        pass

    assert refused.value.code == "IF-STO-07"


def test_reading_goes_on_while_another_program_writes(tmp_path: Path) -> None:
    with databases.database("sqlite", tmp_path) as holder, holder.write() as writing:
        events.append(writing, "k", "a", {}, at=NOW)
        with (
            contextlib.closing(Database.open_sqlite(tmp_path / "clinic.db", databases.KEY, busy_timeout=0.05)) as other,
            other.read() as conn,
        ):
            seen = conn.scalar(sa.text("SELECT count(*) FROM event"))

    assert seen == 0


def test_on_postgresql_rows_held_by_another_program_are_given_up_on(tmp_path: Path) -> None:
    with databases.database("postgresql", tmp_path) as holder, holder.write() as conn:
        conn.execute(sa.text("UPDATE clinic SET name = 'x'"))
        url = conn.engine.url.render_as_string(hide_password=False)
        with (
            contextlib.closing(Database.open_postgres(url, lock_timeout=0.05)) as other,
            pytest.raises(StoreError) as refused,
            other.write() as waiting,
        ):
            waiting.execute(sa.text("UPDATE clinic SET name = 'y'"))

    assert refused.value.code == "IF-STO-07"


def test_a_full_disk_undoes_the_transaction_and_is_named(tmp_path: Path) -> None:
    with databases.database("sqlite", tmp_path):
        pass
    size = (tmp_path / "clinic.db").stat().st_size // 4096
    with contextlib.closing(Database.open_sqlite(tmp_path / "clinic.db", databases.KEY, max_pages=size + 4)) as db:

        def too_much(conn: sa.Connection) -> None:
            events.append(conn, "k", "a", {"small": 1}, at=NOW)
            events.append(conn, "k", "a", {"large": "x" * 100_000}, at=NOW)

        with pytest.raises(StoreError) as refused:
            db.transact(too_much)
        with db.read() as conn:
            left = conn.scalar(sa.text("SELECT count(*) FROM event"))
        with db.write() as conn:
            events.append(conn, "k", "a", {"small": 2}, at=NOW)

    assert refused.value.code == "IF-STO-08"
    assert left == 0


def test_a_reading_connection_cannot_write(db: Database) -> None:
    with pytest.raises(StoreError) as refused, db.read() as conn:
        conn.execute(sa.text("UPDATE clinic SET name = 'x'"))

    assert refused.value.code == "IF-STO-21"


def test_what_a_failed_transaction_did_is_undone(db: Database) -> None:
    def fail(conn: sa.Connection) -> None:
        events.append(conn, "k", "a", {}, at=NOW)
        raise KeyError

    with pytest.raises(KeyError):
        db.transact(fail)
    with db.read() as conn:
        left = conn.scalar(sa.text("SELECT count(*) FROM event"))

    assert left == 0


def test_no_error_of_the_database_shows_what_it_was_given(db: Database) -> None:
    with pytest.raises(StoreError) as refused, db.write() as conn:
        conn.execute(
            sa.text("INSERT INTO clinic (one, installation, name) VALUES (2, :a, :b)"),
            {"a": "CANARY-77", "b": "Zebedee Canarius"},
        )
    error: BaseException | None = refused.value
    told = ""
    while error is not None:
        told += repr(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)

    assert refused.value.code == "IF-STO-11"
    assert "anari" not in told
    assert "CANARY" not in told


def test_the_whole_transaction_is_tried_again_when_two_programs_met(db: Database) -> None:
    tries: list[int] = []

    def work(conn: sa.Connection) -> str:
        events.append(conn, "k", "a", {"try": len(tries)}, at=NOW)
        tries.append(1)
        if len(tries) < 3:
            raise StoreError(driver_errors.CONTENDED, "met")
        return "done"

    answer = db.transact(work)
    with db.read() as conn:
        kept = conn.scalar(sa.text("SELECT count(*) FROM event"))

    assert (answer, len(tries), kept) == ("done", 3, 1)


def test_trying_again_has_an_end(db: Database) -> None:
    tries: list[int] = []

    def work(_: sa.Connection) -> None:
        tries.append(1)
        raise StoreError(driver_errors.CONTENDED, "met")

    with pytest.raises(StoreError) as refused:
        db.transact(work, tries=3)

    assert (refused.value.code, len(tries)) == ("IF-STO-10", 3)


def test_a_deadlock_is_resolved_by_trying_again(tmp_path: Path) -> None:
    with databases.database("postgresql", tmp_path) as db:
        with db.write() as conn:
            conn.exec_driver_sql("CREATE TABLE pair (id INTEGER PRIMARY KEY, n INTEGER)")
            conn.exec_driver_sql("INSERT INTO pair VALUES (1, 0), (2, 0)")
        both_hold_one = threading.Barrier(2)
        first_try = {1: True, 2: True}

        def cross(first: int, second: int) -> None:
            def work(conn: sa.Connection) -> None:
                conn.exec_driver_sql(f"UPDATE pair SET n = n + 1 WHERE id = {first}")
                if first_try[first]:
                    first_try[first] = False
                    both_hold_one.wait(20)
                conn.exec_driver_sql(f"UPDATE pair SET n = n + 1 WHERE id = {second}")

            db.transact(work)

        threads = [threading.Thread(target=cross, args=pair) for pair in ((1, 2), (2, 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with db.read() as conn:
            counted = [row[0] for row in conn.exec_driver_sql("SELECT n FROM pair ORDER BY id")]

    assert counted == [2, 2]


def test_after_the_server_ended_its_connections_the_next_transaction_works(tmp_path: Path) -> None:
    with databases.database("postgresql", tmp_path) as db:

        def be_ended(conn: sa.Connection) -> None:
            me = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            postgres.running().execute(f"SELECT pg_terminate_backend({me})")
            conn.exec_driver_sql("SELECT 1")

        with pytest.raises(StoreError) as lost:
            db.transact(be_ended)
        with db.write() as conn:
            events.append(conn, "k", "a", {}, at=NOW)

    assert lost.value.code == "IF-STO-09"
