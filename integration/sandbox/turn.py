"""One request at a time: the hospital as it stands (`House`), and the request that is being worked on (`Turn`)."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fhir_profiles import fhir_json
from fhir_profiles.fhir_json import Document
from integration.sandbox import journal, resource_types, scopes
from integration.sandbox.exchange import Request
from integration.sandbox.export_jobs import Job
from integration.sandbox.manners import Manners
from integration.sandbox.refusing import Reason, refused
from integration.sandbox.search_index import Index
from integration.sandbox.snapshots import Snapshots
from integration.sandbox.versions import Store, Version

_TRIES: Final = 10_000


class House:
    """All that a hospital's server has in its memory, but for hooks and tokens."""

    def __init__(self, manners: Manners, base_url: str) -> None:
        self.manners = manners
        self.base_url = base_url.rstrip("/")
        self.base = fhir_json.encode(self.base_url)[1:-1]  # as it stands inside a JSON text
        keeping = manners.keeping
        self.store = Store(versions=keeping.versions, test_label=keeping.test_label)
        self.index = Index(self.base_url, manners.searching.lag)
        self.pages = Snapshots(manners.searching.page_life)
        self.searches: dict[str, tuple[float, list[str]]] = {}  # by what was asked: until when, and the ids found
        self.jobs: dict[str, Job] = {}  # bulk exports
        self.given = 0  # ids given so far
        self.met: set[str] = set()  # what conditional updates have found


@dataclass(slots=True)
class Turn:
    """One request being worked on; commits go through it, so that they can be undone and told to the journal."""

    house: House
    now: float
    began: float
    rng: random.Random
    scopes: tuple[str, ...] | None = None  # what the client's token allows; None: everything
    committed: list[Version] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    in_bundle: bool = False
    first_order: int = 0

    def __post_init__(self) -> None:
        self.first_order = len(self.house.store.commits)

    def put(self, resource_type: str, resource_id: str, document: Document, method: str, received: Document) -> Version:
        """Commit a document."""
        version = self.house.store.put(resource_type, resource_id, document, self.now, method, received)
        return self._committed(version)

    def delete(self, resource_type: str, resource_id: str) -> Version:
        """Commit a tombstone."""
        return self._committed(self.house.store.delete(resource_type, resource_id, self.now))

    def undo_to(self, mark: int) -> None:
        """Undo all commits since a mark of the store."""
        store = self.house.store
        for version in store.undo_to(mark):
            self.committed.pop()
            self.house.index.undone(version, store.read(version.type, version.id))

    def overlaps(self, version: Version) -> bool:
        """Whether a version was committed by another request after this one had begun."""
        return version.at > self.began and version.order < self.first_order

    def may_see(self, resource_type: str) -> bool:
        """Whether the client's scopes let it read resources of a type."""
        return self.scopes is None or scopes.covers(self.scopes, resource_type, "r")

    def new_id(self, resource_type: str) -> str:
        """The id of a new resource."""
        house = self.house
        for _ in range(_TRIES):
            house.given += 1
            new = house.manners.new_id(resource_type, house.given, self.rng)
            if house.store.read(resource_type, new) is None:
                return new
        raise RuntimeError("the character gives no new ids")

    def _committed(self, version: Version) -> Version:
        self.committed.append(version)
        self.house.index.committed(version)
        return version


@dataclass(slots=True)
class Call:
    """What is asked: a request, or an entry of a Bundle as if it had come alone."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    sent: Document | None = None  # the body where it is known already

    @classmethod
    def of(cls, request: Request) -> "Call":
        """A request as it came."""
        return cls(request.method.upper(), request.path.strip("/"), request.query, request.headers, request.body)

    def document(self, turn: Turn) -> Document:
        """The resource in the body; anything else is refused."""
        if self.sent is None:
            self.sent = resource_in(self.body, turn.house.manners.answering.body_cap)
            turn.received.extend(journal.identifiers(self.sent))
        return self.sent


def resource_in(body: bytes, cap: int) -> Document:
    """Read a resource; what is none is refused without repeating any of it."""
    if len(body) > cap:
        raise refused(Reason.TOO_LARGE, f"the body has more than {cap} bytes")
    if not body.strip():
        raise refused(Reason.EMPTY, "the request has no body")
    try:
        found: Any = fhir_json.loads(body)
    except fhir_json.JsonError as wrong:
        says = f"the body is not exact JSON (line {wrong.line}, column {wrong.column})"
        raise refused(Reason.MALFORMED, says) from None
    if not isinstance(found, dict) or not isinstance(found.get("resourceType"), str):
        raise refused(Reason.MALFORMED, "the body is JSON, but no FHIR resource")
    return found


def require_type(resource_type: str) -> None:
    """Refuse what is no type of resource of R4."""
    if resource_type not in resource_types.ALL:
        raise refused(Reason.UNKNOWN_TYPE, "this server knows no such type of resource")
