"""Documents as a hospital should get them, stored once each under the digest of their bytes."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from fhir_profiles import fhir_json
from integration.store import many, tables
from integration.store.columns import as_bytes
from integration.store.rows import Key
from mappings import projection

T = tables.rendering
_THESE = T.c.digest.in_(select(many.text(0)).select_from(many.EACH))
_BODIES = select(T.c.digest, T.c.body).where(_THESE)
_KNOWN = select(T.c.digest).where(_THESE)
# Inside a JSON string a quote is escaped, so these bytes can be nothing else.
_REFERENCE = re.compile(rb'"reference":"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})"')


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a rendering says of itself: what it refers to, or why it is not sent at all."""

    refers_to: tuple[Key, ...]
    left_out: str | None = None


def keep(conn: Connection, bodies: Mapping[str, bytes]) -> None:
    """Store the bytes of each digest that is not there yet."""
    missing = bodies.keys() - _known(conn, bodies.keys())
    if missing:
        conn.execute(insert(T), [{"digest": d, "body": bodies[d]} for d in sorted(missing)])


def bodies(conn: Connection, digests: Collection[str]) -> dict[str, bytes]:
    """The bytes behind each digest."""
    wanted = many.rows([[digest] for digest in set(digests)])
    return {digest: as_bytes(body) for digest, body in conn.execute(_BODIES, {"many": wanted}).all()}


def rendered(conn: Connection, digests: Collection[str]) -> dict[str, Rendered]:
    """What the rendering behind each digest says of itself."""
    return {digest: _rendered(body) for digest, body in bodies(conn, digests).items()}


def refers_to(body: bytes) -> tuple[Key, ...]:
    """What a rendering refers to, by our ids."""
    found = ((kind.decode(), identity.decode()) for kind, identity in _REFERENCE.findall(body))
    return tuple(sorted(set(found)))


def _rendered(body: bytes) -> Rendered:
    why = projection.left_out(fhir_json.loads(body))
    return Rendered(refers_to(body) if why is None else (), why)


def _known(conn: Connection, digests: Collection[str]) -> set[str]:
    return set(conn.scalars(_KNOWN, {"many": many.rows([[digest] for digest in digests])}).all())
