"""The hospital's search index: what can be found, and from when on.

A commit may be read by id at once and found only later: what waits for that stands in a queue until its time. Tokens,
references and URIs have postings (a key leads to its resources); all other parameters are compared row by row.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fhir_profiles.fhir_json import Document
from integration.sandbox import search_params, terms
from integration.sandbox.search_params import Kind
from integration.sandbox.versions import Version

_POSTED: Final = frozenset({Kind.TOKEN, Kind.REFERENCE, Kind.URI})
Posting = dict[str, None]
"""Ids of resources, in the order in which they were indexed."""

_NOTHING: Final[Posting] = {}


@dataclass(frozen=True, slots=True)
class Row:
    """One resource as searches see it; `place` is its relative reference, ready to be written."""

    version: Version
    terms: terms.Terms
    place: bytes


def row_of(version: Version, document: Document, base_url: str) -> Row:
    """A version as searches see it."""
    return Row(version, terms.of(document, base_url), version.reference.encode())


def is_posted(kind: Kind) -> bool:
    """Whether parameters of this kind have postings."""
    return kind in _POSTED


class Index:
    """All rows and postings, and the queue of what cannot be found yet."""

    def __init__(self, base_url: str, lag: float) -> None:
        self._base_url = base_url
        self._lag = lag
        self._rows: dict[str, dict[str, Row]] = {}
        self._postings: dict[tuple[str, str], dict[str, Posting]] = {}
        self._due: deque[tuple[float, Version]] = deque()

    def committed(self, version: Version) -> None:
        """Take a new version in, now or when its time has come."""
        if self._lag > 0:
            self._due.append((version.at + self._lag, version))
        else:
            self.show(version)

    def undone(self, version: Version, before: Version | None) -> None:
        """Forget the version that was taken in last; `before` is the one before it."""
        if self._due and self._due[-1][1] is version:
            self._due.pop()
        elif before is None:
            self._hide(version.type, version.id)
        else:
            self.show(before)

    def reveal(self, now: float) -> None:
        """Let everything be found whose time has come."""
        while self._due and self._due[0][0] <= now:
            self.show(self._due.popleft()[1])

    def next_reveal(self) -> float | None:
        """When the next one becomes findable."""
        return self._due[0][0] if self._due else None

    def show(self, version: Version) -> None:
        """Let one version be found from now on, in the place of the one before."""
        if version.document is None:
            self._hide(version.type, version.id)
            return
        of_type = self._rows.setdefault(version.type, {})
        old = of_type.get(version.id)
        row = row_of(version, version.document, self._base_url)
        of_type[version.id] = row
        self._post(row, {} if old is None else old.terms)

    def row(self, resource_type: str, resource_id: str) -> Row | None:
        """One resource, if it can be found."""
        of_type = self._rows.get(resource_type)
        return None if of_type is None else of_type.get(resource_id)

    def rows(self, resource_type: str) -> Mapping[str, Row]:
        """All that can be found of a type, by id."""
        return self._rows.get(resource_type, {})

    def types(self) -> Iterator[str]:
        """The types of which something can be found."""
        return (name for name, rows in self._rows.items() if rows)

    def posting(self, resource_type: str, param: str, key: str) -> Posting:
        """The resources that have a key."""
        return self._postings.get((resource_type, param), {}).get(key, _NOTHING)

    def _hide(self, resource_type: str, resource_id: str) -> None:
        old = self._rows.get(resource_type, {}).pop(resource_id, None)
        if old is not None:
            self._unpost(old, old.terms, {})

    def _post(self, row: Row, before: terms.Terms) -> None:
        version = row.version
        params = search_params.of_type(version.type)
        if before:
            self._unpost(row, before, row.terms)
        for name, keys in row.terms.items():
            if params[name].kind in _POSTED:
                postings = self._postings.setdefault((version.type, name), {})
                for key in keys:
                    postings.setdefault(key, {})[version.id] = None

    def _unpost(self, row: Row, before: terms.Terms, after: terms.Terms) -> None:
        version = row.version
        params = search_params.of_type(version.type)
        for name, keys in before.items():
            if params[name].kind in _POSTED:
                postings = self._postings[version.type, name]
                for key in set(keys).difference(after.get(name, ())):
                    postings[key].pop(version.id, None)
                    if not postings[key]:
                        del postings[key]
