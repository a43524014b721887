"""Opening the database of one clinic: an encrypted SQLite file, or PostgreSQL. The same tables and rules on both.

SQLite is only ever opened through sqlcipher3: one build in every process, encrypted, and newer than the releases whose
WAL could be corrupted. Every error of a driver leaves here as a `StoreError` with its code.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
import sqlcipher3.dbapi2 as sqlite  # type: ignore[import-untyped]  # a C module without stubs
from sqlalchemy import exc, pool
from sqlalchemy.engine import URL

from integration.errors import StoreError
from integration.store import driver_errors

Dialect = Literal["sqlite", "postgresql"]
T = TypeVar("T")

Connection = sa.Connection
"""One open transaction: the one name of SQLAlchemy that the rest of the program uses, to hand it on."""

KEY_BYTES = 32
_PAGE = 4096
_PLAIN = b"SQLite format 3\x00"
_OLDEST_SQLITE = (3, 51, 3)  # before it two connections on one WAL could corrupt the file
_SQLITE_READERS = 8
_POSTGRES_WRITERS = 8
_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1|/.*")
_HOURGLASS = 600_000  # milliseconds that a statement, or a transaction that does nothing, may last


class Database:
    """One clinic's database: `write()` and `read()` give a connection inside one transaction."""

    def __init__(self, dialect: Dialect, writer: sa.Engine, reader: sa.Engine) -> None:
        self.dialect: Dialect = dialect
        self._writer = writer
        self._reader = reader

    @classmethod
    def open_sqlite(
        cls,
        path: Path,
        key: bytes,
        *,
        create: bool = False,
        busy_timeout: float = 30.0,
        max_pages: int | None = None,
    ) -> "Database":
        """Open the encrypted file with its 32-byte key; only `create` makes a new one."""
        _check_sqlite(path, key, create=create)
        connect = _sqlite_connector(path, key, busy_timeout, max_pages)
        writer = _sqlite_engine(connect, "BEGIN IMMEDIATE", size=1, patience=busy_timeout)
        reader = _sqlite_engine(_query_only(connect), "BEGIN", size=_SQLITE_READERS, patience=busy_timeout)
        opened = cls("sqlite", writer, reader)
        with opened._closing_on_error():
            opened._first_look(path)
        return opened

    @classmethod
    def open_postgres(cls, url: str, *, lock_timeout: float = 30.0) -> "Database":
        """Open a PostgreSQL database by its URL; one across a network only with sslmode=verify-full."""
        target = _postgres_url(url)
        writer = _postgres_engine(target, lock_timeout, isolation="READ COMMITTED")
        reader = _postgres_engine(target, lock_timeout, isolation="REPEATABLE READ")
        opened = cls("postgresql", writer, reader)
        with opened._closing_on_error():
            opened._refuse_unsafe_server()
        return opened

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction that may change things: all of it is kept, or nothing."""
        with _own_errors(), self._writer.begin() as conn:
            yield conn

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One transaction that sees one moment of the database and can change nothing."""
        with _own_errors(), self._reader.begin() as conn:
            yield conn

    def transact(self, work: Callable[[sa.Connection], T], *, tries: int = 5) -> T:
        """Run `work` in one transaction, and all of it again if two programs met on the same rows."""
        for _ in range(tries - 1):
            try:
                with self.write() as conn:
                    return work(conn)
            except StoreError as error:
                if not driver_errors.is_contended(error):
                    raise
        with self.write() as conn:
            return work(conn)

    def close(self) -> None:
        """Give every connection back."""
        self._writer.dispose()
        self._reader.dispose()

    @contextlib.contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _first_look(self, path: Path) -> None:
        try:
            with self.read() as conn:
                conn.exec_driver_sql("SELECT count(*) FROM sqlite_master")
        except StoreError as error:
            if error.code == driver_errors.WRONG_KEY:
                raise driver_errors.without_driver_text(_not_opened(path)) from None
            raise

    def _refuse_unsafe_server(self) -> None:
        with self.read() as conn:
            for setting in ("synchronous_commit", "fsync", "full_page_writes"):
                if conn.exec_driver_sql(f"SHOW {setting}").scalar() == "off":
                    raise StoreError(
                        driver_errors.UNSAFE_SERVER,
                        f"the database server runs with {setting} = off and would forget what it has acknowledged",
                    )


