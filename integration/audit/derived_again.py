"""What is made from the records alone is made again: no event speaks of it, and none needs to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from integration.store import findings, record_heads, records, stored
from integration.store.database import Connection
from integration.store.record_heads import Head, Key
from mappings import records as clinic_records
from mappings.findings import Finding

PAGE: Final = 500

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Differing:
    """A record of which something stored is not what the records give."""

    table: str
    key: Key
    says: str


def differing(conn: Connection, progress: Progress) -> Iterator[Differing]:
    """Findings, links between records, whose they are, and what is marked as test data; what is due is left out.

    The records themselves must have been found to be what was sealed.
    """
    total = sum(records.counts(conn).values())
    done, after = 0, None
    while heads := record_heads.page(conn, PAGE, after):
        after = heads[-1].key
        keys = [head.key for head in heads]
        there, links = findings.of_records(conn, keys), stored.links_of(conn, keys)
        known = records.StoreKnown(conn)
        found = known.load(keys)
        for head in heads:
            yield from _one(found[head.key], head, links.get(head.key, set()))
            if not head.due:
                yield from _findings(head, findings.found(conn, known, head, found[head.key]), there.get(head.key, []))
        done += len(heads)
        progress("findings", done, total)


def _one(record: clinic_records.Record, head: Head, links: set[Key]) -> Iterator[Differing]:
    if {link for link in clinic_records.links(record) if link[0] in record_heads.LINKED} != links:
        yield Differing("record_link", head.key, "what it is linked with is not what it says itself")
    patient = clinic_records.patient_of(record)
    if patient is not None and head.patient != patient:
        yield Differing("record_head", head.key, "whose it is, is not what it says itself")
    if head.test is not record.test:
        yield Differing("record_head", head.key, "whether it is test data is not what it says itself")


def _findings(head: Head, made: list[Finding], there: list[Finding]) -> Iterator[Differing]:
    if made != there:
        yield Differing("finding", head.key, "its findings are not those that the records give")
