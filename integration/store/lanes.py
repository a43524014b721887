"""Lanes: what must stay in order, and who works on it (architecture.md, "Several pushes at once").

A lease saves work, it is no guard: with the rules of the delivery protocol nothing breaks if two workers believe
that they hold a lane. The token is what counts: a write-ahead or a settle happens only while it is still the same.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, func, insert, select, update

from integration.store import tables
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
    r, rows = tables.reference, tables.ledger
    waiting: set[str] = set()
    for kind in sorted({kind for kind, _ in arrived}):
        ids = sorted(identity for of, identity in arrived if of == kind)
        query = (
            select(rows.c.lane)
            .join(r, and_(rows.c.type == r.c.source_type, rows.c.id == r.c.source_id))
            .where(r.c.target_type == kind, r.c.target_id.in_(ids))
            .where(rows.c.hospital == hospital, rows.c.lane != besides, rows.c.state == "dirty")
        )
        waiting.update(conn.scalars(query.distinct()))
    touch(conn, hospital, waiting, now)


def claim(
    conn: Connection, hospital: str, now: float, *, lease: float, owner: str, is_dead: Callable[[str], bool]
) -> Claim | None:
    """Take one due lane that nobody holds; the lease of an owner that is known to be dead is taken at once."""
    due = and_(T.c.hospital == hospital, T.c.due_at.is_not(None), T.c.due_at <= now)
    free = select(T).where(due, T.c.until < now).order_by(T.c.due_at, T.c.lane).limit(1)
    found = conn.execute(free.with_for_update(skip_locked=True)).first()
    if found is None:
        leased = select(T).where(due, T.c.until >= now).order_by(T.c.due_at, T.c.lane)
        found = next((r for r in conn.execute(leased).all() if is_dead(r.owner)), None)
    if found is None:
        return None
    done = conn.execute(
        update(T)
        .where(T.c.hospital == hospital, T.c.lane == found.lane, T.c.token == found.token)
        .values(owner=owner, until=now + lease, token=T.c.token + 1)
    )
    if done.rowcount == 0:
        return None
    return Claim(hospital, found.lane, found.token + 1, found.changes, found.tries)


def renew(conn: Connection, claim: Claim, until: float) -> bool:
    """Prolong the lease; False when the lane is no longer ours: then nothing may be written."""
    return _mine(conn, claim, {"until": until})


def release(conn: Connection, claim: Claim, *, seen: int, due_at: float | None, tries: int) -> None:
    """Let the lane go; it stays due at once when something changed that this worker has not seen."""
    unseen = T.c.changes != seen
    _mine(
        conn,
        claim,
        {"until": 0.0, "owner": "", "tries": tries, "due_at": case((unseen, T.c.due_at), else_=due_at)},
    )


def changes(conn: Connection, claim: Claim) -> int | None:
    """How often others changed this lane, or None when it is no longer ours."""
    return conn.scalar(
        select(T.c.changes).where(T.c.hospital == claim.hospital, T.c.lane == claim.lane, T.c.token == claim.token)
    )


def token(conn: Connection, hospital: str, lane: str) -> int:
    """The fencing number of a lane as it is now."""
    return int(conn.scalar(select(T.c.token).where(T.c.hospital == hospital, T.c.lane == lane)) or 0)


def is_mine(conn: Connection, claim: Claim) -> bool:
    """Whether the token is still ours; on PostgreSQL the lane stays locked until the transaction ends."""
    query = select(T.c.token).where(T.c.hospital == claim.hospital, T.c.lane == claim.lane).with_for_update()
    return conn.scalar(query) == claim.token


def next_due(conn: Connection, hospital: str, *, is_dead: Callable[[str], bool]) -> float | None:
    """When the next lane becomes due (a leased one: when its lease ends, unless its owner is dead), or None."""
    leased = select(T.c.owner).where(T.c.hospital == hospital, T.c.until > 0.0).distinct()
    dead = [owner for owner in conn.scalars(leased) if is_dead(owner)]
    waits = and_(T.c.until > T.c.due_at, T.c.owner.not_in(dead))
    at = case((waits, T.c.until), else_=T.c.due_at)
    due: float | None = conn.scalar(select(func.min(at)).where(T.c.hospital == hospital, T.c.due_at.is_not(None)))
    return due


def _mine(conn: Connection, claim: Claim, values: dict[str, object]) -> bool:
    mine = and_(T.c.hospital == claim.hospital, T.c.lane == claim.lane, T.c.token == claim.token)
    return conn.execute(update(T).where(mine).values(**values)).rowcount == 1
