"""delivery.md, section 3: an open attempt at a hospital that cannot be searched by identifier."""

from collections.abc import Callable

import pytest

from integration.delivery import queue
from integration.delivery.settling import Reason
from integration.store import enrolments
from integration.store.rows import State
from tests.delivery.by_hand import (
    CUT,
    HOSPITAL,
    PATIENT,
    A,
    Hand,
    accepted,
    identity_of,
    lost,
    refused,
    wait_over,
)

Make = Callable[..., Hand]


def test_without_search_by_identifier_rung_2_sends_its_conditional_create_again_after_the_wait(hand: Make) -> None:
    h = hand(rung=2, not_searchable=frozenset({"CarePlan"}))
    lost(h).end()
    lane = wait_over(h)
    send = lane.send()

    assert [(m, u) for m, u, _ in identity_of(send.request)] == [("POST", "CarePlan")]
    assert any(name == "if-none-exist" for name, _ in send.request.headers)


def may_be_there(hand: Make) -> Hand:
    """A row whose first POST may have arrived, where nobody can search for it."""
    h = hand(rung=4, not_searchable=frozenset({"CarePlan"}))
    h.want(A, 1)
    lane = h.lane()
    assert lane.send().ends is not None
    lane.reply(CUT)
    lane.end()
    return h


def test_without_search_by_identifier_rung_4_holds_the_row_as_may_be_there(hand: Make) -> None:
    h = may_be_there(hand)

    assert (h.row(A).state, h.row(A).reason) == (State.HELD, Reason.MAY_BE_THERE)


def dismissed(h: Hand) -> None:
    with h.database.write() as conn:
        queue.dismiss(conn, HOSPITAL, A, actor="tester", reason="looked: it is there", now=h.clock.now())


def enrolled_anew(h: Hand) -> None:
    with h.database.write() as conn:
        enrolments.unenrol(conn, HOSPITAL, PATIENT, "tester", h.clock.now())
    with h.database.write() as conn:
        enrolments.enrol(conn, HOSPITAL, [PATIENT], "tester", h.clock.now())


@pytest.mark.parametrize("meanwhile", [dismissed, enrolled_anew])
def test_what_may_be_there_is_never_posted_again_before_a_person_says_that_it_is_not(
    hand: Make, meanwhile: Callable[[Hand], None]
) -> None:
    h = may_be_there(hand)
    meanwhile(h)
    h.want(A, 2)
    h.lane().end()

    assert (h.row(A).state, h.row(A).reason) == (State.HELD, Reason.MAY_BE_THERE)


def test_what_was_dismissed_while_its_post_was_out_is_not_posted_again_when_its_record_changes(hand: Make) -> None:
    h = hand(rung=4, not_searchable=frozenset({"CarePlan"}))
    h.want(A, 1)
    lane = h.lane()
    lane.send()
    dismissed(h)
    lane.reply(CUT)
    lane.end()
    h.want(A, 2)
    h.lane().end()

    assert (h.row(A).state, h.row(A).reason) == (State.HELD, Reason.MAY_BE_THERE)


def test_what_a_person_did_not_find_there_is_sent_until_it_arrives(hand: Make) -> None:
    h = may_be_there(hand)
    with h.database.write() as conn:
        queue.retry(conn, HOSPITAL, A, actor="tester", reason="looked: it is not there", now=h.clock.now())
    lane = h.lane()
    lane.send()
    lane.reply(refused(429))  # not done: nothing more may be there than before
    lane.end()
    h.later(600)
    lane = h.lane()
    lane.reply(accepted(lane.send().request))
    lane.end()

    assert h.row(A).state is State.CLEAN


def test_what_a_person_says_of_one_lost_post_says_nothing_of_the_next(hand: Make) -> None:
    h = may_be_there(hand)
    with h.database.write() as conn:
        queue.retry(conn, HOSPITAL, A, actor="tester", reason="looked: it is not there", now=h.clock.now())
    lane = h.lane()
    assert lane.send().ends is not None
    lane.reply(CUT)
    lane.end()
    dismissed(h)
    h.want(A, 2)
    h.lane().end()

    assert (h.row(A).state, h.row(A).reason) == (State.HELD, Reason.MAY_BE_THERE)
