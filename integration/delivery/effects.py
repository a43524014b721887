"""What drain asks for, and what it is told: the words between the protocol and whoever runs it.

`drain` does nothing itself. It yields one of these effects, is fed the answer, and goes on. A thread of `push` runs
them for real; a test, or a simulator on virtual time, runs them by hand and may stop at any of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from fhir_profiles.fhir_json import Document
from integration.hospital.messages import Request
from integration.store.rows import Key, Row, Write


class Referent(msgspec.Struct, frozen=True):
    """Something that a row refers to, as it stands at the hospital."""

    remote_id: str | None
    held: bool
    dismissed: bool


@dataclass(frozen=True, slots=True)
class View:
    """A lane as drain finds it: the rows that are not at rest, what they refer to, and the counter of changes."""

    rows: tuple[Row, ...]
    needs: Mapping[Key, tuple[Key, ...]]
    referents: Mapping[Key, Referent]
    changes: int
    left_out: Mapping[str, str] = field(default_factory=dict)  # by the digest that is wanted: why it is not sent
    unsure: frozenset[Key] = frozenset()  # may be there by an earlier attempt that nobody could look up


@dataclass(frozen=True, slots=True)
class Load:
    """Read the lane. Answer: a View, or None when the lane is no longer ours."""


@dataclass(frozen=True, slots=True)
class WriteAhead:
    """Commit an attempt for these rows before anything is sent. Answer: Attempt, or a Refusal."""

    rows: tuple[Row, ...]
    bundle: str
    copies: Mapping[Key, Document]  # the hospital's own copies, to write onto


class Refusal(StrEnum):
    """Why nothing was written ahead."""

    LOST = "the lane is no longer ours"
    CHANGED = "a row is not what it was: read the lane again"


class Planned(msgspec.Struct, frozen=True):
    """One entry of a request that was written ahead."""

    key: Key
    write: Write
    want: str
    remote_id: str | None
    version_before: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request whose attempt is committed; its last byte must be handed over by `ends` (boot clock)."""

    number: int
    bundle: str
    request: Request
    entries: tuple[Planned, ...]
    begin: float
    ends: float


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request. Answer: Answer or Fault of the hospital's client. `ends` is None for reads."""

    request: Request
    ends: float | None = None


class Purpose(StrEnum):
    """Why the hospital was asked what it holds."""

    OPEN = "an open attempt"
    BEFORE_POST = "before the first POST"
    BEFORE_UPDATE = "before an update"


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What a look-up of one row found. Answer: the row as it is now, or None when the lane is no longer ours."""

    row: Row
    purpose: Purpose
    hits: tuple[Document, ...]
    final: bool


@dataclass(frozen=True, slots=True)
class Blind:
    """An attempt, open or over, that cannot be looked up: no search by identifier there. Answer as LookedUp."""

    row: Row


@dataclass(frozen=True, slots=True)
class NoUpdates:
    """A row that wants an update where none are taken. Answer as LookedUp."""

    row: Row


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A row of a type, or with a content, that does not go to this hospital. Answer as LookedUp."""

    row: Row
    why: str


@dataclass(frozen=True, slots=True)
class EndpointTrouble:
    """A read met a fault of the endpoint. Answer: None."""

    retry_after: float | None
    says: str
    odd: bool = False


@dataclass(frozen=True, slots=True)
class StopAll:
    """A read got an answer after which nothing more may be sent. Answer: None."""

    scope: str  # "hospital" or a resource type
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Why drain ended: `due_at` is when the lane should be looked at next (None: when something changes)."""

    lost: bool = False
    due_at: float | None = None
    tries: int = 0
    seen: int = 0
    stopped: bool = False
