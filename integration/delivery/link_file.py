"""The file that says which of the hospital's own each of ours is: read, and refused whole with row and column.

CSV, a line each: `patient,hospital_patient`, or `kind,id,hospital_id` for visits and staff as well. Or NDJSON, an
object each with these fields. Lines with either of the two headings are passed over.
"""

import csv
import difflib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fhir_profiles import fhir_json
from integration import errors
from mappings.projection import STANDS_FOR

PATIENTS: Final = ("patient", "hospital_patient")
ANY_KIND: Final = ("kind", "id", "hospital_id")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_TYPED = re.compile(r"([A-Z][A-Za-z]+)/(.*)")


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of a link file: one of ours, by kind and the clinic's id, and the id of the hospital's own."""

    kind: str
    id: str
    remote_id: str
    line: int

    @property
    def type(self) -> str:
        """The type of the hospital's own: Patient, Encounter or Practitioner."""
        return STANDS_FOR[self.kind]


def read(path: Path) -> list[Pair]:
    """The pairs of a link file; one that cannot be used is refused with the row and the column."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise errors.UsageError("IF-IMP-01", "there is no such file", where=str(path)) from None
    except OSError as error:
        raise errors.UsageError("IF-IMP-06", f"the file cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise errors.UsageError("IF-LNK-03", "the file is not written in UTF-8", where=str(path)) from None
    lines = _from_ndjson(text, path) if text.lstrip().startswith("{") else _from_csv(text, path)
    pairs = [_pair(columns, cells, number, path) for number, columns, cells in lines]
    _refuse_doubles(pairs, path)
    return pairs


Line = tuple[int, Sequence[str], Sequence[str]]
"""Its number, the names of its columns, and what stands in them."""


def _from_ndjson(text: str, path: Path) -> Iterator[Line]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            read = fhir_json.loads(line)
        except fhir_json.JsonError as wrong:
            raise _wrong(path, number, "the line is no JSON", f"column {wrong.column}") from None
        yield number, *_fields(read, number, path)


def _fields(read: Any, number: int, path: Path) -> tuple[Sequence[str], Sequence[str]]:
    columns = PATIENTS if isinstance(read, dict) and not read.keys().isdisjoint(PATIENTS) else ANY_KIND
    values = {name: read.get(name) for name in columns} if isinstance(read, dict) else {}
    missing = [name for name in columns if not isinstance(values.get(name), str)]
    if missing:
        either = " or ".join(json.dumps(dict.fromkeys(one, "…"), ensure_ascii=False) for one in (ANY_KIND, PATIENTS))
        raise _wrong(path, number, f"a text is missing; a line is {either}", f"column {missing[0]}")
    return columns, [str(value) for value in values.values()]


def _from_csv(text: str, path: Path) -> Iterator[Line]:
    reader = csv.reader(text.splitlines())
    for read in reader:
        cells = [cell.strip() for cell in read]
        if not any(cells) or tuple(cells) in (PATIENTS, ANY_KIND):
            continue
        columns = PATIENTS if len(cells) <= len(PATIENTS) else ANY_KIND
        if len(cells) != len(columns):
            says = f"{len(cells)} columns; a line is {','.join(ANY_KIND)} or {','.join(PATIENTS)}"
            raise _wrong(path, reader.line_num, says, f"column {min(len(cells), len(columns)) + 1}")
        yield reader.line_num, columns, cells


def _pair(columns: Sequence[str], cells: Sequence[str], line: int, path: Path) -> Pair:
    *kind, ours, theirs = cells
    spelled = kind[0].replace("_", "-") if kind else "patient"
    if spelled not in STANDS_FOR:
        near = difflib.get_close_matches(spelled, STANDS_FOR, 1)
        meant = f" (do you mean {near[0]}?)" if near else ""
        says = f"no such kind{meant}; there are: {', '.join(STANDS_FOR)}"
        raise _wrong(path, line, says, f"column {columns[0]}")
    if not _ID.fullmatch(ours):
        says = "the clinic's id is of letters, digits, - and . (64 at most)"
        raise _wrong(path, line, says, f"column {columns[-2]}")
    typed = _TYPED.fullmatch(theirs)
    if typed and typed[1] != STANDS_FOR[spelled]:
        says = f"a {typed[1]} cannot stand for a {spelled}: it is a {STANDS_FOR[spelled]} there"
        raise _wrong(path, line, says, f"column {columns[-1]}")
    theirs = typed[2] if typed else theirs
    if not _ID.fullmatch(theirs):
        says = f"the hospital's {STANDS_FOR[spelled]} id is of letters, digits, - and . (64 at most)"
        raise _wrong(path, line, says, f"column {columns[-1]}")
    return Pair(spelled, ours, theirs, line)


def _refuse_doubles(pairs: Sequence[Pair], path: Path) -> None:
    """Each of ours stands there once; and each Patient, since two patients are never one (two visits may be)."""
    ours: dict[tuple[str, str], int] = {}
    theirs: dict[str, int] = {}
    for pair in pairs:
        first = ours.setdefault((pair.kind, pair.id), pair.line)
        if first != pair.line:
            raise _wrong(path, pair.line, f"the same {pair.kind} stands on line {first}", "column id")
        if pair.type == "Patient" and (first := theirs.setdefault(pair.remote_id, pair.line)) != pair.line:
            raise _wrong(path, pair.line, f"the same Patient stands on line {first}", "column hospital_id")


def _wrong(path: Path, line: int, says: str, column: str) -> errors.UsageError:
    return errors.UsageError("IF-LNK-03", says, where=f"{path}, line {line}, {column}")
