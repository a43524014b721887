"""The questions that the pretend hospital asks of a character: what it takes, what it honours, how it speaks.

Every switch has the value that R4 allows and expects; a character changes what its hospital does otherwise.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol

from fhir_profiles.fhir_json import Document
from integration.sandbox.refusing import Refusal
from integration.sandbox.versions import Store


class Interaction(StrEnum):
    """What may be asked, of a type or (with an empty type) of the whole server; spelled as FHIR spells it."""

    READ = "read"
    VREAD = "vread"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    SEARCH = "search-type"
    HISTORY = "history-instance"
    HISTORY_TYPE = "history-type"
    HISTORY_SYSTEM = "history-system"
    BATCH = "batch"
    TRANSACTION = "transaction"
    MATCH = "$match"
    EVERYTHING = "$everything"
    EXPORT = "$export"


class Race(StrEnum):
    """Which writes overlapped: another one was committed after this one had begun."""

    UPDATE = "update"
    CONDITIONAL_CREATE = "conditional create"
    CONDITIONAL_UPDATE = "conditional update"
    THIRD_CONDITIONAL_UPDATE = "third conditional update"  # what one has made another has found already
    REFERENCE = "reference"  # to what another one deletes


class RaceEnd(StrEnum):
    """How an overlap ends for the later write."""

    ORDERLY = "orderly"  # as if it had come after the other
    CONFLICT = "conflict"  # 409
    BLIND = "blind"  # it does not see the other: a second one is made, or a reference leads nowhere


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which conditions a hospital honours; what it does not honour it overlooks, without a word."""

    if_none_exist: bool = True
    if_match: bool = True
    if_match_required: bool = False  # an update without it is refused
    if_match_on_missing: bool = True  # If-Match on something that is not there is refused (HAPI overlooks it)
    if_match_on_delete: bool = True
    if_match_on_search: bool = True  # of a conditional update
    if_none_match: bool = True  # of a read: 304
    create_only: bool = True  # If-None-Match: * of a PUT
    conditional_update: bool = True
    conditional_delete: Literal["no", "single", "multiple"] = "single"
    search_id: bool = True  # the id in a conditional update's resource counts
    must_hold: bool = False  # what a condition makes, or changes, must answer to that condition
    lone_references: bool = False  # conditional references are looked up outside transactions too
    update_create: bool = True  # a PUT to an id that is not there makes it


@dataclass(frozen=True, slots=True)
class Keeping:
    """How a hospital keeps what it takes."""

    versions: bool = True  # False: no versionId, no history, no vread, no ETag
    identical_makes_version: bool = False  # an update that changes nothing makes a version all the same
    test_label: bool = True  # every resource gets the security label HTEST
    checks_references: bool = False  # a reference to what is not there is refused
    relative_references: bool = False  # an absolute reference to the hospital's own address becomes relative
    guards_deletes: bool = False  # what others refer to cannot be deleted


@dataclass(frozen=True, slots=True)
class Bundles:
    """How a hospital treats Bundles."""

    cap: int = 5_000  # entries
    parsed_whole: bool = False  # one entry that the parser cannot read fails a whole batch
    same_identity: Literal["refuse", "merge", "merge named"] = "refuse"  # one transaction, entries with one condition
    entries: Literal["whole", "spare"] = "whole"  # spare: no resource, no full URL, a time only of what is new
    code: str = ""  # the issue code of what a batch refuses
    outcomes: bool = False  # an OperationOutcome in the answer of each entry that succeeded


@dataclass(frozen=True, slots=True)
class Searching:
    """How a hospital searches."""

    lag: float = 0.0  # seconds until a commit can be found; reading by id sees it at once
    cache: float = 0.0  # seconds that an identical search is answered with the same hits, unless `no-cache` is said
    page: int = 20
    page_cap: int = 100
    page_life: float = 600.0
    total: Literal["always", "one page", "never"] = "always"
    first_look: int = 0  # hits that are looked up at once: so many are counted even where one page is smaller
    unknown_parameter: Literal["refuse", "ignore"] = "refuse"
    handling: bool = True  # Prefer: handling=… is honoured
    includes: bool = True


