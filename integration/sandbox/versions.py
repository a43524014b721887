"""What a pretend hospital has stored: every version of every resource, in memory, in the order of the commits.

A document is kept as it is served: parsed, and as bytes with each number's written digits. Any number of commits can be
undone to a mark, which is what makes a transaction all or nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fhir_profiles import fhir_json, terminology
from fhir_profiles.fhir_json import Document
from integration import moments

_HTEST = terminology.TEST_DATA.coding()


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one resource; a tombstone, the version that a delete makes, has no document.

    `received` is the document as the client sent it, before the hospital rewrote anything.
    """

    type: str
    id: str
    number: int
    order: int  # of all commits of the hospital
    at: float
    last_updated: str
    method: str
    document: Document | None
    body: bytes
    received: Document | None

    @property
    def deleted(self) -> bool:
        """Whether this is a tombstone."""
        return self.document is None

    @property
    def reference(self) -> str:
        """The resource as a relative reference."""
        return f"{self.type}/{self.id}"


class Store:
    """The hospital's memory; `commits` is all that ever happened in it, oldest first."""

    def __init__(self, *, versions: bool = True, test_label: bool = True) -> None:
        self.commits: list[Version] = []
        self._types: dict[str, dict[str, list[Version]]] = {}
        self._versions = versions
        self._test_label = test_label

    def read(self, resource_type: str, resource_id: str) -> Version | None:
        """The newest version, be it a tombstone; None when there never was one."""
        of_type = self._types.get(resource_type)
        found = None if of_type is None else of_type.get(resource_id)
        return None if found is None else found[-1]

    def live(self, resource_type: str, resource_id: str) -> Document | None:
        """The document as it stands; None when it is deleted or never was."""
        newest = self.read(resource_type, resource_id)
        return None if newest is None else newest.document

    def versions(self, resource_type: str, resource_id: str) -> list[Version]:
        """All versions, oldest first."""
        return list(self._types.get(resource_type, {}).get(resource_id, ()))

    def vread(self, resource_type: str, resource_id: str, number: int) -> Version | None:
        """One version by its number."""
        found = self._types.get(resource_type, {}).get(resource_id, [])
        return next((version for version in found if version.number == number), None)

    def types(self) -> list[str]:
        """The types of which something is, or was, stored."""
        return sorted(self._types)

    def of_type(self, resource_type: str) -> Iterator[Version]:
        """The newest version of each resource of a type that is not deleted, in the order of their making."""
        for versions in list(self._types.get(resource_type, {}).values()):
            if versions[-1].document is not None:
                yield versions[-1]

    def everything(self) -> Iterator[Version]:
        """The same of all types."""
        for resource_type in self.types():
            yield from self.of_type(resource_type)

    def put(
        self, resource_type: str, resource_id: str, document: Document, at: float, method: str, received: Document
    ) -> Version:
        """Commit a new version of a resource."""
        number, order, written = self._next(resource_type, resource_id, at)
        kept = self._dressed(resource_type, resource_id, number, document, written)
        body = fhir_json.encode(kept)
        version = Version(resource_type, resource_id, number, order, at, written, method, kept, body, received)
        return self._append(version)

    def delete(self, resource_type: str, resource_id: str, at: float) -> Version:
        """Commit a tombstone."""
        number, order, written = self._next(resource_type, resource_id, at)
        version = Version(resource_type, resource_id, number, order, at, written, "DELETE", None, b"", None)
        return self._append(version)

    def is_same(self, newest: Version, document: Document) -> bool:
        """Whether storing a document would change nothing but version and time."""
        if newest.document is None:
            return False
        dressed = self._dressed(newest.type, newest.id, newest.number, document, newest.last_updated)
        if dressed != newest.document:  # the usual case, at a fraction of the cost of writing both
            return False
        return fhir_json.sorted_json(dressed) == fhir_json.sorted_json(newest.document)  # 72.5 is not 72.50

    def mark(self) -> int:
        """Where the commits stand, for `undo_to`."""
        return len(self.commits)

    def undo_to(self, mark: int) -> list[Version]:
        """Undo every commit since a mark, newest first, as if it had never been; gives what was undone."""
        undone = self.commits[mark:][::-1]
        del self.commits[mark:]
        for version in undone:
            of_type = self._types[version.type]
            of_type[version.id].pop()
            if not of_type[version.id]:
                del of_type[version.id]
            if not of_type:
                del self._types[version.type]
        return undone

    def _next(self, resource_type: str, resource_id: str, at: float) -> tuple[int, int, str]:
        found = self._types.get(resource_type, {}).get(resource_id)
        return (found[-1].number + 1 if found else 1), len(self.commits), moments.utc(at)

    def _append(self, version: Version) -> Version:
        self._types.setdefault(version.type, {}).setdefault(version.id, []).append(version)
        self.commits.append(version)
        return version

    def _dressed(self, resource_type: str, resource_id: str, number: int, document: Document, written: str) -> Document:
        """The document with its id and the server's part of meta, in FHIR's order of elements."""
        sent = document.get("meta")
        meta: dict[str, Any] = {"versionId": str(number), "lastUpdated": written}
        if not self._versions:
            del meta["versionId"]
        if isinstance(sent, dict):
            meta |= {key: value for key, value in sent.items() if key not in {"versionId", "lastUpdated"}}
        if self._test_label:
            meta["security"] = _labelled(meta.get("security"))
        rest = {key: value for key, value in document.items() if key not in {"resourceType", "id", "meta"}}
        return {"resourceType": resource_type, "id": resource_id, "meta": meta, **rest}


def _labelled(security: Any) -> list[Any]:
    labels = security if isinstance(security, list) else []
    if any(isinstance(one, dict) and one.get("code") == _HTEST["code"] for one in labels):
        return labels
    return [*labels, _HTEST]
