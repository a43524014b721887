"""What a hospital's server holds by our identifiers, asked for afresh: the reading half of `hospital verify`.

Nothing here is shared with the push path but the HTTP client. Where the server cannot be searched by identifier it is
read by id and per patient, and what cannot be known in that way is said.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fhir_profiles.fhir_json import Document
from integration import errors
from integration.hospital import searching
from integration.hospital.capability import Capability, TypeCapability
from integration.hospital.client import Answer, Fault, HospitalClient, Request
from mappings.identity import Base

AT_A_TIME = 40
_FRESH = ("cache-control", "no-cache")
_A_PAGE = "100"
_OK = 200
_NOT_THERE = (404, 410)
_AUTH = {401: "IF-AUTH-05", 403: "IF-AUTH-06"}

Told = Callable[[int], None]
"""Told how many resources were read, for a progress bar."""


def nobody(_number: int) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Desk:
    """Where the hospital is asked; counts its requests and collects what cannot be known."""

    client: HospitalClient
    capability: Capability
    base: Base
    told: Told = nobody
    requests: int = 0
    cannot_know: list[str] = field(default_factory=list)

    def can_search(self, resource_type: str) -> bool:
        """Whether the type can be searched by identifier, as far as the hospital declares."""
        return self._declared(resource_type).is_searchable

    def by_identifier(self, resource_type: str, identifiers: Sequence[str]) -> list[Document]:
        """Every copy that carries one of these identifiers (`system|value`)."""
        found: list[Document] = []
        for some in in_pieces(identifiers):
            asked = ",".join(escaped(identifier) for identifier in some)
            found.extend(self._search(resource_type, {"identifier": asked, "_count": _A_PAGE}))
        return found

    def by_system(self, resource_type: str, systems: Collection[str]) -> Iterator[Document]:
        """Every copy that carries any identifier of these systems: ours, whether we know of it or not."""
        asked = ",".join(f"{_escape(system)}|" for system in sorted(systems))
        return self._search(resource_type, {"identifier": asked, "_count": _A_PAGE})

    def can_ask_per_patient(self, resource_type: str) -> bool:
        """Whether the type can be searched by its patient."""
        declared = self._declared(resource_type)
        return "search-type" in declared.interactions and bool({"patient", "subject"} & declared.search_params)

    def of_patient(self, resource_type: str, remote_id: str) -> Iterator[Document]:
        """Every copy of this type that is about one of the hospital's Patients."""
        by_patient = "patient" in self._declared(resource_type).search_params
        name, value = ("patient", remote_id) if by_patient else ("subject", f"Patient/{remote_id}")
        return self._search(resource_type, {name: value, "_count": _A_PAGE})

    def by_id(self, resource_type: str, remote_id: str) -> Document | None:
        """The copy with this id; None when it is not there, or is deleted."""
        self.requests += 1
        answer = self.client.send(Request("GET", f"{resource_type}/{remote_id}", None, (_FRESH,)))
        if isinstance(answer, Answer) and answer.status in _NOT_THERE:
            return None
        document = _read(self.client.name, answer)
        if document.get("resourceType") != resource_type or document.get("id") != remote_id:
            says = "reading by id gave another resource than the one that was asked for"
            raise errors.RemoteError("IF-AUD-22", says, where=self.client.name)
        self.told(1)
        return document

    def _search(self, resource_type: str, params: dict[str, str]) -> Iterator[Document]:
        self.requests += 1
        for found in searching.search(self.client, resource_type, params):
            self.told(1)
            yield found

    def _declared(self, resource_type: str) -> TypeCapability:
        return self.capability.types.get(resource_type, TypeCapability())


def in_pieces(items: Sequence[str], size: int = AT_A_TIME) -> list[Sequence[str]]:
    """Cut a list so that no request grows beyond what servers take."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def escaped(identifier: str) -> str:
    """An identifier (`system|value`) as a search takes it: what separates values there is escaped."""
    system, _, value = identifier.partition("|")
    return f"{_escape(system)}|{_escape(value)}"


def our_identifiers(document: Document, base: Base) -> list[str]:
    """The identifiers of this clinic that a document carries, as `system|value`."""
    found = document.get("identifier")
    listed = found if isinstance(found, list) else [found]
    return [_token(i) for i in listed if isinstance(i, dict) and base.kind_of(str(i.get("system", ""))) is not None]


def _token(identifier: dict[str, Any]) -> str:
    return f"{identifier.get('system', '')}|{identifier.get('value', '')}"


def _escape(text: str) -> str:
    for sign in ("\\", "|", ",", "$"):
        text = text.replace(sign, "\\" + sign)
    return text


def _read(hospital: str, answer: Answer | Fault) -> Document:
    if isinstance(answer, Fault):
        raise answer.error(hospital)
    if answer.status != _OK:
        code = _AUTH.get(answer.status, "IF-AUD-21")
        raise errors.RemoteError(code, f"reading by id was answered with {answer.status}", where=hospital)
    return answer.json()
