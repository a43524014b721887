"""delivery.md, section 1: rows."""

from collections.abc import Callable

from integration.delivery import effects, queue
from integration.store import enrolments
from integration.store.rows import UNENROLLED, State
from tests.delivery.by_hand import (
    CUT,
    HOSPITAL,
    PATIENT,
    A,
    B,
    Hand,
    accepted,
    copy,
    document,
    read,
    refused,
    titles,
)

Make = Callable[..., Hand]


def dismiss(hand: Hand) -> None:
    with hand.database.write() as conn:
        queue.dismiss(conn, HOSPITAL, A, actor="a person", reason="wrong patient", now=hand.clock.now())


def test_a_want_that_returns_to_have_while_an_attempt_is_open_leaves_the_row_unknown(hand: Make) -> None:
    h = hand()
    h.held(A, 1)
    h.want(A, 2)
    lane = h.lane()
    lane.send()
    lane.reply(read(copy(document(A, 1))))
    lane.send()
    lane.reply(CUT)
    lane.send()
    lane.kill()
    h.want(A, 1)

    assert h.row(A).want == h.row(A).have
    assert h.row(A).state is State.UNKNOWN


def test_a_late_answer_of_b_in_a_b_a_is_seen_before_the_row_is_clean(hand: Make) -> None:
    h = hand()
    h.held(A, 1)
    h.want(A, 2)
    lane = h.lane()
    lane.send()
    lane.reply(read(copy(document(A, 1))))
    lane.send()
    lane.reply(CUT)
    lane.send()
    h.want(A, 1)
    lane.reply(read(copy(document(A, 2), "2")))
    again = lane.send()

    assert again.request.method == "GET"
    assert h.row(A).state is State.DIRTY
    lane.reply(read(copy(document(A, 2), "2")))
    assert titles(lane.send().request) == ["A v1"]


def test_dismissed_outlives_a_settle_which_records_what_the_hospital_has(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    lane = h.lane()
    send = lane.send()
    dismiss(h)
    lane.reply(accepted(send.request, "1"))
    lane.end()

    row = h.row(A)
    assert (row.state, row.have, row.remote_id, row.remote_version) == (State.DISMISSED, row.want, A[1], "1")


def test_a_dismissal_never_closes_an_open_attempt_whose_fate_is_looked_up_and_nothing_is_sent(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    lane = h.lane()
    lane.send()
    lane.reply(CUT)
    look = lane.send()
    dismiss(h)

    assert look.request.method == "GET"
    lane.reply(read(None))
    lane.end()
    assert h.row(A).open is not None
    h.later(h.manners.wait)
    lane = h.lane()
    assert lane.send().request.method == "GET"
    lane.reply(read(copy(document(A, 1))))
    lane.end()
    row = h.row(A)
    assert (row.state, row.have, row.open) == (State.DISMISSED, row.want, None)


def test_a_later_version_of_a_dismissed_row_waits_for_its_open_attempt(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    lane = h.lane()
    lane.send()
    lane.reply(CUT)
    lane.send()
    dismiss(h)
    h.want(A, 2)

    assert h.row(A).state is State.UNKNOWN
    lane.reply(read(None))
    lane.end()
    assert h.row(A).state is State.UNKNOWN


def test_unenrol_stops_sending_and_names_what_may_still_arrive(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    h.want(B, 1)
    lane = h.lane()
    lane.send()
    h_two = B
    with h.database.write() as conn:
        may_arrive = enrolments.unenrol(conn, HOSPITAL, PATIENT, "a person", h.clock.now())

    assert may_arrive == [A, h_two]
    lane.reply(CUT)
    assert lane.send().request.method == "GET"
    assert {h.row(A).reason, h.row(B).reason} == {UNENROLLED}


def test_nothing_is_sent_after_an_unenrolment_that_came_between_reading_and_writing_ahead(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    lane = h.lane()
    ahead = lane.until(effects.WriteAhead)
    with h.database.write() as conn:
        enrolments.unenrol(conn, HOSPITAL, PATIENT, "a person", h.clock.now())
    lane.perform(ahead)

    lane.end()
    assert h.row(A).open is None


def test_an_enrolment_that_ended_is_reopened_only_by_a_new_one(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    with h.database.write() as conn:
        enrolments.unenrol(conn, HOSPITAL, PATIENT, "a person", h.clock.now())
    h.want(A, 2)

    assert h.row(A).state is State.DISMISSED
    with h.database.write() as conn:
        enrolments.enrol(conn, HOSPITAL, [PATIENT], "a person", h.clock.now())
    assert h.row(A).state is State.DIRTY


def test_have_becomes_the_want_that_was_sent_never_todays(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    first = h.row(A).want
    lane = h.lane()
    send = lane.send()
    h.want(A, 2)
    lane.reply(accepted(send.request))
    lane.send()

    assert h.row(A).have == first
    assert h.row(A).state is State.DIRTY


def test_a_newer_record_version_makes_a_parked_row_dirty(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    lane = h.lane()
    lane.send()
    lane.reply(refused(422))
    lane.end()
    assert h.row(A).state is State.PARKED
    h.want(A, 2)

    assert h.row(A).state is State.DIRTY
    assert titles(h.lane().send().request) == ["A v2"]
