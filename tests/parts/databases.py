"""Empty databases of a clinic, of both kinds: made once a test process, copied for each test."""

import contextlib
import functools
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from integration.store import clinic, schema
from integration.store.clinic import Clinic
from integration.store.database import Database
from mappings import identity
from tests.parts import postgres

KEY = bytes(range(32))
BASE = "https://records.lakeside-infusion.example/fhir"
INSTALLATION = "11111111-2222-4333-8444-555555555555"
KINDS = ("sqlite", "postgresql")


class Clock:
    """A clock that goes on by a second each time it is looked at."""

    def __init__(self, start: float = 1_790_000_000.0) -> None:
        self._ticks = itertools.count(start)

    def now(self) -> float:
        return next(self._ticks)


@dataclass(frozen=True)
class Store:
    """What importing asks for, without a home folder."""

    db: Database
    clinic: Clinic
    clock: Clock = field(default_factory=Clock)
    actor: str = "a test"

    @property
    def base(self) -> identity.Base:
        return self.clinic.base


@contextlib.contextmanager
def database(kind: str, folder: Path, *, base: str = BASE) -> Iterator[Database]:
    """A database that belongs to a clinic and holds nothing else."""
    if kind == "sqlite":
        path = folder / "clinic.db"
        shutil.copy(_sqlite_template(), path)
        with contextlib.closing(Database.open_sqlite(path, KEY)) as db:
            yield _with_base(db, base)
        return
    with postgres.database(_postgres_template()) as url, contextlib.closing(Database.open_postgres(url)) as db:
        yield _with_base(db, base)


@contextlib.contextmanager
def store(kind: str, folder: Path, *, base: str = BASE) -> Iterator[Store]:
    """A store on such a database."""
    with database(kind, folder, base=base) as db:
        with db.read() as conn:
            owner = clinic.get(conn)
        yield Store(db, owner)


def _with_base(db: Database, base: str) -> Database:
    if base != BASE:
        with db.write() as conn:
            clinic.change_base(conn, base)
    return db


def make(db: Database) -> Database:
    """Give an empty database its tables and its clinic."""
    schema.upgrade(db)
    with db.write() as conn:
        clinic.create(conn, "Lakeside Infusion Clinic (pretend)", BASE, 1_790_000_000.0, installation=INSTALLATION)
    return db


@functools.cache
def _sqlite_template() -> Path:
    path = Path(tempfile.mkdtemp(prefix="infusion-fhir-sqlite-")) / "template.db"
    make(Database.open_sqlite(path, KEY, create=True)).close()
    return path


@functools.cache
def _postgres_template() -> str:
    url = postgres.running().fresh()
    make(Database.open_postgres(url)).close()
    return url.rpartition("/")[2]