def alone(conn: sa.Connection, what: int) -> None:
    """Let only one transaction at a time do a kind of work; on SQLite every writing transaction is alone anyway."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCKS, what)))


_LOCKS = 0x1F41  # the first half of our advisory locks' names in PostgreSQL
INTAKE = 1
SEALING = 2


@contextlib.contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise driver_errors.without_driver_text(error) from None
    except exc.TimeoutError:
        raise StoreError(driver_errors.LOCKED, "every connection of this program to the database is in use") from None


def _check_sqlite(path: Path, key: bytes, *, create: bool) -> None:
    if sqlite.sqlite_version_info < _OLDEST_SQLITE:
        raise StoreError(driver_errors.OLD_ENGINE, f"SQLite {sqlite.sqlite_version} is older than 3.51.3")
    if len(key) != KEY_BYTES:
        raise StoreError(driver_errors.WRONG_KEY, f"the key has {len(key)} bytes, {KEY_BYTES} are needed")
    if not path.exists():
        if not create:
            raise StoreError(driver_errors.NO_DATABASE, "there is no database here", where=str(path))
        # Made here, so that it is never readable by others, not for a moment; SQLite gives -wal and -shm the same mode.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _not_opened(path: Path) -> StoreError:
    with path.open("rb") as file:
        start = file.read(len(_PLAIN))
    if start == _PLAIN:
        return StoreError(driver_errors.NOT_OURS, "this is a SQLite file without encryption", where=str(path))
    if path.stat().st_size % _PAGE:
        return StoreError(driver_errors.NOT_OURS, "this file is no database", where=str(path))
    return StoreError(driver_errors.WRONG_KEY, "the key does not open this database", where=str(path))


def _sqlite_connector(path: Path, key: bytes, busy_timeout: float, max_pages: int | None) -> Callable[[], Any]:
    uri = f"{path.absolute().as_uri()}?mode=rw"

    def connect() -> Any:
        conn = sqlite.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=busy_timeout)
        unlock(conn, key)
        for setting in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "trusted_schema = OFF",
            "recursive_triggers = ON",  # else REPLACE INTO would go round the triggers of the append-only tables
            "temp_store = MEMORY",  # nothing of a clinic in an unencrypted temporary file
            "cache_size = -16000",
        ):
            conn.execute(f"PRAGMA {setting}")
        if max_pages is not None:
            conn.execute(f"PRAGMA max_page_count = {max_pages:d}")
        return conn

    return connect


def unlock(conn: Any, key: bytes) -> None:
    """Give a fresh SQLite connection its key, before anything else.

    Each page is vouched for by HMAC-SHA-256: processors have instructions for it, and a good part of a push would go
    into SQLCipher's own choice (SHA-512).
    """
    conn.execute("PRAGMA cipher_log_level = NONE")  # else a wrong key prints on stderr
    conn.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    conn.execute("PRAGMA cipher_hmac_algorithm = HMAC_SHA256")


def _query_only(connect: Callable[[], Any]) -> Callable[[], Any]:
    def reading() -> Any:
        conn = connect()
        conn.execute("PRAGMA query_only = ON")
        return conn

    return reading


def _sqlite_engine(connect: Callable[[], Any], begin: str, *, size: int, patience: float) -> sa.Engine:
    engine = sa.create_engine(
        "sqlite://",
        module=sqlite,
        creator=connect,
        poolclass=pool.QueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=patience,
        hide_parameters=True,
    )
    sa.event.listen(engine, "begin", lambda conn: conn.exec_driver_sql(begin))
    sa.event.listen(engine, "handle_error", driver_errors.translate)
    return engine


def _postgres_url(url: str) -> URL:
    try:
        target = sa.make_url(url)
    except exc.ArgumentError:
        raise StoreError(driver_errors.UNREACHABLE, "the database URL cannot be read") from None
    if target.get_backend_name() not in ("postgresql", "postgres"):
        raise StoreError(driver_errors.UNREACHABLE, "the database URL must begin with postgresql://")
    host = target.query.get("host") or target.host or "localhost"
    if not all(_LOOPBACK.fullmatch(one) for one in ([host] if isinstance(host, str) else host)):
        mode = target.query.get("sslmode")
        if mode != "verify-full":
            raise StoreError(driver_errors.NO_TLS, "a database across the network needs sslmode=verify-full in its URL")
    return target.set(drivername="postgresql+psycopg")


def _postgres_engine(
    target: URL, lock_timeout: float, *, isolation: Literal["READ COMMITTED", "REPEATABLE READ"]
) -> sa.Engine:
    options = f"-c lock_timeout={int(lock_timeout * 1000)} -c statement_timeout={_HOURGLASS}"
    options += f" -c idle_in_transaction_session_timeout={_HOURGLASS} -c timezone=UTC"
    engine = sa.create_engine(
        target,
        isolation_level=isolation,
        connect_args={"options": options, "application_name": "infusion-fhir", "connect_timeout": 10},
        pool_size=_POSTGRES_WRITERS,
        max_overflow=0,
        pool_timeout=lock_timeout,
        pool_pre_ping=True,
        hide_parameters=True,
    )
    if isolation == "REPEATABLE READ":
        sa.event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("SET TRANSACTION READ ONLY"))
    sa.event.listen(engine, "handle_error", driver_errors.translate)
    return engine
