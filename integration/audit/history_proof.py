"""Whether what a history shows is what was sealed: each body that it prints is hashed again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from integration.audit import against
from integration.audit.faults import NOT_SPOKEN_OF, NOT_THERE, Fault, Wrong, fault
from integration.audit.stated import NOTHING, Stated

if TYPE_CHECKING:
    from integration.audit.history import DocumentHistory, RecordHistory


def faults(said: Stated, records: "Sequence[RecordHistory]", sent: Mapping[str, bytes]) -> Iterator[Fault]:
    """What is shown and is not as the events say, and what they speak of and is not there to be shown."""
    there: set[Any] = set()
    for record in records:
        for version in record.versions:
            key = (record.kind, record.id, version.version)
            there.add(key)
            of = said.records.get(key)
            wrong = [] if of is None else against.record(version, of)
            yield from _told("record", key, wrong, spoken_of=of is not None)
        for document in record.documents:
            there.update((document.type, document.id, one.version) for one in document.versions)
            yield from _document(said, document, sent)
    for table, keys in (("record", said.records.keys()), ("resource_history", said.documents.keys())):
        for gone in sorted(keys - there):
            yield fault(Wrong.MISSING, table, gone, NOT_THERE)


def _told(table: str, key: Any, wrong: Iterable[str], *, spoken_of: bool) -> Iterator[Fault]:
    if not spoken_of:
        yield fault(Wrong.UNEXPECTED, table, key, NOT_SPOKEN_OF)
    for says in wrong:
        yield fault(Wrong.ALTERED, table, key, says)


def _document(said: Stated, document: "DocumentHistory", sent: Mapping[str, bytes]) -> Iterator[Fault]:
    for version in document.versions:
        key = (document.type, document.id, version.version)
        of = said.documents.get(key)
        wrong = [] if of is None else against.document(version, of)
        yield from _told("resource_history", key, wrong, spoken_of=of is not None)
    for row in document.deliveries:
        at = (row.hospital, document.type, document.id)
        yield from _told("ledger", at, against.ledger(row, said.holds.get(at, NOTHING)), spoken_of=True)
        for one in row.tries:
            entry = (one.attempt, document.type, document.id)
            yield from _told("attempt_entry", entry, _tried(said, entry, one), spoken_of=entry in said.entries)
        for digest in sorted({row.want, *(one.want for one in row.tries)}):
            if digest not in sent or not against.holds_digest(sent[digest], digest):
                code, says = (Wrong.ALTERED, against.BODY) if digest in sent else (Wrong.MISSING, NOT_THERE)
                yield fault(code, "rendering", (document.type, document.id, row.hospital), says)


def _tried(said: Stated, entry: tuple[int, str, str], one: Any) -> Iterator[str]:
    of = said.entries.get(entry)
    if of is not None:
        if (one.write, one.want) != (of.write, of.want):
            yield "what was sent in it is not what was sealed"
        yield from against.became(one, said.fates.get(entry))
