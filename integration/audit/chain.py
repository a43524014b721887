"""Checking, without trust in the server, that no event was edited, put in, taken out or moved.

Each event has its own hash; each seal hangs that hash on the seal before; a checkpoint signs the chain as it was. A
tail that was cut off shows against the last checkpoint: the one in the database, or one that was kept elsewhere.
"""

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from integration.store import clinic, events
from integration.store.database import Connection
from integration.store.events import Checkpoint, Event

SHOWN = 20


class Break(StrEnum):
    """How a chain can be broken."""

    EDITED = "edited"
    MISSING = "missing"
    CHAIN = "chain"
    ORDER = "order"
    INSERTED = "inserted"
    CUT = "cut"
    REWRITTEN = "rewritten"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where the chain does not hold; `position` counts seals from 1."""

    kind: Break
    position: int
    event: int | None
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found; `faults` shows the first twenty of `fault_count`."""

    sealed: int
    unsealed: int
    checkpoints: int
    last_checkpoint: Checkpoint | None
    faults: tuple[Fault, ...]
    fault_count: int

    @property
    def intact(self) -> bool:
        """Whether everything that is sealed is as it was."""
        return self.fault_count == 0


def new_key() -> bytes:
    """Make the 32 bytes of a private signing key."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def public_key(private: bytes) -> bytes:
    """The 32 bytes that others need to check this key's signatures."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def signer(private: bytes) -> Callable[[bytes], str]:
    """What signs a checkpoint with this key."""
    key = Ed25519PrivateKey.from_private_bytes(private)
    return lambda data: base64.b64encode(key.sign(data)).decode()


def is_signed(checkpoint: Checkpoint, public: bytes) -> bool:
    """Whether a checkpoint was signed with this key and has not been changed since."""
    try:
        signature = base64.b64decode(checkpoint.signature, validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, checkpoint.signed_bytes())
    except (InvalidSignature, ValueError):
        return False
    return True


def verify(conn: Connection, public: bytes, kept: Iterable[Checkpoint] = ()) -> Verdict:
    """Check every seal, every sealed event and every checkpoint, those kept elsewhere too."""
    installation = clinic.get(conn).installation
    stored = events.checkpoints(conn)
    marks = [*stored, *kept]
    check = _Check(events.genesis(installation), {mark.position for mark in marks})
    for position, chained, seq, event in events.chain(conn):
        check.seal(position, chained, seq, event)
    # On PostgreSQL a lower number may be committed, and sealed, after a higher one; on SQLite writers take turns.
    in_turn = conn.dialect.name == "sqlite"
    unsealed = 0
    for event in events.unsealed(conn):
        unsealed += 1
        check.unsealed(event, in_turn=in_turn)
    check.checkpoints(marks, installation, public)
    faults = [fault for fault in check.faults if in_turn or fault.kind is not Break.ORDER]
    last = max(stored, key=lambda mark: mark.position, default=None)
    return Verdict(check.sealed, unsealed, len(stored), last, tuple(faults[:SHOWN]), len(faults))


class _Check:
    """Walks the chain once, remembering only where checkpoints stand."""

    def __init__(self, genesis: str, marked: set[int]) -> None:
        self.sealed = 0
        self.faults: list[Fault] = []
        self._previous = genesis
        self._marked = marked
        self._at_mark: dict[int, str] = {}
        self._highest = 0

    def seal(self, position: int, chained: str, seq: int, event: Event | None) -> None:
        self.sealed += 1
        if position != self.sealed:
            self._fault(Break.MISSING, self.sealed, None, f"seal {self.sealed} is missing, {position} follows")
            self.sealed = position
        if event is None:
            self._fault(Break.MISSING, position, seq, f"event {seq} was sealed and is not there")
        elif _own_hash(event) != event.hash:
            self._fault(Break.EDITED, position, seq, f"event {seq} is not what its own hash says")
        elif events.link(self._previous, event.hash) != chained:
            self._fault(Break.CHAIN, position, seq, f"event {seq} does not hang on the seal before")
        if seq < self._highest:
            self._fault(Break.ORDER, position, seq, f"event {seq} is sealed after event {self._highest}")
        self._highest = max(self._highest, seq)
        self._previous = chained
        if position in self._marked:
            self._at_mark[position] = chained

    def unsealed(self, event: Event, *, in_turn: bool) -> None:
        if _own_hash(event) != event.hash:
            self._fault(Break.EDITED, 0, event.seq, f"event {event.seq} is not what its own hash says")
        elif in_turn and event.seq < self._highest:
            says = f"event {event.seq} stands between sealed events and has no seal"
            self._fault(Break.INSERTED, 0, event.seq, says)

    def checkpoints(self, marks: Sequence[Checkpoint], installation: str, public: bytes) -> None:
        for mark in marks:
            if mark.installation != installation or not is_signed(mark, public):
                self._fault(Break.SIGNATURE, mark.position, None, "a checkpoint was not signed with this key")
            elif mark.position > self.sealed:
                says = f"a checkpoint vouches for {mark.position} sealed events, {self.sealed} are there"
                self._fault(Break.CUT, mark.position, None, says)
            elif self._at_mark.get(mark.position) != mark.hash:
                says = "the chain up to here is not the one that the checkpoint vouches for"
                self._fault(Break.REWRITTEN, mark.position, None, says)

    def _fault(self, kind: Break, position: int, event: int | None, says: str) -> None:
        self.faults.append(Fault(kind, position, event, says))


def _own_hash(event: Event) -> str:
    """The hash that the event should have; none if somebody wrote into it what an event cannot hold."""
    try:
        return events.hash_of(
            event.at,
            event.kind,
            event.actor,
            event.body,
            hospital=event.hospital,
            record_kind=event.record_kind,
            record_id=event.record_id,
        )
    except (TypeError, ValueError):
        return ""
