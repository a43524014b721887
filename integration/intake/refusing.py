"""Refusing at the end of an import what could not be judged when its line was read, because its patient came later.

The line is looked for once more in the files, so that no import has to remember where each line stood. A refused line
is not in the store: what was stored of it is taken out again, as long as it never gave a document.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from integration.intake import reading, telling_ids
from integration.intake.reading import Line
from integration.store import events, forgetting, problems, resources
from integration.store.database import Connection, Database
from integration.store.problems import Problem
from integration.store.record_heads import Key
from mappings import records as clinic_records


@dataclass(frozen=True, slots=True)
class Late:
    """What is refused at the end: lines with what is wrong, what was taken out of the store, what remains in it."""

    lines: list[tuple[Line, list[reading.LineProblem]]] = field(default_factory=list)
    taken_out: tuple[Key, ...] = ()
    remaining: tuple[Problem, ...] = ()  # stored, never sent; their lines are not in these files


def late(db: Database, files: Sequence[Path], refused: Collection[Key], actor: str, now: float) -> Late:
    """Refuse what is stored and tells who its patient is; the lines of `refused` have been refused already."""
    with db.read() as conn:
        found = {one.key: one for one in problems.of_code(conn, telling_ids.CODE)}
    if not found:
        return Late()
    lines = list(_lines(files, {key: one for key, one in found.items() if key not in refused}))
    named = {key for key, _, _ in lines} | (found.keys() & refused)
    out = db.transact(lambda conn: _take_out(conn, named, actor, now)) if named else ()
    return Late(
        [(line, wrong) for _, line, wrong in lines], out,
        tuple(one for key, one in found.items() if key not in named),
    )  # fmt: skip


def _lines(
    files: Sequence[Path], wanted: Mapping[Key, Problem]
) -> Iterator[tuple[Key, Line, list[reading.LineProblem]]]:
    """The lines of these records; a pipe cannot be read twice."""
    marks = {f'"{record_id}"'.encode() for _, record_id in wanted}
    for path in files if wanted else ():
        if not path.is_file():
            continue
        for line in reading.lines(path):
            if not any(mark in line.data for mark in marks):
                continue
            record = reading.read(line)
            if isinstance(record, clinic_records.Record) and (record.kind, record.id) in wanted:
                key = (record.kind, record.id)
                yield key, line, wrong(line, wanted[key].element.split(", "))


def wrong(line: Line, fields: Sequence[str]) -> list[reading.LineProblem]:
    """What is wrong with a line whose ids tell who the patient is."""
    return [reading.problem(line, name, telling_ids.CODE, telling_ids.SAYS, telling_ids.FIX) for name in fields]


def _take_out(conn: Connection, keys: Collection[Key], actor: str, now: float) -> tuple[Key, ...]:
    gone = sorted(set(keys) - resources.given_before(conn, keys).keys())
    if gone:
        forgetting.forget(conn, gone)
        events.append(conn, "records.refused", actor, {"records": [list(key) for key in gone]}, at=now)
    return tuple(gone)
