"""Files of FHIR documents: NDJSON, one JSON document, or a Bundle; read with the place of each, written whole."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from fhir_profiles import fhir_json
from integration import errors
from integration.intake import reading
from integration.intake.reading import UNPARSABLE


@dataclass(frozen=True, slots=True)
class Found:
    """A JSON object in a file, and where it stands."""

    place: str
    line: int
    document: fhir_json.Document


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A part of a file that is no JSON object, and why."""

    place: str
    line: int
    code: str
    says: str


def read(paths: Sequence[Path]) -> Iterator[Found | Unreadable]:
    """Read every document of the files; the resources of a Bundle one by one."""
    for path in paths:
        for place, line, data in _pieces(path):
            try:
                value = fhir_json.loads(data)
            except fhir_json.JsonError as error:
                yield Unreadable(place, line, UNPARSABLE, f"cannot be read at column {error.column}: {error.what}")
                continue
            if not isinstance(value, dict):
                yield Unreadable(place, line, UNPARSABLE, "is no JSON object")
                continue
            yield from _resources(value, place, line)


def _pieces(path: Path) -> Iterator[tuple[str, int, bytes]]:
    """One document of the whole file where its name says so, else one a line."""
    if not path.is_file():
        raise errors.UsageError(reading.NOTHING_TO_READ, "there is no such file", where=str(path))
    try:
        if path.suffix == ".json":
            yield str(path), 1, path.read_bytes()
            return
        for line in reading.lines(path):
            yield f"{path}:{line.number}", line.number, line.data
    except OSError as error:
        says = f"the file cannot be read: {error.strerror}"
        raise errors.UsageError("IF-IMP-06", says, where=str(path)) from None


def _resources(value: dict[str, Any], place: str, line: int) -> Iterator[Found | Unreadable]:
    if value.get("resourceType") != "Bundle" or not isinstance(value.get("entry"), list):
        yield Found(place, line, value)
        return
    for number, entry in enumerate(value["entry"]):
        inside = entry.get("resource") if isinstance(entry, dict) else None
        where = f"{place} entry[{number}]"
        if isinstance(inside, dict):
            yield Found(where, line, inside)
        else:
            yield Unreadable(where, line, UNPARSABLE, "the entry holds no resource")


@contextlib.contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A new file, readable by its owner only, that takes its name when all of it is written."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        says = f"it cannot be written: {error.strerror}"
        raise errors.UsageError("IF-USE-11", says, where=str(path)) from None
    finally:
        part.unlink(missing_ok=True)
