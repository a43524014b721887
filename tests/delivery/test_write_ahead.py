"""delivery.md, section 2: write-ahead, Send, Settle."""

from collections.abc import Callable

from sqlalchemy import select

from integration.delivery import effects
from integration.hospital.client import Answer
from integration.store import attempts, tables
from integration.store.rows import State
from tests.delivery.by_hand import A, B, C, Hand, accepted, bundle, copy, document, identity_of, read, titles

Make = Callable[..., Hand]


def test_the_attempt_is_committed_before_a_byte_is_sent(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    send = h.lane().send()
    row = h.row(A)

    assert row.state is State.UNKNOWN
    assert row.open is not None
    with h.database.read() as conn:
        assert attempts.body_of(conn, row.open.attempt) == send.request.body


def test_a_row_that_changed_since_it_was_read_is_read_again_before_anything_is_sent(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    lane = h.lane()
    ahead = lane.until(effects.WriteAhead)
    h.want(A, 2)
    lane.perform(ahead)

    assert titles(lane.send().request) == ["A v2"]


def test_a_worker_that_lost_the_lane_writes_nothing_ahead(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    slow = h.lane("slow")
    ahead = slow.until(effects.WriteAhead)
    h.later(h.manners.lease + 1)
    quick = h.lane("quick")
    quick.until(effects.WriteAhead)
    slow.perform(ahead)

    assert slow.end().lost
    with h.database.read() as conn:
        assert conn.execute(select(tables.attempt.c.id)).all() == []


def test_an_attempt_is_settled_only_while_the_token_is_still_ours(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    slow = h.lane("slow")
    send = slow.send()
    h.later(h.manners.lease + 1)
    quick = h.lane("quick")
    look = quick.send()
    slow.reply(accepted(send.request))

    assert slow.end().lost
    assert h.row(A).state is State.UNKNOWN
    assert look.request.method == "GET"


def test_a_stale_settle_changes_nothing_of_a_newer_attempt(hand: Make) -> None:
    """The hardest planted bug: a worker that lost the lane settles an old answer over what came later."""
    h = hand()
    h.want(A, 1)
    slow = h.lane("slow")
    old = slow.send()
    h.later(h.manners.wait)
    quick = h.lane("quick")
    quick.send()
    quick.reply(read(copy(document(A, 1))))
    quick.end()
    h.want(A, 2)
    quick = h.lane("quick")
    quick.send()
    quick.reply(read(copy(document(A, 1))))
    newer = quick.send()
    slow.reply(accepted(old.request, "1"))
    assert slow.end().lost
    assert h.row(A).state is State.UNKNOWN
    quick.reply(accepted(newer.request, "2"))
    quick.end()

    row = h.row(A)
    assert (row.state, row.have, row.remote_version) == (State.CLEAN, row.want, "2")


def test_the_deadline_of_a_send_runs_from_before_the_write_ahead_by_the_boot_clock(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    lane = h.lane()
    ahead = lane.until(effects.WriteAhead)
    before = h.clock.boot()
    lane.perform(ahead)
    send = lane.send()

    assert send.ends == before + h.manners.deadline


def test_each_entry_of_a_batch_answer_is_judged_by_itself(hand: Make) -> None:
    h = hand(bundle="batch")
    h.want(B, 1)
    h.want(C, 1)
    lane = h.lane()
    send = lane.send()
    keys = [(resource["resourceType"], resource["id"]) for _, _, resource in identity_of(send.request)]
    good = {"response": {"status": "201", "location": f"Observation/{keys[0][1]}/_history/1", "etag": 'W/"1"'}}
    bad = {"response": {"status": "422 Unprocessable", "outcome": {"resourceType": "OperationOutcome", "issue": []}}}
    lane.reply(bundle("batch-response", [good, bad]))
    lane.end()

    assert h.row(keys[0]).state is State.CLEAN
    assert h.row(keys[1]).state is State.PARKED


def test_an_answer_with_fewer_entries_than_the_request_proves_nothing_for_any_of_them(hand: Make) -> None:
    h = hand()
    h.want(B, 1)
    h.want(C, 1)
    lane = h.lane()
    send = lane.send()
    answer = accepted(send.request)
    one = bundle(
        "transaction-response", [{"response": {"status": "201", "location": f"Observation/{B[1]}", "etag": '"1"'}}]
    )
    assert len(answer.body) > len(one.body)
    lane.reply(one)
    lane.send()

    assert {h.row(B).state, h.row(C).state} == {State.UNKNOWN}


def test_an_answer_whose_entries_are_shifted_proves_nothing_for_any_of_them(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    h.want(B, 1)
    lane = h.lane()
    send = lane.send()
    assert titles(send.request) == ["A v1", "B v1"]
    entries = [
        {"response": {"status": "201", "location": f"{kind}/{identity}/_history/1", "etag": '"1"'}}
        for kind, identity in (B, A)
    ]
    lane.reply(bundle("transaction-response", entries))
    lane.send()

    assert {h.row(A).state, h.row(B).state} == {State.UNKNOWN}
    assert {h.row(A).have, h.row(B).have} == {None}


def test_a_request_never_carries_two_entries_with_one_identity(hand: Make) -> None:
    h = hand()
    for key in (A, B, C):
        h.want(key, 1)
        h.want(key, 2)
    send = h.lane().send()
    urls = [url for _, url, _ in identity_of(send.request)]

    assert len(urls) == len(set(urls)) == 3


def test_whatever_was_in_flight_at_a_kill_is_looked_up_not_sent_again(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    lane = h.lane()
    lane.send()
    lane.kill()
    heir = h.lane("heir", dead=True)
    look = heir.send()

    assert look.request.method == "GET"
    heir.reply(read(copy(document(A, 1))))
    heir.end()
    assert h.row(A).state is State.CLEAN


def test_a_verdict_of_an_answer_that_is_no_fhir_is_unknown_and_three_in_a_row_stop_the_hospital(hand: Make) -> None:
    h = hand()
    h.want(A, 1)
    login = Answer(200, {"content-type": "text/html"}, b"<html>please log in</html>")
    lane = h.lane()
    lane.send()
    lane.reply(login)
    lane.send()
    assert h.row(A).state is State.UNKNOWN
    lane.reply(login)
    lane.end()
    h.later(5)
    lane = h.lane()
    lane.send()
    lane.reply(login)
    lane.end()

    assert h.hospital().state == "stopped"
