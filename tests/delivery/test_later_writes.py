"""delivery.md, section 4: every later write, on every rung."""

from collections.abc import Callable
from typing import Any

import pytest

from integration.delivery.settling import UNSEEN, Reason
from integration.store.rows import State
from tests.delivery.by_hand import CUT, A, Hand, accepted, copy, document, identity_of, read, refused

Make = Callable[..., Hand]


def updated(h: Hand) -> Any:
    h.held(A, 1)
    h.want(A, 2)
    lane = h.lane()
    lane.send()
    lane.reply(read(copy(document(A, 1), "1")))
    return lane


def test_a_412_to_an_update_is_re_read_and_sent_with_the_new_version_when_only_the_version_moved(hand: Make) -> None:
    h = hand()
    lane = updated(h)
    lane.send()
    lane.reply(refused(412))
    assert lane.send().request.method == "GET"
    lane.reply(read(copy(document(A, 1), "2")))
    lane.send()
    lane.reply(read(copy(document(A, 1), "2")))
    again = lane.send()

    assert ("if-match", 'W/"2"') in again.request.headers


@pytest.mark.parametrize("status", [409, 412])
def test_a_409_or_412_to_an_update_is_never_blindly_repeated_over_somebody_elses_change(
    hand: Make, status: int
) -> None:
    h = hand()
    lane = updated(h)
    lane.send()
    lane.reply(refused(status))
    lane.send()
    lane.reply(read(copy(document(A, "theirs"), "2")))
    lane.end()

    assert (h.row(A).state, h.row(A).reason) == (State.HELD, Reason.CONFLICT)


def test_an_update_of_what_is_gone_there_is_held_and_never_created_again(hand: Make) -> None:
    h = hand()
    h.held(A, 1)
    h.want(A, 2)
    lane = h.lane()
    lane.send()
    lane.reply(refused(410))
    lane.end()

    assert (h.row(A).state, h.row(A).reason) == (State.HELD, Reason.GONE)


def test_where_if_match_is_ignored_a_version_gap_in_the_answer_holds_the_row(hand: Make) -> None:
    h = hand(if_match="ignored")
    lane = updated(h)
    send = lane.send()
    lane.reply(accepted(send.request, "3"))
    lane.end()

    assert (h.row(A).state, h.row(A).reason) == (State.HELD, Reason.VERSION_GAP)


def test_where_if_match_is_ignored_a_version_gap_found_by_a_look_up_holds_the_row(hand: Make) -> None:
    h = hand(if_match="ignored")
    lane = updated(h)
    lane.send()
    lane.reply(CUT)
    lane.send()
    lane.reply(read(copy(document(A, 2), "3")))
    lane.end()

    assert (h.row(A).state, h.row(A).reason) == (State.HELD, Reason.VERSION_GAP)


@pytest.mark.parametrize(("if_match", "version"), [("ignored", "b7f2"), ("ignored", "²"), ("none", "2")])
def test_where_versions_cannot_be_counted_the_row_says_that_nobody_could_see_a_foreign_edit(
    hand: Make, if_match: str, version: str
) -> None:
    h = hand(if_match=if_match)
    lane = updated(h)
    send = lane.send()
    lane.reply(accepted(send.request, version))
    lane.end()

    assert (h.row(A).state, h.row(A).reason, h.row(A).detail) == (State.CLEAN, None, UNSEEN)
    h.want(A, 3)
    assert h.row(A).detail is None


def test_a_look_up_that_finds_an_uncountable_version_says_the_same(hand: Make) -> None:
    h = hand(if_match="ignored")
    lane = updated(h)
    lane.send()
    lane.reply(CUT)
    lane.send()
    lane.reply(read(copy(document(A, 2), "b7f2")))
    lane.end()

    assert (h.row(A).state, h.row(A).detail) == (State.CLEAN, UNSEEN)


@pytest.mark.parametrize("version", ["1", "2"])
def test_the_same_version_or_the_next_one_is_no_gap(hand: Make, version: str) -> None:
    """An update that changes nothing makes no version; had somebody else written in between, theirs would have."""
    h = hand(if_match="ignored")
    lane = updated(h)
    send = lane.send()
    lane.reply(accepted(send.request, version))
    lane.end()

    assert (h.row(A).state, h.row(A).detail) == (State.CLEAN, None)


def test_where_if_match_is_honoured_nothing_is_unseen(hand: Make) -> None:
    h = hand()
    lane = updated(h)
    send = lane.send()
    lane.reply(accepted(send.request, "b7f2"))
    lane.end()

    assert (h.row(A).state, h.row(A).detail) == (State.CLEAN, None)


def test_where_there_are_no_versions_no_if_match_is_sent(hand: Make) -> None:
    lane = updated(hand(if_match="none"))

    assert not [value for name, value in lane.send().request.headers if name == "if-match"]


def test_an_update_is_written_onto_what_the_hospital_added(hand: Make) -> None:
    h = hand()
    h.held(A, 1)
    h.want(A, 2)
    lane = h.lane()
    lane.send()
    theirs = copy(document(A, 1), "2", note=[{"text": "seen by the ward"}])
    theirs["identifier"] = [*theirs["identifier"], {"system": "http://hospital.example", "value": "77"}]
    lane.reply(read(theirs))
    request = lane.send().request
    _, _, resource = next(identity_of(request))

    assert resource["title"] == "v2"
    assert resource["note"] == [{"text": "seen by the ward"}]
    assert [i["value"] for i in resource["identifier"]] == ["A", "77"]
    assert ("if-match", 'W/"2"') in request.headers


def test_an_update_of_what_somebody_changed_there_is_held_before_anything_is_sent(hand: Make) -> None:
    h = hand()
    h.held(A, 1)
    h.want(A, 2)
    lane = h.lane()
    lane.send()
    lane.reply(read(copy(document(A, "theirs"), "2")))
    lane.end()

    assert (h.row(A).state, h.row(A).reason) == (State.HELD, Reason.CONFLICT)


def test_a_newer_version_where_no_updates_are_taken_is_parked(hand: Make) -> None:
    h = hand(not_updatable=frozenset({"CarePlan"}))
    h.held(A, 1)
    h.want(A, 2)
    h.lane().end()

    assert (h.row(A).state, h.row(A).reason) == (State.PARKED, Reason.NO_UPDATES)
