"""Findings are found again from the records: no event speaks of them, and none needs to."""

from collections.abc import Callable, Iterator
from typing import Final

from integration.store import findings, records
from integration.store.database import Connection
from integration.store.record_heads import Head, Key, page
from mappings.findings import Finding

PAGE: Final = 500

Progress = Callable[[str, int, int], None]


def differing(conn: Connection, progress: Progress) -> Iterator[Key]:
    """The records whose stored findings are not those that the records give; those still to be looked at are left out.

    The records themselves must have been found to be what was sealed.
    """
    total = sum(records.counts(conn).values())
    done, after = 0, None
    while heads := page(conn, PAGE, after):
        after = heads[-1].key
        there = findings.of_records(conn, [head.key for head in heads])
        known = records.StoreKnown(conn)
        known.load(head.key for head in heads)
        for head in heads:
            yield from _one(conn, known, head, there.get(head.key, []))
        done += len(heads)
        progress("findings", done, total)


def _one(conn: Connection, known: records.StoreKnown, head: Head, there: list[Finding]) -> Iterator[Key]:
    record = known.get(*head.key)
    if record is not None and not head.due and findings.found(conn, known, head, record) != there:
        yield head.key
