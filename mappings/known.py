"""The other records that a map may ask for: a session's plan, a reading's session."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from mappings import records


class Known(Protocol):
    """Where maps and findings look up other records of the clinic."""

    def get(self, kind: str, id: str) -> Any | None:  # noqa: A002 - the record's id
        """Give the current version of a record, or None when the clinic never sent it."""

    def observations_of(self, visit: str) -> Sequence[Any]:
        """Give the observations taken at a visit, which is written as in the records: `session/S-1`."""


class InMemory:
    """Records held in memory, for `map` and for tests; of several versions of a record the newest counts."""

    def __init__(self, found: Iterable[records.Record]) -> None:
        self._records: dict[tuple[str, str], records.Record] = {}
        for record in found:
            held = self._records.get((record.kind, record.id))
            if held is None or held.updated_at.at <= record.updated_at.at:
                self._records[record.kind, record.id] = record
        self._at_visit: dict[str, list[records.Record]] = {}
        for record in self._records.values():
            visit = getattr(record, "visit", None)
            if isinstance(visit, str):
                self._at_visit.setdefault(visit, []).append(record)

    def get(self, kind: str, id: str) -> records.Record | None:  # noqa: A002 - the record's id
        """Give the newest version of a record, or None."""
        return self._records.get((kind, id))

    def observations_of(self, visit: str) -> Sequence[records.Record]:
        """Give the observations taken at a visit such as `session/S-1`."""
        return self._at_visit.get(visit, ())

    def __iter__(self) -> Iterator[records.Record]:
        """Go through the newest version of each record, in the order in which they first came."""
        return iter(self._records.values())
