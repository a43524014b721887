"""Attempts: what was written ahead of each request, and what became of each of its entries."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from isal import isal_zlib  # zlib in every respect but its speed, which each request feels
from msgspec.structs import replace
from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    cast,
    false,
    insert,
    literal,
    literal_column,
    select,
    true,
    tuple_,
    update,
)

from fhir_profiles import fhir_json
from integration.store import many, tables
from integration.store.lanes import Claim
from integration.store.rows import Key, Write

A = tables.attempt
E = tables.attempt_entry
NOT_THERE = "not there"
MAY_BE_THERE = "may be there"  # the outcome of a first write whose answer is lost for good, and nobody can look it up

_UNSURE = E.c.outcome == literal_column(f"'{MAY_BE_THERE}'")  # as the partial index spells it
T = tables.ledger  # a row's tries are found by its lane: an index of all entries by id would cost more than it saves


class Entry(msgspec.Struct, frozen=True):
    """One entry of a request as it was written ahead."""

    key: Key
    write: Write
    want: str


class Fate(msgspec.Struct, frozen=True):
    """What is known of an entry now; `open` while it is not known for good."""

    key: Key
    open: bool
    outcome: str
    status: str | None = None
    remote_id: str | None = None
    remote_version: str | None = None
    looks: int = 0
    sure: bool = False
    free: bool = False


def begin(
    conn: Connection, claim: Claim, bundle: str, body: bytes, entries: Sequence[Entry], at: float
) -> tuple[int, str]:
    """Write an attempt ahead of its request; gives its number, and the digest of the request."""
    sent = fhir_json.digest(body)
    done = conn.execute(
        _BEGIN,
        {"hospital": claim.hospital, "lane": claim.lane, "token": claim.token, "bundle": bundle, "begin": at,
         "body": isal_zlib.compress(body, 1), "sent": sent},
    )  # fmt: skip
    number = int(done.inserted_primary_key[0])  # type: ignore[index]
    written = [(*entry.key, position, entry.write.value, entry.want) for position, entry in enumerate(entries)]
    conn.execute(_AHEAD, {"number": number, "of_hospital": claim.hospital, "many": many.rows(written)})
    return number, sent


def answer(conn: Connection, number: int, *, at: float, status: int | None, kept: bytes | None) -> None:
    """Note that the request was answered (status None: it was not), with the text of what was refused or odd."""
    packed = None if kept is None else isal_zlib.compress(kept, 1)
    conn.execute(_ANSWER, {"number": number, "at": at, "status": status, "kept": packed})


_BEGIN = insert(A)
_ANSWER = (
    update(A)
    .where(A.c.id == bindparam("number"))
    .values(answered_at=bindparam("at"), http_status=bindparam("status"), answer=bindparam("kept"))
)
_AHEAD = insert(E).from_select(
    ["attempt", "type", "id", "hospital", "position", "write", "want", "open", "looks", "sure", "free"],
    select(
        cast(bindparam("number"), E.c.attempt.type), many.text(0), many.text(1),
        cast(bindparam("of_hospital"), E.c.hospital.type), many.whole(2), many.text(3), many.text(4),
        true(), literal(0), false(), true(),
    ).select_from(many.EACH),
)  # fmt: skip
_KNOWN = ("open", "outcome", "status", "remote_version", "looks", "sure", "free")
_NEW: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _KNOWN}
_FATE = (
    update(E)
    .where(E.c.attempt == bindparam("a"), E.c.type == bindparam("t"), E.c.id == bindparam("i"))
    .values(remote_id=bindparam("new_remote_id"), **_NEW)
)
_ALIKE = (
    update(E)
    .where(E.c.attempt == bindparam("a"), tuple_(E.c.type, E.c.id).in_(many.KEYS))
    .values(remote_id=E.c.id, **_NEW)
)


def settle(conn: Connection, number: int, fates: Collection[Fate]) -> None:
    """Write down what became of the entries of one attempt; those that fared alike, at our own id, together."""
    alike: dict[Fate, list[Key]] = {}
    others: list[dict[str, Any]] = []
    for fate in fates:
        if fate.remote_id == fate.key[1]:
            alike.setdefault(replace(fate, key=("", ""), remote_id=None), []).append(fate.key)
        else:
            kind, logical_id = fate.key
            others.append({"a": number, "t": kind, "i": logical_id, "new_remote_id": fate.remote_id, **_said(fate)})
    for fate, keys in alike.items():
        conn.execute(_ALIKE, {"a": number, "many": many.keys(keys), **_said(fate)})
    if others:
        conn.execute(_FATE, others)


def _said(fate: Fate) -> dict[str, Any]:
    return {f"new_{name}": getattr(fate, name) for name in _KNOWN}


def body_of(conn: Connection, number: int) -> bytes:
    """The bytes of the request, as they were written ahead."""
    return isal_zlib.decompress(conn.execute(select(A.c.body).where(A.c.id == number)).scalar_one())


def bundle_of(conn: Connection, number: int) -> str:
    """Whether the attempt was a transaction, a batch or a single request."""
    return str(conn.execute(select(A.c.bundle).where(A.c.id == number)).scalar_one())


def size_of(conn: Connection, number: int) -> int:
    """How many entries the request had."""
    return len(conn.execute(select(E.c.id).where(E.c.attempt == number)).all())


def ever_sent(conn: Connection, hospital: str, key: Key) -> list[str]:
    """The digests of everything that was ever written ahead for this row, newest first."""
    query = (
        select(E.c.want)
        .join_from(T, A, and_(A.c.hospital == T.c.hospital, A.c.lane == T.c.lane))
        .join(E, and_(E.c.attempt == A.c.id, E.c.type == T.c.type, E.c.id == T.c.id))
        .where(T.c.hospital == hospital, T.c.type == key[0], T.c.id == key[1])
        .order_by(E.c.attempt.desc())
    )
    return list(dict.fromkeys(conn.scalars(query)))


def unsure(conn: Connection, hospital: str, lane: str | None = None) -> frozenset[Key]:
    """The resources, of one lane or of all, of which a first write may have arrived though nobody could tell."""
    query = select(E.c.type, E.c.id).where(E.c.hospital == hospital, _UNSURE)
    if lane is not None:
        # "" is added so that SQLite begins with what is unsure, which is little: a lane's attempts are ever more.
        query = query.join(A, A.c.id == E.c.attempt).where(A.c.lane + "" == lane)
    return frozenset((r.type, r.id) for r in conn.execute(query))


def is_not_there(conn: Connection, hospital: str, key: Key) -> list[int]:
    """A person has looked for what may have arrived, and it is not there; gives the attempts of which this is known."""
    sent = and_(E.c.hospital == hospital, E.c.type == key[0], E.c.id == key[1], _UNSURE)
    numbers = list(conn.scalars(select(E.c.attempt).where(sent).order_by(E.c.attempt)))
    conn.execute(update(E).where(sent).values(outcome=NOT_THERE))
    return numbers


def still_open(conn: Connection, number: int, key: Key) -> bool:
    """Whether the fate of this entry is still unknown."""
    query = select(E.c.open).where(and_(E.c.attempt == number, E.c.type == key[0], E.c.id == key[1]))
    return bool(conn.scalar(query))


def in_flight(conn: Connection, hospital: str, keys: Collection[Key]) -> list[Key]:
    """Those of these resources that have been written ahead and may still arrive."""
    wanted = set(keys)
    there = conn.execute(_IN_FLIGHT, {"hospital": hospital}).all()
    return [key for kind, logical_id in there if (key := (kind, logical_id)) in wanted]


_IN_FLIGHT = (
    select(E.c.type, E.c.id)
    .where(E.c.hospital == bindparam("hospital"), E.c.open == true())
    .order_by(E.c.type, E.c.id)
)  # fmt: skip
