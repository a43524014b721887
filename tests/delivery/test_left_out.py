"""What a hospital does not take of a document's content is never sent, whenever that turns out."""

from collections.abc import Callable
from typing import Any

import pytest

from fhir_profiles import fhir_json
from integration.delivery import effects
from integration.delivery.settling import Reason
from integration.store import renderings, wants
from integration.store.rows import NOT_TAKEN, State
from mappings import projection
from tests.delivery.by_hand import (
    CUT,
    HOSPITAL,
    PATIENT,
    B,
    C,
    Hand,
    accepted,
    copy,
    document,
    found,
    identity_of,
    read,
    searched_for,
)

Make = Callable[..., Hand]


@pytest.fixture
def parts(hand: Make) -> Hand:
    """A hospital where what a rendering says of itself counts; one resource a request, POSTed after a search."""
    return hand(takes_all=False, bundle="single", rung=4)


def left_out(h: Hand, key: tuple[str, str]) -> None:
    """The clinic makes a version that the hospital does not take."""
    body = fhir_json.encode({**projection.Projection("vitals").rendered(document(key, 2))})
    digest = fhir_json.digest(body)
    assert projection.left_out(fhir_json.loads(body)) is not None
    with h.database.write() as conn:
        renderings.keep(conn, {digest: body})
        wants.wish(conn, HOSPITAL, PATIENT, {key: wants.Wish(3, identifier(key), digest, True)}, h.clock.now())


def identifier(key: tuple[str, str]) -> str:
    named = document(key, 1)["identifier"][0]
    return f"{named['system']}|{named['value']}"


def sent(send: effects.Send) -> list[dict[str, Any]]:
    return [resource for _, _, resource in identity_of(send.request)]


def test_what_is_left_out_is_dismissed_with_its_reason_and_nothing_is_asked(parts: Hand) -> None:
    left_out(parts, B)

    parts.lane().end()

    row = parts.row(B)
    assert (row.state, row.reason, row.detail) == (State.DISMISSED, NOT_TAKEN, "vital signs alone go there")


def test_a_version_that_becomes_untaken_while_another_is_out_is_not_sent(parts: Hand) -> None:
    parts.want(B, 1)
    parts.want(C, 1)
    lane = parts.lane()
    lane.send()
    lane.reply(found())
    first = lane.send()
    assert sent(first)[0]["identifier"][0]["value"] == "C"
    left_out(parts, B)
    lane.reply(accepted(first.request))

    asked = lane.send()
    assert searched_for(asked.request) == "B"
    lane.reply(found())
    lane.end()
    assert (parts.row(C).state, parts.row(B).state) == (State.CLEAN, State.DISMISSED)


def test_a_version_that_becomes_untaken_while_its_own_answer_is_lost_is_held_once_the_older_is_found(
    parts: Hand,
) -> None:
    parts.want(B, 1)
    lane = parts.lane()
    lane.send()
    lane.reply(found())
    first = lane.send()
    lane.reply(CUT)
    lane.send()
    left_out(parts, B)
    there = copy(sent(first)[0], remote_id="srv-B")
    lane.reply(found(there))

    requests = []
    while (send := lane.until(effects.Send)) is not None:
        requests.append(send.request.method)
        lane.reply(read(there))

    row = parts.row(B)
    assert (row.state, row.reason, row.remote_id) == (State.HELD, Reason.OVERTAKEN, "srv-B")
    assert set(requests) <= {"GET"}


def test_a_version_that_is_taken_again_goes_by_itself(parts: Hand) -> None:
    parts.held(B, 1)
    left_out(parts, B)
    parts.lane().end()
    assert parts.row(B).state is State.HELD

    parts.want(B, 3)

    assert parts.row(B).state is State.DIRTY
