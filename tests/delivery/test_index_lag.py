"""delivery.md, section 6, N1: the shortest wait that may be set outlasts the slowest hospital that was believed."""

from collections.abc import Callable

import pytest

from integration.hospital.settings import Settings, problems
from integration.store.rows import State
from tests.delivery.by_hand import CUT, A, Hand, copy, document, found

DEADLINE, COMMIT_DELAY, INDEX_LAG = 10.0, 20.0, 30.0


def shortest() -> float:
    """The shortest wait in whole seconds that the settings let pass."""
    waits = (Settings(deadline=DEADLINE, commit_delay=COMMIT_DELAY, index_lag=INDEX_LAG, wait=w) for w in range(1, 200))
    return next(settings.wait for settings in waits if not problems(settings))


@pytest.mark.parametrize("rung", [2, 3, 4])
def test_what_the_search_index_shows_as_late_as_it_may_is_found_by_the_last_look(
    hand: Callable[..., Hand], rung: int
) -> None:
    h = hand(rung=rung, deadline=DEADLINE, wait=shortest())
    h.want(A, 1)
    lane = h.lane()
    send = lane.send()
    if send.ends is None:
        lane.reply(found())
        lane.send()
    begin = h.clock.at
    lane.reply(CUT)
    lane.send()
    lane.reply(found())
    lane.end()
    h.later(shortest())
    lane = h.lane("two")
    lane.send()
    shows = h.clock.at >= begin + DEADLINE + COMMIT_DELAY + INDEX_LAG
    lane.reply(found(copy(document(A, 1), "1", "srv-A")) if shows else found())
    lane.end()

    assert (h.row(A).state, h.row(A).remote_id) == (State.CLEAN, "srv-A")
