"""Lanes: what must stay in order, and who works on it (architecture.md, "Several pushes at once").

A lease saves work, it is no guard: with the rules of the delivery protocol nothing breaks if two workers believe
that they hold a lane. The token is what counts: a write-ahead or a settle happens only while it is still the same.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, case, func, insert, select, tuple_, update

from integration.store import many, tables
from integration.store.rows import Key

T = tables.lane


@dataclass(frozen=True, slots=True)
class Claim:
    """A lane that a worker holds: `token` is its fencing number, `changes` what it has seen so far."""

    hospital: str
    lane: str
    token: int
    changes: int
    tries: int


def touch(conn: Connection, hospital: str, lanes: Collection[str], now: float) -> None:
    """Something changed on these lanes: they are due now, and whoever drains them looks again."""
    for lane in sorted(set(lanes)):
        done = conn.execute(
            update(T)
            .where(T.c.hospital == hospital, T.c.lane == lane)
            .values(due_at=case((T.c.due_at < now, T.c.due_at), else_=now), changes=T.c.changes + 1)
        )
        if done.rowcount == 0:
            conn.execute(
                insert(T).values(
                    hospital=hospital, lane=lane, due_at=now, changes=1, tries=0, owner="", until=0.0, token=0
                )
            )


def wake(conn: Connection, hospital: str, arrived: Collection[Key], now: float, *, besides: str) -> None:
    """These are there now, or never will be: rows of other lanes that refer to them need not wait any longer.

    A reference may lead into another patient's lane: a record that was merged names the one that replaces it.
    """
    waiting = conn.scalars(_WAITING, {"hospital": hospital, "besides": besides, "many": many.keys(sorted(arrived))})
    touch(conn, hospital, set(waiting.all()), now)


_REFERS, _ROW = tables.reference, tables.ledger
_WAITING = (
    select(_ROW.c.lane)
    .join(_REFERS, and_(_ROW.c.type == _REFERS.c.source_type, _ROW.c.id == _REFERS.c.source_id))
    .where(tuple_(_REFERS.c.target_type, _REFERS.c.target_id).in_(many.KEYS))
    # "" is added so that SQLite begins with the references: by hospital and state it would read all of the ledger.
    .where(_REFERS.c.patient != bindparam("besides"))
    .where(_ROW.c.hospital + "" == bindparam("hospital"), _ROW.c.lane != bindparam("besides"))
    .where(_ROW.c.state == "dirty")
)


def claim(
    conn: Connection, hospital: str, now: float, *, lease: float, owner: str, is_dead: Callable[[str], bool]
) -> Claim | None:
    """Take one due lane that nobody holds; the lease of an owner that is known to be dead is taken at once."""
    found = conn.execute(_FREE, {"of_hospital": hospital, "now": now}).first()
    if found is None:
        leased = conn.execute(_LEASED, {"of_hospital": hospital, "now": now}).all()
        found = next((r for r in leased if is_dead(r.owner)), None)
    if found is None:
        return None
    free = Claim(hospital, found.lane, found.token, found.changes, found.tries)
    taken = {**_named(free), "new_until": now + lease, "new_owner": owner}
    if conn.execute(_TAKE, taken).rowcount == 0:
        return None
    return Claim(hospital, found.lane, found.token + 1, found.changes, found.tries)


def renew(conn: Connection, claim: Claim, until: float) -> bool:
    """Prolong the lease; False when the lane is no longer ours: then nothing may be written."""
    return conn.execute(_RENEW, {**_named(claim), "new_until": until}).rowcount == 1


def release(conn: Connection, claim: Claim, *, seen: int, due_at: float | None, tries: int) -> None:
    """Let the lane go; it stays due at once when something changed that this worker has not seen."""
    conn.execute(_RELEASE, {**_named(claim), "seen": seen, "then_due": due_at, "new_tries": tries})


def changes(conn: Connection, claim: Claim) -> int | None:
    """How often others changed this lane, or None when it is no longer ours."""
    found: int | None = conn.scalar(_CHANGES, _named(claim))
    return found


def token(conn: Connection, hospital: str, lane: str) -> int:
    """The fencing number of a lane as it is now."""
    return int(conn.scalar(select(T.c.token).where(T.c.hospital == hospital, T.c.lane == lane)) or 0)


def is_mine(conn: Connection, claim: Claim) -> bool:
    """Whether the token is still ours; on PostgreSQL the lane stays locked until the transaction ends."""
    return conn.scalar(_LOCKED, _named(claim)) is not None


def next_due(conn: Connection, hospital: str, *, is_dead: Callable[[str], bool]) -> float | None:
    """When the next lane becomes due (a leased one: when its lease ends, unless its owner is dead), or None."""
    owners = conn.scalars(_OWNERS, {"of_hospital": hospital}).all()
    dead = [owner for owner in owners if is_dead(owner)]
    due: float | None = conn.scalar(_NEXT_DUE, {"of_hospital": hospital, "dead": dead})
    return due


_OF_HOSPITAL = T.c.hospital == bindparam("of_hospital")
_DUE = and_(_OF_HOSPITAL, T.c.due_at.is_not(None), T.c.due_at <= bindparam("now"))
_FREE = (
    select(T)
    .where(_DUE, T.c.until < bindparam("now"))
    .order_by(T.c.due_at, T.c.lane)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_LEASED = select(T).where(_DUE, T.c.until >= bindparam("now")).order_by(T.c.due_at, T.c.lane)
_OWNERS = select(T.c.owner).where(_OF_HOSPITAL, T.c.until > 0.0).distinct()
_WAITS = and_(T.c.until > T.c.due_at, T.c.owner.not_in(bindparam("dead", expanding=True)))
_NEXT_DUE = select(func.min(case((_WAITS, T.c.until), else_=T.c.due_at))).where(_OF_HOSPITAL, T.c.due_at.is_not(None))


_CLAIMED = and_(
    T.c.hospital == bindparam("of_hospital"), T.c.lane == bindparam("of_lane"), T.c.token == bindparam("of_token")
)
_CHANGES = select(T.c.changes).where(_CLAIMED)
_LOCKED = select(T.c.token).where(_CLAIMED).with_for_update()
_TAKE = (
    update(T)
    .where(_CLAIMED)
    .values(owner=bindparam("new_owner"), until=bindparam("new_until"), token=T.c.token + 1)
)
_RENEW = update(T).where(_CLAIMED).values(until=bindparam("new_until"))
_RELEASE = (
    update(T)
    .where(_CLAIMED)
    .values(
        until=0.0, owner="", tries=bindparam("new_tries"),
        due_at=case((T.c.changes != bindparam("seen"), T.c.due_at), else_=bindparam("then_due", type_=T.c.due_at.type)),
    )
)  # fmt: skip


def _named(claim: Claim) -> dict[str, object]:
    return {"of_hospital": claim.hospital, "of_lane": claim.lane, "of_token": claim.token}
