"""Documents as a hospital should get them, stored once each under the digest of their bytes."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, insert, select

from integration.store import tables


def keep(conn: Connection, bodies: Mapping[str, bytes]) -> None:
    """Store the bytes of each digest that is not there yet."""
    missing = bodies.keys() - _known(conn, bodies.keys())
    if missing:
        conn.execute(insert(tables.rendering), [{"digest": d, "body": bodies[d]} for d in sorted(missing)])


def bodies(conn: Connection, digests: Collection[str]) -> dict[str, bytes]:
    """The bytes behind each digest."""
    t = tables.rendering
    found: dict[str, bytes] = {}
    for some in _chunks(sorted(set(digests))):
        found.update((d, bytes(b)) for d, b in conn.execute(select(t.c.digest, t.c.body).where(t.c.digest.in_(some))))
    return found


def _known(conn: Connection, digests: Collection[str]) -> set[str]:
    t = tables.rendering
    known: set[str] = set()
    for some in _chunks(sorted(digests)):
        known.update(conn.scalars(select(t.c.digest).where(t.c.digest.in_(some))))
    return known


def _chunks(items: list[str], size: int = 400) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
