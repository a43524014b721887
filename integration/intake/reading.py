"""Reading the clinic's export: NDJSON, a record a line, one file or a folder of them, a line at a time."""

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fhir_profiles import fhir_json
from integration.errors import UsageError
from mappings import records

LONGEST_LINE = 16_000_000

NOTHING_TO_READ = "IF-IMP-01"
UNPARSABLE = "IF-IMP-02"
TOO_LONG = "IF-IMP-03"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, as its bytes, without the line end."""

    file: str
    number: int
    data: bytes
    ended: bool = True


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with one line: where, what, and what to do. Carries no value of the record."""

    file: str
    line: int
    field: str
    code: str
    says: str
    fix: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line whose kind of record is known but not taken yet."""

    kind: str


def files(paths: Sequence[Path]) -> list[Path]:
    """The files to read: those named, and every *.ndjson of the folders named, in a steady order."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.glob("*.ndjson") if one.is_file())
            if not inside:
                raise UsageError(NOTHING_TO_READ, "the folder holds no *.ndjson file", where=str(path))
            found += inside
        elif path.exists() and (path.is_file() or stat.S_ISFIFO(path.stat().st_mode)):
            found.append(path)
        else:
            raise UsageError(NOTHING_TO_READ, "there is no such file or folder", where=str(path))
    return list(dict.fromkeys(found))


def lines(path: Path) -> Iterator[Line]:
    """The lines of a file that are not blank; one that is longer than anything sensible comes cut, to be refused."""
    number = 0
    with path.open("rb") as file:
        while data := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(data) > LONGEST_LINE:
                _skip_rest(file, data)
                yield Line(str(path), number, data, ended=False)
            elif (stripped := data.rstrip(b"\r\n")) and not stripped.isspace():
                yield Line(str(path), number, stripped)


def _skip_rest(file: Any, data: bytes) -> None:
    while data and not data.endswith(b"\n"):
        data = file.readline(LONGEST_LINE)


def read(line: Line) -> records.Record | Skipped | list[LineProblem]:
    """What a line holds: a record, a kind that is not taken yet, or everything that is wrong with it."""
    if not line.ended:
        return [problem(line, "", TOO_LONG, "the line is longer than 16 MB", "write one record a line")]
    try:
        raw = fhir_json.loads(line.data)
    except fhir_json.JsonError as error:
        says = f"cannot be read at column {error.column}: {error.what}"
        return [problem(line, "", UNPARSABLE, says, "write each record as one line of exact JSON, in UTF-8")]
    if isinstance(raw, dict) and isinstance(raw.get("kind"), str) and raw["kind"] in records.NOT_TAKEN_YET:
        return Skipped(raw["kind"])
    try:
        return records.parse(raw)
    except records.RecordError as error:
        return [problem(line, one.field, one.code, one.says, one.fix) for one in error.problems]


def problem(line: Line, field: str, code: str, says: str, fix: str) -> LineProblem:
    """A problem with the place where it is."""
    return LineProblem(line.file, line.number, field, str(code), says, fix)
