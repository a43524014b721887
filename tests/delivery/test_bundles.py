"""delivery.md, section 5: refused, references, lanes."""

import json
from collections.abc import Callable

import pytest

from integration.delivery import effects, queue
from integration.delivery.settling import Reason
from integration.hospital.client import Answer
from integration.store.rows import NOT_TAKEN, State
from tests.delivery.by_hand import (
    BASE,
    HOSPITAL,
    NOT_SENT,
    OTHER_PATIENT,
    A,
    B,
    C,
    D,
    Hand,
    Lane,
    accepted,
    copy,
    document,
    identity_of,
    read,
    refused,
    titles,
)

Make = Callable[..., Hand]


def test_refused_parks_the_row_with_the_codes_of_the_outcome_and_not_its_text(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    lane = h.lane()
    lane.send()
    issue = {"code": "required", "expression": ["CarePlan.title"], "diagnostics": "Elin Testpatient has no title"}
    body = {"resourceType": "OperationOutcome", "issue": [issue]}
    lane.reply(Answer(422, {}, json.dumps(body).encode()))
    lane.end()

    assert (h.row(A).state, h.row(A).reason) == (State.PARKED, Reason.REFUSED)
    assert h.row(A).detail == "422: required at CarePlan.title"


def copy_read(lane: Lane) -> None:
    """The hospital's copy of whatever is read now."""
    _, _, name = lane.send().request.path.partition("/")
    lane.reply(read(copy(next(document(key, 1) for key in (A, B, C, D) if key[1] == name))))


def test_after_an_endpoint_fault_half_as_many_are_read_and_sent_so_that_updates_pass_a_bad_line(hand: Make) -> None:
    h = hand(bundle_size=4)
    for key in (A, B, C, D):
        h.held(key)
    for key in (A, B, C, D):
        h.want(key, 2)
    lane = h.lane()
    for _ in range(3):
        copy_read(lane)
    lane.send()
    lane.reply(refused(503))  # the last of four reads: none of the four was sent
    h.later((lane.end().due_at or 0) - h.clock.now())

    lane = h.lane()
    for _ in range(2):
        copy_read(lane)
    send = lane.send()

    assert send.ends is not None
    assert len(titles(send.request)) == 2


def test_refused_does_not_park_a_row_that_wants_something_newer_by_now(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    lane = h.lane()
    lane.send()
    h.want(A, 2)
    lane.reply(refused(422))

    assert titles(lane.send().request) == ["A v2"]


def test_a_refused_transaction_is_split_until_the_culprit_stands_alone_and_nobody_else_is_charged(hand: Make) -> None:
    h = hand()
    for key in (A, B, C, D):
        h.want(key, 1)
    lane = h.lane()
    sizes: list[int] = []
    for _ in range(8):
        effect = lane.until(effects.Send)
        if effect is None:
            break
        sent = titles(effect.request)
        sizes.append(len(sent))
        lane.reply(refused(422) if "C v1" in sent else accepted(effect.request))

    assert sizes[:2] == [4, 2]
    assert {key: h.row(key).state for key in (A, B, D)} == dict.fromkeys((A, B, D), State.CLEAN)
    assert (h.row(C).state, h.row(C).reason) == (State.PARKED, Reason.REFUSED)


def test_a_referent_travels_along_in_a_transaction_under_its_full_url(hand: Make) -> None:
    h = hand(rung=2)
    h.want(A, 1)
    h.want(B, 1, (A,))
    send = h.lane().send()
    body = json.loads(send.request.body or b"")

    assert titles(send.request) == ["A v1", "B v1"]
    assert body["entry"][0]["fullUrl"] == BASE.full_url(*A)
    assert body["entry"][1]["resource"]["basedOn"][0]["reference"] == BASE.full_url(*A)


@pytest.mark.parametrize("bundle", ["batch", "single"])
def test_in_a_batch_or_singles_a_referent_is_held_before_what_refers_to_it_is_sent(hand: Make, bundle: str) -> None:
    h = hand(rung=2, bundle=bundle)
    h.want(A, 1)
    h.want(B, 1, (A,))
    lane = h.lane()
    send = lane.send()
    assert titles(send.request) == ["A v1"]
    lane.reply(accepted(send.request))
    second = lane.send()
    _, _, resource = next(identity_of(second.request))

    assert titles(second.request) == ["B v1"]
    assert resource["basedOn"][0]["reference"] == "CarePlan/srv-A"


def test_a_parked_referent_makes_its_dependents_wait(hand: Make) -> None:
    h = hand(bundle="single")
    h.want(A, 1)
    h.want(B, 1, (A,))
    lane = h.lane()
    lane.send()
    lane.reply(refused(422))
    lane.end()
    with h.database.read() as conn:
        waiting = {w.row.key: w.waits_for for w in queue.entries(conn, HOSPITAL)}

    assert h.row(B).state is State.DIRTY
    assert waiting[B] == (A,)


def test_a_referent_that_is_nowhere_makes_its_dependents_wait(hand: Make) -> None:
    h = hand()
    h.want(B, 1, (A,))
    ended = h.lane().end()

    assert ended.due_at is None
    assert h.row(B).state is State.DIRTY


def test_only_a_dismissed_referent_makes_a_reference_logical(hand: Make) -> None:
    h = hand(bundle="single")
    h.want(A, 1)
    h.want(B, 1, (A,))
    with h.database.write() as conn:
        queue.dismiss(conn, HOSPITAL, A, actor="a person", reason="not for them", now=h.clock.now())
    send = h.lane().send()
    _, _, resource = next(identity_of(send.request))

    assert resource["basedOn"] == [
        {"type": "CarePlan", "identifier": {"system": BASE.system("plan"), "value": "A"}},
    ]


def test_a_type_that_does_not_go_there_is_left_out_and_references_to_it_are_logical(hand: Make) -> None:
    h = hand(not_taken=frozenset({"CarePlan"}))
    h.want(A, 1)
    h.want(B, 1, (A,))
    send = h.lane().send()
    _, _, resource = next(identity_of(send.request))

    assert (h.row(A).state, h.row(A).reason) == (State.DISMISSED, NOT_TAKEN)
    assert titles(send.request) == ["B v1"]
    assert "reference" not in resource["basedOn"][0]


def test_one_bad_record_stops_nobody_who_does_not_refer_to_it(hand: Make) -> None:
    h = hand(bundle="single")
    for key in (A, B, C):
        h.want(key, 1)
    lane = h.lane()
    for _ in range(3):
        send = lane.send()
        lane.reply(refused(400) if "A v1" in titles(send.request) else accepted(send.request))
    lane.end()

    assert [h.row(key).state for key in (A, B, C)] == [State.PARKED, State.CLEAN, State.CLEAN]


def test_a_403_stops_its_type_and_the_others_go_on(hand: Make) -> None:
    h = hand(bundle="single")
    h.want(A, 1)
    h.want(B, 1)
    lane = h.lane()
    lane.send()
    lane.reply(refused(403))
    second = lane.send()

    assert titles(second.request) == ["B v1"]
    assert list(h.hospital().stopped_types) == ["CarePlan"]
    assert h.row(A).open is None


@pytest.mark.parametrize("answer", [refused(405), Answer(404, {}, b"<html>not found</html>")])
def test_a_bundle_address_that_is_not_there_stops_the_hospital_and_parks_nothing(hand: Make, answer: Answer) -> None:
    h = hand()
    h.want(A, 1)
    h.want(B, 1)
    lane = h.lane()
    lane.send()
    lane.reply(answer)
    lane.end()

    assert h.hospital().state == "stopped"
    assert {h.row(A).state, h.row(B).state} == {State.DIRTY}


def test_a_dead_owners_lease_is_taken_at_once_and_its_open_attempts_are_looked_up(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    lane = h.lane("dead")
    lane.send()
    lane.kill()
    heir = h.lane("heir", dead=True)

    assert heir.send().request.method == "GET"


def test_a_living_owners_lease_is_respected_until_it_runs_out(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    h.lane("alive").send()
    with pytest.raises(AssertionError, match="no lane is due"):
        h.lane("other")
    h.later(h.manners.lease + 1)

    assert h.lane("other").send().request.method == "GET"


def test_with_a_lease_of_no_length_two_workers_still_write_only_once(hand: Make) -> None:
    h = hand(lease=0.0)
    h.want(A, 1)
    one = h.lane("one", at=h.clock.now())
    first = one.send()
    h.later(0.001)
    two = h.lane("two")
    look = two.send()

    assert look.request.method == "GET"
    two.reply(read(None))
    two.end()
    one.reply(accepted(first.request))
    assert one.end().lost


def test_a_change_that_came_while_the_lane_was_drained_leaves_it_due(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    lane = h.lane()
    send = lane.send()
    lane.reply(accepted(send.request))
    load = lane.until(effects.Load)
    lane.perform(load)
    h.want(B, 1)
    lane.end()

    assert titles(h.lane().send().request) == ["B v1"]


def test_an_endpoint_that_is_down_makes_the_lane_wait_longer_each_time(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    waits = []
    for _ in range(3):
        lane = h.lane()
        lane.send()
        lane.reply(NOT_SENT)
        ended = lane.end()
        assert ended.due_at is not None
        waits.append(ended.due_at - h.clock.now())
        h.later(ended.due_at - h.clock.now() + 0.001)

    assert waits == sorted(waits)
    assert waits[0] < waits[2]


def test_a_row_that_waits_for_another_patients_lane_goes_as_soon_as_its_referent_is_there(hand: Make) -> None:
    h = hand()
    h.want(B, 1, refers_to=(A,), patient=OTHER_PATIENT)
    ended = h.lane().end()  # nothing can be sent, and nothing is due
    h.held(A)

    assert ended.due_at is None
    assert titles(h.lane().send().request) == ["B v1"]


def test_a_row_that_waits_for_another_patients_lane_goes_when_its_referent_is_dismissed(hand: Make) -> None:
    h = hand()
    h.want(B, 1, refers_to=(A,), patient=OTHER_PATIENT)
    h.lane().end()
    h.want(A, 1)
    h.later(1)
    with h.database.write() as conn:
        queue.dismiss(conn, HOSPITAL, A, actor="tester", reason="not wanted there", now=h.clock.now())
    h.lane().end()  # its own lane has nothing to send

    assert titles(h.lane().send().request) == ["B v1"]
