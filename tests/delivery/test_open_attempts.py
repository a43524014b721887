"""delivery.md, section 3: an open attempt, whose answer was lost, cut, or says nothing."""

from collections.abc import Callable

import pytest

from integration.delivery import effects, queue
from integration.delivery.settling import Reason
from integration.hospital.client import Answer
from integration.store.rows import State
from tests.delivery.by_hand import (
    CUT,
    HOSPITAL,
    NOT_SENT,
    A,
    B,
    C,
    Hand,
    accepted,
    copy,
    document,
    found,
    lost,
    read,
    refused,
    searched_for,
    titles,
    wait_over,
)

Make = Callable[..., Hand]


def test_a_lost_reply_on_rung_1_is_looked_up_at_once_by_id(hand: Make) -> None:
    look = lost(hand()).send()

    assert (look.request.method, look.request.path) == ("GET", f"CarePlan/{A[1]}")


@pytest.mark.parametrize("rung", [2, 3, 4])
def test_a_lost_reply_on_rungs_2_to_4_is_looked_up_by_identifier_with_post(hand: Make, rung: int) -> None:
    look = lost(hand(rung=rung)).send()

    assert (look.request.method, look.request.path) == ("POST", "CarePlan/_search")
    assert searched_for(look.request) == "A"


@pytest.mark.parametrize("rung", [1, 2, 3, 4])
def test_every_look_up_says_no_cache(hand: Make, rung: int) -> None:
    look = lost(hand(rung=rung)).send()

    assert ("cache-control", "no-cache") in look.request.headers


def test_what_is_found_equal_to_what_was_sent_is_adopted_at_any_look_up(hand: Make) -> None:
    h = hand(rung=2)
    lane = lost(h)
    lane.send()
    lane.reply(found(copy(document(A, 1), "3", "srv-9")))
    lane.end()

    row = h.row(A)
    assert (row.state, row.remote_id, row.remote_version, row.have) == (State.CLEAN, "srv-9", "3", row.want)


def test_what_is_found_is_compared_with_what_the_attempt_sent_not_with_todays_want(hand: Make) -> None:
    h = hand()
    lane = lost(h)
    sent = h.row(A).want
    lane.send()
    h.want(A, 2)
    lane.reply(read(copy(document(A, 1))))
    lane.send()

    row = h.row(A)
    assert (row.have, row.state) == (sent, State.DIRTY)


def test_two_hits_are_parked_as_duplicates_and_none_is_picked(hand: Make) -> None:
    h = hand(rung=2)
    lane = lost(h)
    lane.send()
    lane.reply(found(copy(document(A, 1), "1", "x"), copy(document(A, 1), "1", "y")))
    lane.end()

    row = h.row(A)
    assert (row.state, row.reason, row.remote_id) == (State.PARKED, Reason.DUPLICATE, None)


def test_nothing_found_before_the_wait_is_over_proves_nothing_and_nothing_is_sent(hand: Make) -> None:
    h = hand()
    lane = lost(h)
    lane.send()
    lane.reply(read(None))
    ended = lane.end()

    assert h.row(A).open is not None
    assert ended.due_at == h.row(A).open.begin + h.manners.wait


def test_a_look_up_issued_when_the_wait_is_over_closes_the_attempt_and_the_row_is_sent_alone(hand: Make) -> None:
    h = hand()
    lane = lost(h)
    lane.send()
    lane.reply(read(None))
    lane.end()
    h.want(B, 1)
    lane = wait_over(h)
    assert lane.send().request.method == "GET"
    lane.reply(read(None))

    assert titles(lane.send().request) == ["A v1"]


def test_a_look_up_issued_before_the_wait_was_over_closes_nothing_however_late_it_is_acted_upon(hand: Make) -> None:
    h = hand()
    lane = lost(h)
    lane.send()
    lane.reply(read(None))
    h.later(h.manners.wait + 1)
    looked = lane.until(effects.LookedUp)
    lane.perform(looked)

    assert not looked.final
    assert h.row(A).open is not None


def test_a_look_up_one_moment_before_the_wait_is_over_is_not_the_last(hand: Make) -> None:
    h = hand()
    lost(h).kill()
    h.later(h.manners.wait - 0.001)
    lane = h.lane(dead=True)
    lane.send()
    lane.reply(read(None))
    lane.end()

    assert h.row(A).open is not None


def test_the_wait_runs_from_the_write_ahead_not_from_the_claim(hand: Make) -> None:
    h = hand()
    lost(h).kill()
    h.later(h.manners.wait)
    lane = h.lane(dead=True)
    lane.send()
    lane.reply(read(None))

    assert titles(lane.send().request) == ["A v1"]


