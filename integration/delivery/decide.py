"""What a lane has to do next: pure decisions, the same ones that the protocol's model checked."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from integration.delivery.effects import Referent, View
from integration.delivery.manners import Manners
from integration.store.rows import Key, Row, State, Write

BY_ID = (Write.PUT, Write.UPDATE)


class Due(StrEnum):
    """How an open attempt may be looked up now."""

    EARLY = "early"  # what is found may be adopted; not finding it proves nothing yet
    FINAL = "final"  # issued at or after begin + W: not there means not there
    BLIND = "blind"  # nothing can be looked up: no search by identifier


def look_due(row: Row, now: float, manners: Manners) -> Due | None:
    """Whether, and how, the open attempt of this row may be looked up now."""
    tried = row.open
    if tried is None:
        return None
    waited = now >= tried.begin + manners.wait
    if tried.sure and (tried.named is not None or tried.write in BY_ID):
        return Due.FINAL
    if tried.write not in BY_ID and not manners.can_search(row.type):
        return Due.BLIND if tried.write is not Write.CREATE or waited or tried.sure else None
    if tried.sure or waited:
        return Due.FINAL
    return Due.EARLY if tried.looks == 0 else None


def next_look(row: Row, manners: Manners) -> float | None:
    """When the open attempt of this row may be looked up again."""
    return None if row.open is None else row.open.begin + manners.wait


def may_go(needs: Collection[Key], referents: Mapping[Key, Referent], along: Collection[Key]) -> bool:
    """Whether everything that a row refers to is held there, goes along in the same transaction, or was dismissed."""
    for key in needs:
        if key not in along:
            there = referents.get(key)
            if there is None or not (there.held or there.dismissed):
                return False
    return True


def never_comes(row: Row, view: View) -> list[Key]:
    """What this row refers to that is neither there nor on its way: it waits for these."""
    on_their_way = {other.key for other in view.rows}
    return [
        key for key in view.needs.get(row.key, ()) if key not in on_their_way and not may_go((key,), view.referents, ())
    ]


def bundle(rows: Collection[Row], needs: Mapping[Key, tuple[Key, ...]], referents: Mapping[Key, Referent],
           manners: Manners) -> tuple[Row, ...]:  # fmt: skip
    """The rows of the next request: in order, as many as fit, each with its referents held or going along.

    A row whose bundle came to nothing (`cap`) travels in no larger company: refused transactions are halved until
    the culprit stands alone; what was in an unknown one goes alone.
    """
    limit = 1 if manners.bundle == "single" else manners.bundle_size
    together = manners.bundle == "transaction"
    chosen: list[Row] = []
    along: set[Key] = set()
    for row in rows:
        if row.state is not State.DIRTY or row.open is not None or row.type in manners.stopped_types:
            continue
        if not may_go(needs.get(row.key, ()), referents, along):
            continue
        room = min(limit, row.cap or limit)
        if len(chosen) >= room:
            if chosen and len(chosen) >= limit:
                break
            continue
        limit = room
        chosen.append(row)
        if together:
            along.add(row.key)
    return tuple(chosen)
