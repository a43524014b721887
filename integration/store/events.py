"""What happened, for auditors: events that are only ever added, sealed into a chain, vouched for by checkpoints.

An event gets its own hash in the transaction of its effect. It is linked into the chain afterwards, by one sealer at a
time: linking inside each transaction would let writers wait for each other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from fhir_profiles import fhir_json
from integration.store import clinic, database, tables
from integration.store.columns import as_bytes
from integration.store.database import Database

E = tables.event
S = tables.seal
K = tables.checkpoint
L = tables.sealer

SEAL_LEASE = 60.0
CHECKPOINT_EVERY = 1000
CHECKPOINT_SECONDS = 300.0
_ONE = 1
_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `body` is canonical JSON and carries no patient's data but opaque record ids."""

    seq: int
    at: float
    kind: str
    actor: str
    hospital: str | None
    record_kind: str | None
    record_id: str | None
    body: bytes
    hash: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The chain as it was at one moment, signed; kept elsewhere it shows a tail that was cut off."""

    installation: str
    position: int
    hash: str
    at: float
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return fhir_json.sorted_json(
            {"at": repr(self.at), "hash": self.hash, "installation": self.installation, "position": self.position}
        )


def append(
    conn: Connection,
    kind: str,
    actor: str,
    body: dict[str, Any],
    *,
    at: float,
    hospital: str | None = None,
    record_kind: str | None = None,
    record_id: str | None = None,
) -> None:
    """Add an event in the transaction of its effect."""
    written = fhir_json.sorted_json(body)
    about = {"hospital": hospital, "record_kind": record_kind, "record_id": record_id}
    sealed = hash_of(at, kind, actor, written, hospital=hospital, record_kind=record_kind, record_id=record_id)
    conn.execute(_APPEND, {"at": at, "kind": kind, "actor": actor, "body": written, "hash": sealed, **about})


_APPEND = insert(E)


def hash_of(
    at: float,
    kind: str,
    actor: str,
    body: bytes,
    *,
    hospital: str | None,
    record_kind: str | None,
    record_id: str | None,
) -> str:
    """SHA-256 of the event as canonical JSON: sorted keys, the body's bytes as stored, the time in Python's `repr`."""
    after = {"hospital": hospital, "kind": kind, "record_id": record_id, "record_kind": record_kind}
    head = fhir_json.sorted_json({"actor": actor, "at": repr(float(at))})
    # Spliced: the body stands between "at" and "hospital", where sorted keys would put it.
    return fhir_json.digest(head[:-1] + b',"body":' + body + b"," + fhir_json.sorted_json(after)[1:])


def genesis(installation: str) -> str:
    """What the first seal of a clinic's chain hangs on."""
    return fhir_json.digest(b"infusion-fhir chain " + installation.encode())


def link(previous: str, event_hash: str) -> str:
    """The chain's next hash: SHA-256 over the previous one and the event's own, both as hexadecimal text."""
    return fhir_json.digest(previous.encode() + event_hash.encode())


def seal(db: Database, owner: str, now: float) -> int:
    """Link every event that has no seal yet into the chain; gives how many, 0 when another sealer is at work."""
    total = 0
    while True:
        done = db.transact(lambda conn: _seal_page(conn, owner, now))
        total += done
        if done < _PAGE:
            return total


def _seal_page(conn: Connection, owner: str, now: float) -> int:
    database.alone(conn, database.SEALING)
    if not _lease(conn, owner, now):
        return 0
    last = conn.execute(select(S.c.position, S.c.hash).order_by(S.c.position.desc()).limit(1)).one_or_none()
    position, previous = (0, genesis(clinic.get(conn).installation)) if last is None else (last.position, last.hash)
    seals = []
    for seq, event_hash in conn.execute(_UNSEALED.limit(_PAGE)):
        position, previous = position + 1, link(previous, event_hash)
        seals.append({"position": position, "event": seq, "hash": previous})
    if seals:
        conn.execute(insert(S), seals)
    if len(seals) < _PAGE:
        conn.execute(update(L).where(L.c.one == _ONE).values(until=0.0))
    return len(seals)


# An anti-join, never "after the last seq": on PostgreSQL a lower number may be committed later than a higher one.
_UNSEALED = (
    select(E.c.seq, E.c.hash).outerjoin(S, S.c.event == E.c.seq).where(S.c.event.is_(None)).order_by(E.c.seq)
)  # fmt: skip