def test_a_lost_update_that_finds_our_former_version_waits_and_is_sent_again_only_after_the_wait(hand: Make) -> None:
    h = hand()
    h.held(A, 1)
    h.want(A, 2)
    lane = h.lane()
    lane.send()
    lane.reply(read(copy(document(A, 1))))
    lane.send()
    lane.reply(CUT)
    assert lane.send().request.method == "GET"
    lane.reply(read(copy(document(A, 1))))
    lane.end()
    assert h.row(A).state is State.UNKNOWN
    lane = wait_over(h)
    lane.send()
    lane.reply(read(copy(document(A, 1))))
    assert lane.send().request.method == "GET"
    lane.reply(read(copy(document(A, 1))))

    assert titles(lane.send().request) == ["A v2"]


def test_an_older_attempt_of_ours_that_landed_late_is_taken_for_what_it_is(hand: Make) -> None:
    h = hand()
    lost(h).kill()
    h.later(h.manners.wait)
    lane = h.lane(dead=True)
    first = h.row(A).want
    lane.send()
    lane.reply(read(None))
    h.want(A, 2)
    ahead = lane.until(effects.WriteAhead)
    lane.perform(ahead)
    send = lane.send()
    assert titles(send.request) == ["A v2"]
    lane.reply(CUT)
    lane.send()
    lane.reply(read(copy(document(A, 1))))
    lane.end()
    assert h.row(A).open is not None
    lane = wait_over(h)
    lane.send()
    lane.reply(read(copy(document(A, 1))))
    lane.send()

    row = h.row(A)
    assert (row.have, row.state, row.open) == (first, State.DIRTY, None)


def test_anything_else_that_is_found_is_a_conflict_for_a_person(hand: Make) -> None:
    h = hand()
    lane = lost(h)
    lane.send()
    lane.reply(read(copy(document(A, "of somebody else"))))
    lane.end()

    row = h.row(A)
    assert (row.state, row.reason, row.open) == (State.HELD, Reason.CONFLICT, None)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_fault_behind_a_proxy_leaves_a_write_open(hand: Make, status: int) -> None:
    h = hand()
    lane = lost(h, refused(status, **{"retry-after": "1"}))
    lane.until(effects.Send)

    assert h.row(A).state is State.UNKNOWN
    assert h.row(A).open is not None


@pytest.mark.parametrize("answer", [refused(429, **{"retry-after": "2"}), NOT_SENT])
def test_only_429_and_a_connection_that_was_never_made_close_it_as_not_done(hand: Make, answer: Answer) -> None:
    h = hand()
    lost(h, answer).end()

    row = h.row(A)
    assert (row.state, row.open, row.unknowns) == (State.DIRTY, None, 0)


def test_a_429_makes_the_whole_hospital_wait_as_long_as_it_asked(hand: Make) -> None:
    h = hand()
    ended = lost(h, refused(429, **{"retry-after": "120"})).end()

    assert h.hospital().not_before == h.clock.now() + 120
    assert ended.due_at is not None
    assert ended.due_at >= h.clock.now() + 120


def test_a_401_closes_it_as_not_done_and_stops_the_hospital(hand: Make) -> None:
    h = hand()
    ended = lost(h, refused(401)).end()

    assert ended.stopped
    assert h.hospital().state == "stopped"
    assert (h.row(A).state, h.row(A).open) == (State.DIRTY, None)


def test_a_503_closes_it_only_where_the_hospital_says_that_busy_means_not_done(hand: Make) -> None:
    h = hand(busy_means_not_done=True)
    lost(h, refused(503, **{"retry-after": "1"})).end()

    assert (h.row(A).state, h.row(A).open) == (State.DIRTY, None)


def test_the_rows_of_an_unknown_bundle_are_sent_alone_next(hand: Make) -> None:
    h = hand()
    h.want(B, 1)
    h.want(C, 1)
    lane = h.lane()
    assert len(titles(lane.send().request)) == 2
    lane.reply(CUT)
    for _ in range(2):
        lane.send()
        lane.reply(read(None))
    lane.end()
    lane = wait_over(h)
    for _ in range(2):
        lane.send()
        lane.reply(read(None))

    assert len(titles(lane.send().request)) == 1


