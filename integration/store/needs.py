"""What rows refer to, and what of it is missing at the hospital.

Where documents go whole, a row refers to what its document refers to. Where only a part goes (projection.py), what the
rendering still refers to counts: its Patient, and the Encounter and Practitioner that a person links.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from integration.store import ledger, links, renderings, terms
from integration.store.rows import Key, Row, State


def of(conn: Connection, hospital: str, rows: Collection[Row]) -> dict[Key, tuple[Key, ...]]:
    """What these rows of a hospital refer to, by our ids."""
    if terms.of(conn, hospital).is_full:
        return ledger.needs_of(conn, hospital, [row.key for row in rows])
    return rendered(rows, renderings.rendered(conn, {row.want for row in rows}))


def rendered(rows: Collection[Row], found: Mapping[str, renderings.Rendered]) -> dict[Key, tuple[Key, ...]]:
    """What these rows refer to in their renderings."""
    return {row.key: found[row.want].refers_to for row in rows if row.want in found}


def missing(conn: Connection, hospital: str, keys: Collection[Key]) -> tuple[Key, ...]:
    """Those of these that the hospital does not hold, is not linked to, and that nobody dismissed."""
    there = ledger.get_many(conn, hospital, keys)
    linked = links.those(conn, hospital, keys)

    def is_missing(key: Key) -> bool:
        if key in linked:
            return not linked[key].holds
        return key not in there or (there[key].have is None and there[key].state is not State.DISMISSED)

    return tuple(key for key in keys if is_missing(key))