def _lease(conn: Connection, owner: str, now: float) -> bool:
    held = conn.execute(select(L.c.owner, L.c.until).where(L.c.one == _ONE).with_for_update()).one_or_none()
    if held is None:
        conn.execute(insert(L).values(one=_ONE, owner=owner, until=now + SEAL_LEASE))
        return True
    if held.owner != owner and held.until > now:
        return False
    conn.execute(update(L).where(L.c.one == _ONE).values(owner=owner, until=now + SEAL_LEASE))
    return True


def checkpoint(
    conn: Connection, sign: Callable[[bytes], str], now: float, *, at_once: bool = False
) -> Checkpoint | None:
    """Sign the chain as it stands, each 1,000 seals or 5 minutes, or `at_once`; None if there is nothing new."""
    top = conn.execute(select(S.c.position, S.c.hash).order_by(S.c.position.desc()).limit(1)).one_or_none()
    if top is None:
        return None
    last = conn.execute(select(K.c.position, K.c.at).order_by(K.c.position.desc()).limit(1)).one_or_none()
    if last is not None:
        news = top.position - last.position
        if not news or not (at_once or news >= CHECKPOINT_EVERY or now - last.at >= CHECKPOINT_SECONDS):
            return None
    unsigned = Checkpoint(clinic.get(conn).installation, top.position, top.hash, now)
    made = Checkpoint(unsigned.installation, top.position, top.hash, now, sign(unsigned.signed_bytes()))
    conn.execute(insert(K).values(position=made.position, hash=made.hash, at=made.at, signature=made.signature))
    return made


def checkpoints(conn: Connection) -> list[Checkpoint]:
    """Every checkpoint, oldest first."""
    installation = clinic.get(conn).installation
    rows = conn.execute(select(K.c.position, K.c.hash, K.c.at, K.c.signature).order_by(K.c.position))
    return [Checkpoint(installation, r.position, r.hash, r.at, r.signature) for r in rows]


def sealed_up_to(conn: Connection) -> tuple[int, int]:
    """How many events are sealed, and how many wait for their seal."""
    sealed = conn.scalar(select(func.count()).select_from(S)) or 0
    total = conn.scalar(select(func.count()).select_from(E)) or 0
    return sealed, total - sealed


def is_sealed(conn: Connection, seq: int) -> bool:
    """Whether an event has its place in the chain."""
    return conn.scalar(select(S.c.position).where(S.c.event == seq)) is not None


def of_record(conn: Connection, kind: str, record_id: str) -> list[Event]:
    """The events that name a record, oldest first."""
    query = select(*_COLUMNS).where(E.c.record_kind == kind, E.c.record_id == record_id).order_by(E.c.seq)
    return [as_event(row) for row in conn.execute(query)]


def of_kind(conn: Connection, *kinds: str, hospital: str | None = None) -> Iterator[Event]:
    """The events of some kinds, oldest first, of one hospital if asked for."""
    query = select(*_COLUMNS).where(E.c.kind.in_(kinds)).order_by(E.c.seq)
    if hospital is not None:
        query = query.where(E.c.hospital == hospital)
    for row in conn.execute(query.execution_options(yield_per=1000)):
        yield as_event(row)


_COLUMNS = (
    E.c.seq, E.c.at, E.c.kind, E.c.actor, E.c.hospital, E.c.record_kind, E.c.record_id, E.c.body, E.c.hash,
)  # fmt: skip


def chain(conn: Connection) -> Iterator[tuple[int, str, int, Event | None]]:
    """Every seal in order, as (position, chain hash, number of the event, the event if it is there)."""
    query = (
        select(S.c.position, S.c.hash.label("chained"), S.c.event, *_COLUMNS)
        .outerjoin(E, E.c.seq == S.c.event)
        .order_by(S.c.position)
        .execution_options(yield_per=1000)
    )
    for row in conn.execute(query):
        yield row.position, str(row.chained), row.event, None if row.seq is None else as_event(row)


def unsealed(conn: Connection) -> Iterator[Event]:
    """The events that have no seal, oldest first."""
    query = select(*_COLUMNS).outerjoin(S, S.c.event == E.c.seq).where(S.c.event.is_(None)).order_by(E.c.seq)
    for row in conn.execute(query.execution_options(yield_per=1000)):
        yield as_event(row)


def as_event(row: Row[*tuple[Any, ...]]) -> Event:
    """An Event from the columns of its table."""
    body = as_bytes(row.body)
    return Event(
        row.seq, row.at, row.kind, row.actor, row.hospital, row.record_kind, row.record_id, body, str(row.hash)
    )