@dataclass(frozen=True, slots=True)
class Answering:
    """How a hospital answers what it has done."""

    returns: Literal["representation", "minimal", "OperationOutcome"] = "representation"
    prefer: bool = True  # Prefer: return=… is honoured
    prefer_in_bundles: bool = True
    location_of_updates: bool = True  # False: only a POST is told where the resource is
    content_location: bool = False  # Content-Location names the version, of reads too
    told_of_deletes: bool = True  # ETag and Last-Modified of a delete's version, a warning where nothing was there
    told_of_unchanged: bool = True  # the same in a 304
    body_cap: int = 20_000_000
    export_seconds: float = 1.0
    hook_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many requests in so many seconds, else 429."""

    requests: int
    seconds: float
    retry_after: bool = True


@dataclass(frozen=True, slots=True)
class Client:
    """A client registered for SMART Backend Services: its public keys as a JWKS lists them, and its scopes."""

    id: str
    keys: tuple[Mapping[str, Any], ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come in; without it everybody may."""

    clients: tuple[Client, ...] = ()
    token_seconds: int = 300
    token_path: str = "auth/token"  # noqa: S105  an address, relative to the FHIR base
    passwords: tuple[tuple[str, str], ...] = ()  # HTTP Basic, user and password
    tokens: tuple[str, ...] = ()  # bearer tokens that always work


class Manners(Protocol):
    """What the pretend hospital asks; a character answers from its file."""

    @property
    def name(self) -> str:
        """What the hospital is called."""

    @property
    def conditions(self) -> Conditions:
        """Which conditions it honours."""

    @property
    def keeping(self) -> Keeping:
        """How it keeps what it takes."""

    @property
    def bundles(self) -> Bundles:
        """How it treats Bundles."""

    @property
    def searching(self) -> Searching:
        """How it searches."""

    @property
    def answering(self) -> Answering:
        """How it answers."""

    @property
    def rate(self) -> Rate | None:
        """How many requests it bears."""

    @property
    def access(self) -> Access | None:
        """Who may come in."""

    def takes(self, resource_type: str, interaction: str) -> bool:
        """Whether it offers an interaction on a type; the type is empty for what concerns the whole server."""

    def search_parameters(self, resource_type: str) -> frozenset[str] | None:
        """The names of the search parameters that it takes for a type; None: all of R4 that are known here.

        `_id`, `_lastUpdated`, `_tag`, `_security` and `_profile` are among them or not taken; what only says how to
        answer (`_count`, `_sort`, `_include`, `_summary`, `_total` …) is not asked about.
        """

    def judge(self, resource_type: str, document: Document, store: Store) -> Document | Refusal:
        """Look at what is to be stored: give it as the hospital keeps it (rewritten or not), or refuse it.

        The document of an update has its id, that of a create has none. It must not be changed: give another.
        """

    def word(self, refusal: Refusal) -> Refusal:
        """Say any refusal in the hospital's own way: status, codes, texts, headers."""

    def race(self, race: Race, rng: random.Random) -> RaceEnd:
        """How an overlap of two writes ends for the later one."""

    def new_id(self, resource_type: str, number: int, rng: random.Random) -> str:
        """The id of a new resource; `number` counts the commits of this hospital."""

    def etag(self, version: int, *, in_bundle: bool) -> str | None:
        """The ETag of a version, None where the hospital gives none."""

    def location(self, base_url: str, resource_type: str, resource_id: str, version: int, *, in_bundle: bool) -> str:
        """The Location of what was made or changed; empty where the hospital gives none."""

    def capability(self, base_url: str) -> Document:
        """What it declares at `/metadata`."""

    def smart_configuration(self, base_url: str) -> Document | None:
        """What it declares at `.well-known/smart-configuration`."""

    def residents(self) -> Iterable[Document]:
        """The Patients, Practitioners, Encounters … that are there from the beginning, each with its id."""
