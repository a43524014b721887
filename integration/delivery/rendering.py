"""What goes to this hospital of what it should hold: what each rendering refers to there, or why it is not sent.

The rendering itself is made when a document changes (mappings/projection.py), because its bytes are what the ledger
wants and compares. Here it is read when a lane is drained: what it refers to must be there, or be linked.
"""

from collections.abc import Collection, Mapping

from integration.delivery.effects import Referent
from integration.delivery.manners import Manners
from integration.store import ledger, links, renderings
from integration.store.database import Connection
from integration.store.lanes import Claim
from integration.store.rows import Key, Row

Needs = dict[Key, tuple[Key, ...]]


def read(conn: Connection, claim: Claim, manners: Manners, rows: Collection[Row]) -> tuple[Needs, dict[str, str]]:
    """What these rows of a lane refer to; and, by the digest that they want, why some are not sent as they are."""
    if manners.takes_all:
        return ledger.needs(conn, claim.hospital, claim.lane), {}
    says = renderings.rendered(conn, {row.want for row in rows})
    left_out = {digest: one.left_out for digest, one in says.items() if one.left_out is not None}
    return {row.key: says[row.want].refers_to for row in rows}, left_out


def read_again(conn: Connection, claim: Claim, manners: Manners, rows: Collection[Row]) -> Needs | None:
    """The same of rows that are about to be sent; None when one of them may not be sent as it now is."""
    if manners.takes_all:
        return ledger.needs_of(conn, claim.hospital, [row.key for row in rows])
    needs, left_out = read(conn, claim, manners, rows)
    return None if left_out else needs


def referents(conn: Connection, hospital: str, manners: Manners, keys: Collection[Key]) -> dict[Key, Referent]:
    """How the things that are referred to stand at the hospital."""
    there = {key: Referent(*how) for key, how in ledger.standing(conn, hospital, keys).items()}
    there.update((key, Referent(None, held=False, dismissed=True)) for key in keys if key[0] in manners.not_taken)
    if not manners.creates_patients:
        there.update(_linked(links.those(conn, hospital, keys)))
    return there


def _linked(found: Mapping[Key, links.Link]) -> dict[Key, Referent]:
    """What the hospital has of its own for ours, as far as a person has said so."""
    holding = (link for link in found.values() if link.holds)
    return {link.key: Referent(link.remote_id, held=True, dismissed=False) for link in holding}
