"""What keeps a database from being opened or written, and that nothing is touched then."""

import contextlib
import hashlib
import sqlite3
import stat
from pathlib import Path

import pytest

from integration.errors import StoreError
from integration.store import clinic, events
from integration.store.database import Database
from tests.parts import databases, postgres

NOW = 1_790_000_000.0


def refusal_of(path: Path, key: bytes = databases.KEY, **settings: object) -> str:
    with pytest.raises(StoreError) as refused:
        Database.open_sqlite(path, key, **settings)  # type: ignore[arg-type]
    return refused.value.code


def fingerprint(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_a_wrong_key_is_named_and_nothing_is_touched(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with databases.database("sqlite", tmp_path):
        pass
    before = fingerprint(tmp_path)
    code = refusal_of(tmp_path / "clinic.db", bytes(32))

    assert code == "IF-STO-02"
    assert fingerprint(tmp_path) == before
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(tmp_path: Path, length: int) -> None:
    assert refusal_of(tmp_path / "new.db", bytes(length), create=True) == "IF-STO-02"
    assert not (tmp_path / "new.db").exists()


def test_an_unencrypted_database_is_not_ours(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "plain.db")) as plain:
        plain.execute("CREATE TABLE invoice (number INTEGER)")
        plain.commit()
    before = fingerprint(tmp_path)

    assert refusal_of(tmp_path / "plain.db") == "IF-STO-03"
    assert fingerprint(tmp_path) == before


def test_a_file_that_is_no_database_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_bytes(b"Dear clinic, " * 1000)

    assert refusal_of(tmp_path / "letter.db") == "IF-STO-03"


def test_a_missing_database_is_not_made_by_chance(tmp_path: Path) -> None:
    assert refusal_of(tmp_path / "nowhere.db") == "IF-STO-01"
    assert list(tmp_path.iterdir()) == []


def test_the_files_of_a_database_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    with contextlib.closing(Database.open_sqlite(tmp_path / "new.db", databases.KEY, create=True)) as db:
        with db.write() as conn:
            conn.exec_driver_sql("CREATE TABLE more (x INTEGER)")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("new.db*")}

    assert modes == {"new.db": 0o600, "new.db-wal": 0o600, "new.db-shm": 0o600}


def test_nothing_of_the_clinic_stands_in_the_file_in_clear(tmp_path: Path) -> None:
    with databases.database("sqlite", tmp_path) as db, db.write() as conn:
        events.append(conn, "canary", "Zebedee Canarius", {"mrn": "CANARY-77"}, at=NOW)
        everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"Canarius" not in everything
    assert b"CANARY" not in everything
    assert b"CREATE TABLE" not in everything


def test_the_settings_that_durability_rests_on(tmp_path: Path) -> None:
    with databases.database("sqlite", tmp_path) as db, db.write() as conn:
        found = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "temp_store")
        }

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0, "temp_store": 2}


def test_another_clinics_database_is_refused(db: Database) -> None:
    with db.read() as conn:
        mine = clinic.require(conn, databases.INSTALLATION)
        with pytest.raises(StoreError) as refused:
            clinic.require(conn, "some other home")

    assert mine.name == "Lakeside Infusion Clinic (pretend)"
    assert refused.value.code == "IF-STO-04"


def test_a_database_takes_only_one_clinic(db: Database) -> None:
    with pytest.raises(StoreError) as refused, db.write() as conn:
        clinic.create(conn, "Another", "https://another.example/fhir", NOW)

    assert refused.value.code == "IF-STO-15"


def test_an_unusable_identifier_base_is_refused(db: Database) -> None:
    with pytest.raises(StoreError) as refused, db.write() as conn:
        clinic.change_base(conn, "https://records.example/fhir/")

    assert refused.value.code == "IF-STO-17"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://someone@db.clinic.example/clinic", "IF-STO-14"),
        ("postgresql://someone@db.clinic.example/clinic?sslmode=require", "IF-STO-14"),
        ("postgresql://postgres@127.0.0.1:1/clinic", "IF-STO-09"),
        ("mysql://root@127.0.0.1/clinic", "IF-STO-09"),
        ("no url at all", "IF-STO-09"),
    ],
)
def test_a_postgresql_that_must_not_or_cannot_be_used(url: str, code: str) -> None:
    with pytest.raises(StoreError) as refused:
        Database.open_postgres(url)

    assert refused.value.code == code


def test_a_postgresql_that_would_forget_is_refused(tmp_path: Path) -> None:
    with postgres.database() as url:
        name = url.rpartition("/")[2]
        postgres.running().execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        with pytest.raises(StoreError) as refused:
            Database.open_postgres(url)

    assert refused.value.code == "IF-STO-13"
