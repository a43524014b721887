"""delivery.md, section 4: the ladder."""

from collections.abc import Callable
from typing import Any

import pytest

from integration.delivery.settling import Reason
from integration.hospital.client import Answer, Request
from integration.store.rows import State
from tests.delivery.by_hand import (
    BASE,
    CUT,
    A,
    Hand,
    copy,
    document,
    found,
    identity_of,
    read,
    refused,
    titles,
)

Make = Callable[..., Hand]
TOKEN = "identifier=" + BASE.system("plan").replace(":", "%3A").replace("/", "%2F") + "%7CA"


def entry(request: Request) -> tuple[str, str, dict[str, Any]]:
    return next(identity_of(request))


def first_write(h: Hand) -> Request:
    h.want(A, 1)
    lane = h.lane()
    send = lane.send()
    if send.ends is None:
        lane.reply(found())
        send = lane.send()
    return send.request


def test_rung_1_is_a_put_with_our_id(hand: Make) -> None:
    method, url, resource = entry(first_write(hand(rung=1)))

    assert (method, url, resource["id"]) == ("PUT", f"CarePlan/{A[1]}", A[1])


def test_rung_2_is_a_conditional_create_without_id_in_the_body(hand: Make) -> None:
    request = first_write(hand(rung=2))
    method, url, resource = entry(request)

    assert (method, url) == ("POST", "CarePlan")
    assert ("if-none-exist", TOKEN) in request.headers
    assert "id" not in resource


def test_rung_3_is_a_conditional_put_without_id_in_the_body(hand: Make) -> None:
    method, url, resource = entry(first_write(hand(rung=3)))

    assert (method, url) == ("PUT", f"CarePlan?{TOKEN}")
    assert "id" not in resource


def test_rung_4_searches_before_the_first_post_and_posts_without_id(hand: Make) -> None:
    h = hand(rung=4)
    h.want(A, 1)
    lane = h.lane()
    assert lane.send().request.path == "CarePlan/_search"
    lane.reply(found())
    method, url, resource = entry(lane.send().request)

    assert (method, url, "id" in resource) == ("POST", "CarePlan", False)


def test_rung_4_posts_nothing_when_the_search_finds_two(hand: Make) -> None:
    h = hand(rung=4)
    h.want(A, 1)
    lane = h.lane()
    lane.send()
    lane.reply(found(copy(document(A, 1), "1", "x"), copy(document(A, 1), "1", "y")))
    lane.end()

    assert (h.row(A).state, h.row(A).reason) == (State.PARKED, Reason.DUPLICATE)


def test_rung_4_posts_nothing_when_the_search_finds_it_already_there(hand: Make) -> None:
    h = hand(rung=4)
    h.want(A, 1)
    lane = h.lane()
    lane.send()
    lane.reply(found(copy(document(A, 1), "4", "x")))
    lane.end()

    assert (h.row(A).state, h.row(A).remote_id) == (State.CLEAN, "x")


@pytest.mark.parametrize("rung", [1, 2, 3, 4])
def test_every_later_write_on_every_rung_is_a_put_to_the_remote_id_with_if_match(hand: Make, rung: int) -> None:
    h = hand(rung=rung)
    h.held(A, 1, "7")
    remote = h.row(A).remote_id
    h.want(A, 2)
    lane = h.lane()
    lane.send()
    lane.reply(read(copy(document(A, 1), "7", remote)))
    request = lane.send().request
    method, url, resource = entry(request)

    assert (method, url, resource["id"]) == ("PUT", f"CarePlan/{remote}", remote)
    assert ("if-match", 'W/"7"') in request.headers


def existing(h: Hand, there: dict[str, Any] | None) -> None:
    """A conditional create is answered with 200: something with that identifier is there."""
    h.want(A, 2)
    lane = h.lane()
    lane.send()
    lane.reply(Answer(200, {"location": "CarePlan/srv-1/_history/1", "etag": 'W/"1"'}, b""))
    look = lane.send()
    assert (look.request.method, look.request.path) == ("GET", "CarePlan/srv-1")
    assert h.row(A).state is State.UNKNOWN
    lane.reply(read(there))
    lane.end()


def test_a_200_to_a_conditional_create_is_not_accepted_but_read_by_id_and_adopted_if_it_is_what_was_sent(
    hand: Make,
) -> None:
    h = hand(rung=2)
    existing(h, copy(document(A, 2), "1", "srv-1"))

    assert (h.row(A).state, h.row(A).remote_id) == (State.CLEAN, "srv-1")


def test_a_200_to_a_conditional_create_that_names_something_else_is_a_conflict(hand: Make) -> None:
    h = hand(rung=2)
    existing(h, copy(document(A, "theirs"), "1", "srv-1"))

    assert (h.row(A).state, h.row(A).reason) == (State.HELD, Reason.CONFLICT)


def test_a_200_to_a_conditional_create_that_names_an_older_one_of_ours_makes_the_row_dirty(hand: Make) -> None:
    h = hand(rung=2)
    h.want(A, 1)
    lane = h.lane()
    lane.send()
    lane.reply(CUT)
    lane.send()
    lane.reply(found())
    lane.end()
    h.later(h.manners.wait)
    lane = h.lane()
    lane.send()
    lane.reply(found())
    h.want(A, 2)
    send = lane.send()
    assert titles(send.request) == ["A v2"]
    lane.reply(Answer(200, {"location": "CarePlan/srv-1/_history/1", "etag": 'W/"1"'}, b""))
    lane.send()
    lane.reply(read(copy(document(A, 1), "1", "srv-1")))
    update = lane.send()

    assert update.request.path == "CarePlan/srv-1"
    assert h.row(A).state is State.DIRTY
    assert h.row(A).have != h.row(A).want


@pytest.mark.parametrize("status", [409, 412])
def test_a_409_or_412_to_a_first_write_is_looked_up_without_the_wait(hand: Make, status: int) -> None:
    h = hand(rung=2)
    h.want(A, 1)
    lane = h.lane()
    lane.send()
    lane.reply(refused(status))
    lane.send()
    lane.reply(found())

    assert titles(lane.send().request) == ["A v1"]


def test_a_first_write_that_always_conflicts_with_nothing_is_parked(hand: Make) -> None:
    h = hand(rung=2)
    h.want(A, 1)
    lane = h.lane()
    for _ in range(3):
        lane.send()
        lane.reply(refused(412))
        lane.send()
        lane.reply(found())
    lane.end()

    assert (h.row(A).state, h.row(A).reason) == (State.PARKED, Reason.ALWAYS_CONFLICTS)


def test_an_answer_about_another_resource_stops_the_hospital(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    lane = h.lane()
    lane.send()
    lane.reply(Answer(201, {"location": "CarePlan/another-one/_history/1"}, b""))
    lane.end()

    assert h.hospital().state == "stopped"
    assert h.row(A).open is not None