def test_other_rows_go_on_while_one_is_open(hand: Make) -> None:
    h = hand(bundle="single")
    h.want(B, 1)
    h.want(C, 1)
    lane = h.lane()
    first = titles(lane.send().request)
    lane.reply(CUT)
    lane.send()
    lane.reply(read(None))

    assert titles(lane.send().request) != first


def crash(h: Hand, *, own: bool = True, answer: object = CUT) -> None:
    """The row is sent alone, its answer lost; at W it is not there."""
    lane = h.lane(dead=True)
    send = lane.send()
    while send.ends is None:
        lane.reply(read(None))
        send = lane.send()
    if own:
        lane.reply(answer)  # type: ignore[arg-type]
        lane.until(effects.Send)
    lane.kill()
    h.later(h.manners.wait)


def look_once(h: Hand) -> None:
    lane = h.lane(dead=True)
    lane.send()
    lane.reply(read(None))
    lane.until(effects.WriteAhead)
    lane.kill()
    h.later(1)


def test_three_unknowns_of_the_same_content_sent_alone_park_a_record_that_crashes_the_server(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    for _ in range(3):
        crash(h)
    lane = h.lane(dead=True)
    lane.send()
    lane.reply(read(None))
    lane.end()

    assert (h.row(A).state, h.row(A).reason) == (State.PARKED, Reason.CRASHES)


def test_our_own_kills_do_not_count_towards_the_three(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    for _ in range(4):
        crash(h, own=False)
    look_once(h)

    assert (h.row(A).state, h.row(A).unknowns) == (State.DIRTY, 0)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_endpoint_faults_are_never_charged_to_the_record(hand: Make, status: int) -> None:
    h = hand()
    h.want(A, 1)
    for _ in range(4):
        crash(h, answer=refused(status))
    look_once(h)

    assert (h.row(A).state, h.row(A).unknowns) == (State.DIRTY, 0)


def test_the_count_belongs_to_the_content_a_newer_version_starts_anew(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    crash(h)
    crash(h)
    h.want(A, 2)
    look_once(h)

    assert h.row(A).unknowns == 0


def test_a_failed_look_up_decides_nothing(hand: Make) -> None:
    h = hand()
    lane = lost(h)
    lane.send()
    lane.reply(refused(500))
    ended = lane.end()

    assert h.row(A).open is not None
    assert ended.due_at is not None
    assert ended.tries == 1


def test_a_copy_about_another_patient_is_held_and_stops_the_hospital(hand: Make) -> None:
    h = hand(rung=2)
    lane = lost(h)
    lane.send()
    other = copy(document(A, 1), "1", "x")
    other["subject"] = {"reference": "Patient/somebody-else"}
    lane.reply(found(other))
    lane.end()

    assert (h.row(A).state, h.row(A).reason) == (State.HELD, Reason.OTHER_PATIENT)
    assert h.hospital().state == "stopped"


def test_a_search_that_also_returns_others_records_decides_nothing_and_stops_the_type(hand: Make) -> None:
    h = hand(rung=2)
    lane = lost(h)
    lane.send()
    foreign = copy(document(A, 1), "1", "x")
    foreign["identifier"] = [{"system": "http://other.example", "value": "A"}]
    lane.reply(found(foreign))
    lane.end()

    assert h.row(A).open is not None
    assert "CarePlan" in h.hospital().stopped_types


def test_what_the_hospital_added_at_the_write_does_not_hide_that_it_is_ours(hand: Make) -> None:
    h = hand(rung=2)
    lane = lost(h)
    lane.send()
    added = copy(document(A, 1), "1", "x", created="2026-03-01")
    lane.reply(found(added))
    lane.end()

    assert h.row(A).state is State.CLEAN


def test_a_held_conflict_is_read_again_and_ours_is_sent_when_a_person_says_so(hand: Make) -> None:
    h = hand()
    h.held(A, 1)
    h.want(A, 2)
    lane = h.lane()
    lane.send()
    lane.reply(read(copy(document(A, "theirs"), "2")))
    lane.end()
    assert (h.row(A).state, h.row(A).reason) == (State.HELD, Reason.CONFLICT)
    with h.database.write() as conn:
        queue.retry(conn, HOSPITAL, A, actor="a person", reason="ours is right", now=h.clock.now())
    lane = h.lane()
    lane.send()
    lane.reply(read(copy(document(A, "theirs"), "2")))
    send = lane.send()

    assert ("if-match", 'W/"2"') in send.request.headers
    assert titles(send.request) == ["A v2"]
    lane.reply(accepted(send.request, "3"))
    lane.end()
    assert h.row(A).state is State.CLEAN
    assert h.row(A).remote_version == "3"
