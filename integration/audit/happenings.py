"""The events about some records and documents, and what they say of those alone."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from integration.audit.stated import Stated
from integration.store import deliveries
from integration.store.database import Connection
from integration.store.record_heads import Key

_QUOTED: Final = re.compile(rb'"([A-Za-z0-9.\-]{1,64})"')
_RECORD: Final = slice(4, 6)  # of an entry of documents.made: the record that gave the document


@dataclass(frozen=True, slots=True)
class Happening:
    """One event about these records; what it says of others is left out. `sealed` is its place in the chain."""

    seq: int
    at: float
    kind: str
    actor: str
    hospital: str | None
    says: dict[str, Any]
    hash: str
    sealed: int | None


def about(conn: Connection, names: set[Key], patients: set[str]) -> tuple[tuple[Happening, ...], Stated]:
    """The events about these records or documents, oldest first, and what they state of them."""
    said = Stated(names.__contains__, to_attempts=lambda _: False, with_documents=True)
    return tuple(_happenings(conn, names, patients, said)), said


def _happenings(conn: Connection, names: set[Key], patients: set[str], said: Stated) -> Iterator[Happening]:
    ids = {name[1].encode() for name in names} | {patient.encode() for patient in patients}
    for event, sealed in deliveries.happenings(conn):
        own = (event.record_kind, event.record_id) in names
        if own or not ids.isdisjoint(_QUOTED.findall(event.body)):
            body = _read(event.body)
            if own or _names_any(body, names):
                said.hear(event)
                says = _only_about(body, names)
                yield Happening(event.seq, event.at, event.kind, event.actor, event.hospital, says, event.hash, sealed)


def _read(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        return {}  # somebody edited it: `audit verify` tells which
    return read if isinstance(read, dict) else {}


def _names_any(body: dict[str, Any], names: set[Key]) -> bool:
    lists = (value for value in body.values() if isinstance(value, list))
    return any(_is_of(item, names) for items in lists for item in items)


def _only_about(body: dict[str, Any], names: set[Key]) -> dict[str, Any]:
    """What an event says, without the entries about other records and documents."""
    return {
        key: [item for item in value if _is_of(item, names)] if isinstance(value, list) else value
        for key, value in body.items()
    }


def _is_of(item: Any, names: set[Key]) -> bool:
    return isinstance(item, list) and (tuple(item[:2]) in names or tuple(item[_RECORD]) in names)
