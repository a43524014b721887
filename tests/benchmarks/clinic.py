"""A clinic for the benchmarks: its records as seeded chance writes them, and its database."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fhir_profiles import fhir_json
from integration.bootstrap import SystemClock
from integration.installation import Clock
from integration.store import clinic, schema
from integration.store.database import Database
from mappings import known, records, registry, sample
from mappings.identity import Base

BASE = Base("https://records.clinic.example/fhir")
KEY = bytes(range(32))
SEED = 1
ACTOR = "a benchmark"
Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Installation:
    """What importing and pushing ask for."""

    database: Database
    base: Base = BASE
    clock: Clock = SystemClock()  # noqa: RUF009 - it has no state
    actor: str = ACTOR

    @property
    def db(self) -> Database:
        """The same by the name that importing asks for."""
        return self.database


@contextlib.contextmanager
def sqlite(path: Path) -> Iterator[Installation]:
    """A clinic on SQLite; a new one where there is none yet."""
    new = not path.exists()
    with contextlib.closing(Database.open_sqlite(path, KEY, create=new)) as database:
        if new:
            found(database)
        yield Installation(database)


@contextlib.contextmanager
def postgres(url: str) -> Iterator[Installation]:
    """A new clinic on PostgreSQL."""
    with contextlib.closing(Database.open_postgres(url)) as database:
        found(database)
        yield Installation(database)


def found(database: Database) -> None:
    """Give an empty database its tables and its clinic."""
    schema.upgrade(database)
    with database.write() as conn:
        clinic.create(conn, "Benchmark clinic (pretend)", BASE.url, SystemClock().now())


def write(lines: Iterator[Raw], to: Path) -> None:
    """Write records as the clinic's export does."""
    with to.open("wb") as file:
        for raw in lines:
            file.write(fhir_json.encode(raw) + b"\n")


def whole_courses(patients: int, documents: int) -> Iterator[Raw]:
    """The records of so many patients, each cut off where they give exactly so many documents."""
    given = 0
    for course in _courses():
        kept = _cut(course, documents)
        if kept is not None:
            yield from kept
            given += 1
            if given == patients:
                return


def _courses() -> Iterator[list[Raw]]:
    """One patient's records after another's."""
    course: list[Raw] = []
    for raw in sample.courses(1_000_000, SEED):
        if raw["kind"] == "patient" and course and course[-1]["kind"] != "patient":
            yield course
            course = []
        course.append(raw)


def _cut(course: list[Raw], documents: int) -> list[Raw] | None:
    """The first records that give exactly so many documents; None where they do not come out even.

    Left out, too, is who is in the file twice, and a course in which something refers to what was cut off.
    """
    if len({raw["id"] for raw in course if raw["kind"] == "patient"}) > 1:
        return None
    kept: list[Raw] = []
    made: list[registry.Made] = []
    everything = known.InMemory(records.parse(raw) for raw in course)
    for record in everything:
        made += registry.documents_for(record, BASE, everything)
        kept.append(records.to_json(record))
        if len(made) >= documents:
            break
    there = {(one.document["resourceType"], one.document["id"]) for one in made}
    whole = all(there.issuperset(one.references) for one in made)
    return kept if whole and len(there) == documents else None
