"""Everything that is stored, read again and compared with the events that speak of it.

What an event speaks of must be there as it says; what is there and no event speaks of is unexpected. Of large stores a
part is compared at a time, so that what has to be remembered stays bounded; most stores are one part.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from integration.audit import against, derived_again
from integration.audit.faults import NOT_SPOKEN_OF, NOT_THERE, Fault, Wrong, fault
from integration.audit.stated import KINDS, NOTHING, DocumentSaid, Key, Stated
from integration.store import events, stored
from integration.store.database import Connection

SHOWN: Final = 20
PART: Final = 100_000

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Contents:
    """What the comparison found; `faults` has the first twenty of `fault_count`."""

    compared: dict[str, int] = field(default_factory=dict)  # rows by table
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    derived_compared: bool = False  # only once all records were found to be what was sealed

    @property
    def intact(self) -> bool:
        """Whether everything is as the events say."""
        return self.fault_count == 0

    def add(self, fault: Fault) -> None:
        """Count a fault, and keep it if it is among the first."""
        self.fault_count += 1
        if len(self.faults) < SHOWN:
            self.faults.append(fault)


def verify(conn: Connection, progress: Progress, *, at_a_time: int = PART) -> Contents:
    """Compare everything; nothing is written."""
    counts = stored.counts(conn)
    spoken_of = sum(counts[name] for name in ("record", "resource_history", "ledger", "attempt_entry"))
    parts = spoken_of // at_a_time + 1
    found = Contents(counts)
    walk = _Walk(conn, found, progress, sum(counts.values()) * parts)
    for part in range(parts):
        _one_part(conn, walk, part, parts)
    for row in walk.over(stored.every(conn, stored.Rendering)):
        if not against.holds_digest(row.body, row.digest):
            _altered_as_it_goes(conn, found, row.digest)
    for use, digest in stored.without_rendering(conn):
        found.add(fault(Wrong.MISSING, "rendering", use, f"its text ({digest}) is not there"))
    if found.intact:
        found.derived_compared = True
        for one in derived_again.differing(conn, progress):
            found.add(fault(Wrong.DERIVED, one.table, one.key, one.says))
    return found


def _altered_as_it_goes(conn: Connection, found: Contents, digest: str) -> None:
    """A text as it goes to hospitals: told of each document that it stands for."""
    says = f"its text is not what its digest says ({digest})"
    uses = [fault(Wrong.ALTERED, "rendering", key, says) for key in stored.uses_of_rendering(conn, digest)]
    for one in uses or [Fault(Wrong.ALTERED, "rendering", "a text that went nowhere", says)]:
        found.add(one)


def _one_part(conn: Connection, walk: "_Walk", part: int, parts: int) -> None:
    def listens(key: Key) -> bool:
        return parts == 1 or zlib.crc32(str(key[1]).encode()) % parts == part

    said = Stated(listens, to_attempts=lambda number: number % parts == part)
    for event in events.of_kind(conn, *KINDS):
        said.hear(event)
    walk.odd(said)
    _records(conn, walk, said, listens)
    _documents(conn, walk, said, listens)
    _requests(conn, walk, said, listens)


def _records(conn: Connection, walk: "_Walk", said: Stated, listens: Callable[[Key], bool]) -> None:
    versions = _of_part(walk.over(stored.every(conn, stored.RecordVersion)), listens)
    walk.compare("record", versions, _version, said.records, against.record)
    newest = {
        key: said.records[*key, version] for key, version in said.heads.items() if (*key, version) in said.records
    }
    heads = _of_part(walk.over(stored.every(conn, stored.RecordHead)), listens)
    walk.compare(
        "record_head", heads, _key, newest,
        lambda row, of: _head(row, said.heads[_key(row)], (of.digest, of.updated_at)),
    )  # fmt: skip


def _head(row: stored.RecordHead, version: int, of: tuple[str, str]) -> Iterator[str]:
    if (row.version, row.digest, row.updated_at) != (version, *of):
        yield _NEWEST


def _current(row: stored.CurrentDocument, version: int, of: DocumentSaid) -> Iterator[str]:
    if row.version != version:
        yield _NEWEST
    yield from against.current(row, of)


_NEWEST: Final = "the version that counts is not the newest one that was sealed"


def _documents(conn: Connection, walk: "_Walk", said: Stated, listens: Callable[[Key], bool]) -> None:
    versions = _of_part(walk.over(stored.every(conn, stored.DocumentVersion)), listens)
    walk.compare("resource_history", versions, _version, said.documents, against.document)
    newest = {key: said.documents[*key, version] for key, version in said.current.items()}
    now = _of_part(walk.over(stored.every(conn, stored.CurrentDocument)), listens)
    walk.compare("resource", now, _key, newest, lambda row, of: _current(row, said.current[_key(row)], of))


def _requests(conn: Connection, walk: "_Walk", said: Stated, listens: Callable[[Key], bool]) -> None:
    sent = (row for row in walk.over(stored.every(conn, stored.Attempt)) if said.hears_of(row.id))
    walk.compare(
        "attempt", sent, lambda row: row.id, said.attempts,
        lambda row, of: against.attempt(row, of, said.answers.get(row.id)),
    )  # fmt: skip
    entries = _of_part(walk.over(stored.every(conn, stored.AttemptEntry)), listens)
    walk.compare(
        "attempt_entry", entries, lambda row: (row.attempt, row.type, row.id), said.entries,
        lambda row, of: against.entry(row, of, said.fates.get((row.attempt, row.type, row.id))),
    )  # fmt: skip
    rows = _of_part(walk.over(stored.every(conn, stored.LedgerRow)), listens)
    walk.compare("ledger", rows, lambda row: (row.hospital, row.type, row.id), said.holds, against.ledger, NOTHING)


def _version(row: Any) -> tuple[str, str, int]:
    kind, record_id, version = row[:3]
    return kind, record_id, version


def _key(row: Any) -> Key:
    kind, record_id = row[:2]
    return kind, record_id


def _of_part(rows: Iterable[Any], listens: Callable[[Key], bool]) -> Iterator[Any]:
    return (row for row in rows if listens((row[0], row.id)))


class _Walk:
    """Goes through tables, tells how far it is, and writes down what does not agree."""

    def __init__(self, conn: Connection, found: Contents, progress: Progress, total: int) -> None:
        self.conn = conn
        self.found = found
        self._progress = progress
        self._total = total
        self._done = 0
        self._odd: set[tuple[int, str]] = set()

    def odd(self, said: Stated) -> None:
        """Events that cannot be believed as they stand, each told once."""
        for seq, says in said.odd:
            if (seq, says) not in self._odd:
                self._odd.add((seq, says))
                self.found.add(fault(Wrong.UNEXPECTED, "event", seq, says))

    def over(self, rows: Iterator[Any]) -> Iterator[Any]:
        for row in rows:
            self._done += 1
            if not self._done % _TELL_EACH:
                self._progress("comparing", min(self._done, self._total), self._total)
            yield row

    def compare(
        self, table: str, rows: Iterable[Any], key_of: Callable[[Any], Any], said: Mapping[Any, Any],
        rule: Callable[[Any, Any], Iterator[str]], unsaid: Any = None,
    ) -> None:  # fmt: skip
        """Each row against what is said of it (`unsaid` where nothing is), then what is said of rows that are gone."""
        left = set(said)
        for row in rows:
            key = key_of(row)
            left.discard(key)
            of = said.get(key, unsaid)
            if of is None:
                self.found.add(fault(Wrong.UNEXPECTED, table, key, NOT_SPOKEN_OF))
                continue
            for says in rule(row, of):
                self.found.add(fault(Wrong.ALTERED, table, key, says))
        for key in sorted(left):
            self.found.add(fault(Wrong.MISSING, table, key, NOT_THERE))


_TELL_EACH: Final = 500
