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
from integration.intake import documents, fix_file, reading, refusing, telling_ids
from integration.intake.made import Made
from integration.intake.reading import Line, LineProblem
from integration.store import database, events, records
from integration.store.database import Connection
from integration.store.problems import Problem
from integration.store.record_heads import Key
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
    made: Made
    taken_out: int  # of the refused: records that had been stored before their patient was known
    telling: tuple[Problem, ...]  # records of earlier imports that are never sent: their ids tell who the patient is

    @property
    def clean(self) -> bool:
        """Whether every line was taken and every document could be made (waiting for another record is no fault)."""
        return not self.refused and not self.made.problem_count and not self.telling


@dataclass(slots=True)
class _Tally:
    lines: int = 0
    refused: int = 0
    older_lines: int = 0
    kinds: dict[str, KindCount] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    problems: list[LineProblem] = field(default_factory=list)
    older: list[Older] = field(default_factory=list)
    telling: set[Key] = field(default_factory=set)  # refused because their ids tell who the patient is

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
            _keep(bad_lines, _take(store, batch, tally))
        made = documents.finish_due(store, progress)
        late = refusing.late(store.db, files, tally.telling, store.actor, store.clock.now())
        for line, problems in late.lines:
            tally.refuse(problems)
            _keep(bad_lines, [line])
        if late.taken_out:
            made.looked_at(late.taken_out, ())
            documents.finish_due(store, progress, made)
    written = fix_to if bad_lines is not None and bad_lines.written else None
    return ImportReport(
        files=len(files), lines=tally.lines, kinds=dict(sorted(tally.kinds.items())),
        skipped=dict(sorted(tally.skipped.items())), problems=_in_order(tally.problems, files), refused=tally.refused,
        older=tuple(tally.older), older_lines=tally.older_lines, fix_file=written, made=made,
        taken_out=len(late.taken_out), telling=late.remaining,
    )  # fmt: skip


def _keep(bad_lines: fix_file.FixFile | None, refused: Sequence[Line]) -> None:
    for line in refused:
        if bad_lines is not None and line.ended:
            bad_lines.add(line)


def _in_order(problems: Sequence[LineProblem], files: Sequence[Path]) -> tuple[LineProblem, ...]:
    """By file, in the order of reading, and by line; what is wrong with one line stays as it was found."""
    places = {str(path): number for number, path in enumerate(files)}
    return tuple(sorted(problems, key=lambda one: (places[one.file], one.line)))


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
        if isinstance(put, records.Put) and put.outcome is not records.Outcome.CONFLICT:
            tally.count(line, record, put)
            continue
        if isinstance(put, records.Put):
            tally.refuse([_conflict(line)])
        else:
            tally.refuse(refusing.wrong(line, put))
            tally.telling.add((record.kind, record.id))
        refused[batch.index(line)] = line
    return [refused[position] for position in sorted(refused)]


def _put(conn: Connection, store: Store, batch: Sequence[clinic_records.Record]) -> list[records.Put | list[str]]:
    """Store a batch; for each record what became of it, or the fields whose ids tell who its patient is."""
    database.alone(conn, database.INTAKE)
    now = store.clock.now()
    telling = telling_ids.in_batch(conn, batch)
    many = [record for record, fields in zip(batch, telling, strict=True) if not fields]
    puts = records.put_many(conn, many, now)
    done = list(zip(many, puts, strict=True))
    stored = [(record, put) for record, put in done if put.outcome is records.Outcome.STORED]
    telling_ids.look_again(conn, ((record, put.previous_version) for record, put in stored))
    body = {
        "records": [
            [record.kind, record.id, put.version, put.digest, record.updated_at.text, put.body]
            for record, put in stored
        ],
        "times": [
            [record.kind, record.id, put.version, record.updated_at.text, put.body] for record, put in done if put.moved
        ],
    }
    if any(body.values()):
        events.append(conn, "records.stored", store.actor, body, at=now)
    rest = iter(puts)
    return [fields or next(rest) for fields in telling]


def _conflict(line: Line) -> LineProblem:
    return reading.problem(
        line,
        "updated_at",
        CONFLICT,
        "another version with this id and this updated_at, but other content, is already held",
        "give the version that counts a later updated_at",
    )
