"""What a row of the ledger says, as values: no SQL here.

Rows are msgspec's structs, as are the other values of which a push makes several for each resource: they are frozen
as dataclasses are, and are made and changed in a fraction of the time.
"""

from enum import StrEnum

import msgspec

Key = tuple[str, str]
"""(resource type, our logical id)."""


class State(StrEnum):
    """How far a hospital is from what it should hold (architecture.md, "Row states")."""

    CLEAN = "clean"
    DIRTY = "dirty"
    UNKNOWN = "unknown"
    PARKED = "parked"
    HELD = "held"
    DISMISSED = "dismissed"


class Write(StrEnum):
    """The ways of the write ladder, and the way of every later write."""

    PUT = "put"
    CREATE = "create"
    CONDITIONAL_PUT = "conditional-put"
    POST = "post"
    UPDATE = "update"


RUNGS = {1: Write.PUT, 2: Write.CREATE, 3: Write.CONDITIONAL_PUT, 4: Write.POST}


class Open(msgspec.Struct, frozen=True):
    """An attempt of this row whose fate is not known."""

    attempt: int
    position: int
    write: Write
    want: str
    begin: float
    looks: int
    sure: bool
    free: bool
    named: str | None  # the id that the answer named, where it named one


class Row(msgspec.Struct, frozen=True):
    """One resource at one hospital: what it should hold, what it is known to hold, and what is going on."""

    type: str
    id: str
    rank: int
    identifier: str
    want: str
    have: str | None
    state: State
    remote_id: str | None
    remote_version: str | None
    reason: str | None = None
    detail: str | None = None
    actor: str | None = None
    cap: int = 0
    unknowns: int = 0
    searched: bool = False
    open: Open | None = None

    @property
    def key(self) -> Key:
        """Type and logical id."""
        return (self.type, self.id)

    @property
    def holds(self) -> list[str | None]:
        """What the hospital is known to hold, as the events say it."""
        return [self.type, self.id, self.have, self.remote_id, self.remote_version]

    @property
    def resting(self) -> State:
        """The state of a row that nobody parked, holds or dismissed, from `want`, `have` and its open attempt."""
        if self.open is not None:
            return State.UNKNOWN
        return State.CLEAN if self.want == self.have else State.DIRTY


OVERRIDE = "override"  # a person said: read it again and send ours, whatever stands there
NOT_TAKEN = "not-taken"  # the hospital takes no resources of this type, or not this one: `detail` says why
OVERTAKEN = "IF-DEL-11"  # it holds an older version, and does not take the one that there is now
UNENROLLED = "unenrolled"
NOT_LINKED = "not-linked"
LINK_MISMATCH = "link-mismatch"
