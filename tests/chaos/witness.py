"""What the hospital's own journal proves of a push, judged by hand: nothing here knows of ledger or delivery.

`Made` is what the clinic made, in order; `commits` is what the hospital committed, in order, each with the identifiers
and the text as they were received. `wrongs` compares the two: no record is created twice, no older version comes after
a newer one, and nothing is there that was never made.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fhir_profiles.fhir_json import Document
from integration.sandbox.machine import STAFF
from integration.sandbox.testing import PretendHospital

Record = tuple[str, str]
"""A resource type, and one of the clinic's identifiers as `system|value`: the logical record, wherever it stands."""

Says = tuple[str, tuple[Decimal, ...]]
"""What sets versions of a record apart: the status, and every measured value."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of the hospital's that a client asked for; `entry` is the number of its journal entry."""

    entry: int
    type: str
    id: str
    version: int
    how: str
    identifiers: tuple[str, ...]
    says: Says

    @property
    def place(self) -> str:
        """Where it stands at the hospital."""
        return f"{self.type}/{self.id}"


@dataclass(slots=True)
class Made:
    """The versions of each record, oldest first, as the clinic made them."""

    base: str
    versions: dict[Record, list[Says]] = field(default_factory=dict)
    keys: dict[Record, tuple[str, str]] = field(default_factory=dict)  # type and id of the clinic's own document

    def add(self, documents: Iterable[Document]) -> None:
        """Note what was made now."""
        for document in documents:
            (ours,) = self.ours(identifiers_of(document))
            record = (document["resourceType"], ours)
            self.keys[record] = (document["resourceType"], document["id"])
            known = self.versions.setdefault(record, [])
            if not known or known[-1] != says(document):
                known.append(says(document))

    def ours(self, identifiers: Iterable[str]) -> list[str]:
        """Those of some identifiers that are the clinic's."""
        return [one for one in identifiers if one.startswith(self.base)]


def commits(there: PretendHospital) -> list[Commit]:
    """Read the journal: all that was committed for clients, in order."""
    return [
        Commit(entry.number, one.type, one.id, one.version, one.how, one.identifiers, _received(there, one))
        for entry in there.journal
        if entry.method != STAFF
        for one in entry.committed
    ]


def _received(there: PretendHospital, one: Any) -> Says:
    """What was sent, before the hospital rewrote anything."""
    (version,) = (v for v in there.running.versions(one.type, one.id) if v.number == one.version)
    return says(version.received or {})


def wrongs(found: Iterable[Commit], made: Made) -> list[str]:
    """Everything that must not be, in words; empty when all is well."""
    said: list[str] = []
    places: dict[Record, str] = {}
    reached: dict[str, int] = {}
    for commit in found:
        ours = made.ours(commit.identifiers)
        if len(ours) != 1 or (commit.type, ours[0]) not in made.versions:
            said.append(f"{_at(commit)}: nobody made this: {commit.how} with {commit.identifiers}")
            continue
        record = (commit.type, ours[0])
        if places.setdefault(record, commit.place) != commit.place:
            said.append(f"{_at(commit)}: {ours[0]} was created twice, first as {places[record]}")
        if commit.how == "DELETE":
            said.append(f"{_at(commit)}: {ours[0]} was deleted")
        said.extend(_order(commit, made.versions[record], reached))
    return said


def _order(commit: Commit, versions: list[Says], reached: dict[str, int]) -> Iterator[str]:
    """Whether this version was made, and no earlier than the one that the place had before."""
    if commit.says not in versions:
        yield f"{_at(commit)}: a version that was never made: {commit.says}"
        return
    newest = reached.get(commit.place, 0)
    if commit.says in versions[newest:]:
        reached[commit.place] = versions.index(commit.says, newest)
    else:
        yield f"{_at(commit)}: version {versions.index(commit.says) + 1} of the clinic's over version {newest + 1}"


def standing(found: Iterable[Commit], made: Made) -> dict[Record, Says]:
    """What the hospital was last given of each record."""
    return {(commit.type, ours): commit.says for commit in found for ours in made.ours(commit.identifiers)}


def behind(there: Mapping[Record, Says], made: Made) -> set[Record]:
    """The records of which the hospital has another version than the newest."""
    return {record for record, last in there.items() if made.versions[record][-1] != last}


def identifiers_of(document: Document) -> tuple[str, ...]:
    """The identifiers of a document, each as `system|value`."""
    return tuple(f"{one['system']}|{one['value']}" for one in document["identifier"])


def says(document: Document) -> Says:
    """The status of a document and every value that was measured."""
    parts = [document, *document.get("component", [])]
    values = [Decimal(part["valueQuantity"]["value"]) for part in parts if "valueQuantity" in part]
    return document.get("status", ""), tuple(values)


def _at(commit: Commit) -> str:
    return f"entry {commit.entry}, {commit.place} version {commit.version}"
