"""Documents as a hospital should get them, stored once each under the digest of their bytes."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, insert, select

from integration.store import many, tables

T = tables.rendering
_THESE = T.c.digest.in_(select(many.text(0)).select_from(many.EACH))
_BODIES = select(T.c.digest, T.c.body).where(_THESE)
_KNOWN = select(T.c.digest).where(_THESE)


def keep(conn: Connection, bodies: Mapping[str, bytes]) -> None:
    """Store the bytes of each digest that is not there yet."""
    missing = bodies.keys() - _known(conn, bodies.keys())
    if missing:
        conn.execute(insert(T), [{"digest": d, "body": bodies[d]} for d in sorted(missing)])


def bodies(conn: Connection, digests: Collection[str]) -> dict[str, bytes]:
    """The bytes behind each digest."""
    wanted = many.rows([[digest] for digest in set(digests)])
    return {digest: bytes(body) for digest, body in conn.execute(_BODIES, {"many": wanted}).all()}


def _known(conn: Connection, digests: Collection[str]) -> set[str]:
    return set(conn.scalars(_KNOWN, {"many": many.rows([[digest] for digest in digests])}).all())
