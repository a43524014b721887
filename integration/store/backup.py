"""A copy of the whole database while it is in use, and bringing one back into an empty place.

SQLite: a copy of the encrypted file, under the same key. PostgreSQL: a file of ours (compressed NDJSON, see `dump`),
which is *not* encrypted; both are readable by their owner only.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import sqlcipher3.dbapi2 as sqlite  # type: ignore[import-untyped]  # a C module without stubs

from integration.errors import StoreError
from integration.store import clinic, database, driver_errors, dump, schema
from integration.store.clinic import Clinic
from integration.store.database import Database


def backup(db: Database, path: Path, key: bytes | None = None) -> bool:
    """Write a copy to a new file; gives whether it is encrypted. SQLite needs its key."""
    if path.exists():
        raise StoreError(driver_errors.BACKUP_UNWRITABLE, "there is a file of that name already", where=str(path))
    with _new_file(path) as part:
        if db.dialect == "postgresql":
            with db.read() as conn, part.open("wb") as file:
                dump.write(conn, file)
                file.flush()
                os.fsync(file.fileno())
            return False
        if key is None:
            raise StoreError(driver_errors.WRONG_KEY, "the key is needed to write an encrypted copy")
        with db.read() as conn:
            _copy(conn.connection.dbapi_connection, part, key)
    return True


def restore_sqlite(path: Path, target: Path, key: bytes) -> Clinic:
    """Bring an encrypted copy back as the database `target`, which must not exist yet."""
    if target.exists():
        raise StoreError(driver_errors.NOT_EMPTY, "there is a database already", where=str(target))
    if not path.is_file():
        raise StoreError(driver_errors.BACKUP_UNREADABLE, "there is no such file", where=str(path))
    if dump.is_dump(path):
        raise StoreError(driver_errors.BACKUP_UNREADABLE, "this is a copy of a PostgreSQL database", where=str(path))
    with _new_file(target) as part:
        with _opened(path, key) as source:
            _copy(source, part, key)
        restored = Database.open_sqlite(part, key)
        try:
            schema.require_known(restored)
            with restored.read() as conn:
                return clinic.get(conn)
        finally:
            restored.close()


def restore_postgres(path: Path, db: Database) -> Clinic:
    """Bring a dump back into an empty PostgreSQL database: all of it, or nothing."""
    if not path.is_file():
        raise StoreError(driver_errors.BACKUP_UNREADABLE, "there is no such file", where=str(path))
    if not dump.is_dump(path):
        raise StoreError(driver_errors.BACKUP_UNREADABLE, "this is no copy of a PostgreSQL database", where=str(path))
    with db.write() as conn:
        if sa.inspect(conn).get_table_names():
            raise StoreError(driver_errors.NOT_EMPTY, "the database is not empty")
        dump.read(conn, path)
        return clinic.get(conn)


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """A file beside the final name, readable by its owner only, that takes the name when all went well."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield part
        part.rename(path)
    except OSError as error:
        says = f"the file cannot be written: {error.strerror}"
        raise StoreError(driver_errors.BACKUP_UNWRITABLE, says, where=str(path)) from error
    finally:
        for rest in ("", "-wal", "-shm", "-journal"):
            part.with_name(part.name + rest).unlink(missing_ok=True)


@contextlib.contextmanager
def _opened(path: Path, key: bytes) -> Iterator[Any]:
    """A copy, opened for reading only, so that nothing is written beside it."""
    conn = sqlite.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    try:
        database.unlock(conn, key)
        conn.execute("SELECT count(*) FROM sqlite_master")
        yield conn
    except sqlite.DatabaseError as error:
        code = int(getattr(error, "sqlite_errorcode", 0))
        raise driver_errors.without_driver_text(driver_errors.of_sqlite(code)) from None
    finally:
        conn.close()


def _copy(source: Any, path: Path, key: bytes) -> None:
    """Copy page by page in one go: other programs go on writing meanwhile, the copy is of one moment."""
    target = sqlite.connect(str(path), isolation_level=None)
    try:
        database.unlock(target, key)
        source.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode = DELETE")
        target.execute("PRAGMA synchronous = FULL")
        (found,) = target.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise StoreError(driver_errors.DAMAGED, "the copy is damaged")
    except sqlite.DatabaseError as error:
        code = int(getattr(error, "sqlite_errorcode", 0))
        raise driver_errors.without_driver_text(driver_errors.of_sqlite(code)) from None
    finally:
        target.close()
