"""Taking a clinic's export into the store, and making the documents of what changed.

Two phases. First the lines, 500 in a transaction: read, compare, store. Then, in pages of 500, the documents of every
record that is due. A crash at any moment leaves records due; the next import or push finishes them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from integration.errors import UsageError
from integration.intake import documents, fix_file, reading
from integration.intake.reading import Line, LineProblem
from integration.store import database, events, records
from integration.store.database import Connection
from mappings import records as clinic_records

BATCH = 500
KEPT = 10_000  # problems and older versions that a report names one by one; the rest is counted

CONFLICT = "IF-IMP-05"
UNREADABLE_FILE = "IF-IMP-06"

Progress = Callable[[str, int, int], None]


def no_progress(_: str, __: int, ___: int) -> None:
    """Show nothing."""


class Store(documents.Store, Protocol):
    """What importing needs to know: the database, whose it is, the clock, and who acts."""


@dataclass(frozen=True, slots=True)
class Older:
    """A line that is older than what is held, and so was not applied."""

    file: str
    line: int
    kind: str
    id: str
    updated_at: str
    held: str


@dataclass(slots=True)
class KindCount:
    """What became of the lines of one kind."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    older: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did; `problems` and `older` name the first ten thousand, the counts are whole."""

    files: int
    lines: int
    kinds: dict[str, KindCount]
    skipped: dict[str, int]
    problems: tuple[LineProblem, ...]
    refused: int
    older: tuple[Older, ...]
    older_lines: int
    fix_file: Path | None
    made: documents.Made

    @property
    def clean(self) -> bool:
        """Whether every line was taken and every document could be made (waiting for another record is no fault)."""
        return not self.refused and not self.made.problem_count


@dataclass(slots=True)
class _Tally:
    lines: int = 0
    refused: int = 0
    older_lines: int = 0
    kinds: dict[str, KindCount] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    problems: list[LineProblem] = field(default_factory=list)
    older: list[Older] = field(default_factory=list)

    def refuse(self, problems: Sequence[LineProblem]) -> None:
        self.refused += 1
        self.problems += problems[: max(0, KEPT - len(self.problems))]

    def count(self, line: Line, record: clinic_records.Record, put: records.Put) -> None:
        kind = self.kinds.setdefault(record.kind, KindCount())
        if put.outcome is records.Outcome.STORED:
            kind.new += put.previous_version == 0
            kind.changed += put.previous_version > 0
        elif put.outcome is records.Outcome.UNCHANGED:
            kind.unchanged += 1
        else:
            kind.older += 1
            self.older_lines += 1
            if len(self.older) < KEPT:
                time = record.updated_at.text
                self.older.append(Older(line.file, line.number, record.kind, record.id, time, put.held))


def import_files(
    store: Store, paths: Sequence[Path], fix_to: Path | None = None, progress: Progress = no_progress
) -> ImportReport:
    """Take files, or folders of *.ndjson, into the store; good lines are kept whatever the others are."""
    files = reading.files(paths)
    tally = _Tally()
    with ExitStack() as stack:
        bad_lines = None if fix_to is None else stack.enter_context(fix_file.FixFile(fix_to, files))
        for batch in _batches(files, progress):
            for line in _take(store, batch, tally):
                if bad_lines is not None and line.ended:
                    bad_lines.add(line)
    made = documents.finish_due(store, progress)
    written = fix_to if bad_lines is not None and bad_lines.written else None
    return ImportReport(
        files=len(files), lines=tally.lines, kinds=dict(sorted(tally.kinds.items())),
        skipped=dict(sorted(tally.skipped.items())), problems=tuple(tally.problems), refused=tally.refused,
        older=tuple(tally.older), older_lines=tally.older_lines, fix_file=written, made=made,
    )  # fmt: skip


def _batches(files: Sequence[Path], progress: Progress) -> Iterator[list[Line]]:
    """The lines of all files, 500 at a time."""
    total = sum(path.stat().st_size for path in files)
    done = 0
    batch: list[Line] = []
    for path in files:
        for line in _lines(path):
            done += len(line.data) + 1
            batch.append(line)
            if len(batch) == BATCH:
                yield batch
                progress("reading", min(done, total), total)
                batch = []
    if batch:
        yield batch
    progress("reading", total, total)


def _lines(path: Path) -> Iterator[Line]:
    try:
        yield from reading.lines(path)
    except OSError as error:
        raise UsageError(UNREADABLE_FILE, f"the file cannot be read: {error.strerror}", where=str(path)) from error


def _take(store: Store, batch: Sequence[Line], tally: _Tally) -> list[Line]:
    """Store the good lines of a batch in one transaction; gives the bad ones."""
    good: list[tuple[Line, clinic_records.Record]] = []
    refused: dict[int, Line] = {}
    for position, line in enumerate(batch):
        found = reading.read(line)
        if isinstance(found, clinic_records.Record):
            good.append((line, found))
        elif isinstance(found, reading.Skipped):
            tally.skipped[found.kind] = tally.skipped.get(found.kind, 0) + 1
        else:
            tally.refuse(found)
            refused[position] = line
    tally.lines += len(batch)
    puts = store.db.transact(lambda conn: _put(conn, store, [record for _, record in good])) if good else []
    for (line, record), put in zip(good, puts, strict=True):
        if put.outcome is records.Outcome.CONFLICT:
            tally.refuse([_conflict(line)])
            refused[batch.index(line)] = line
        else:
            tally.count(line, record, put)
    return [refused[position] for position in sorted(refused)]


def _put(conn: Connection, store: Store, many: Sequence[clinic_records.Record]) -> list[records.Put]:
    database.alone(conn, database.INTAKE)
    now = store.clock.now()
    puts = records.put_many(conn, many, now)
    stored = [
        [record.kind, record.id, put.version, put.digest, record.updated_at.text, put.body]
        for record, put in zip(many, puts, strict=True)
        if put.outcome is records.Outcome.STORED
    ]
    moved = [
        [record.kind, record.id, put.version, record.updated_at.text, put.body]
        for record, put in zip(many, puts, strict=True)
        if put.moved
    ]
    if stored or moved:
        events.append(conn, "records.stored", store.actor, {"records": stored, "times": moved}, at=now)
    return puts


def _conflict(line: Line) -> LineProblem:
    return reading.problem(
        line,
        "updated_at",
        CONFLICT,
        "another version with this id and this updated_at, but other content, is already held",
        "give the version that counts a later updated_at",
    )
