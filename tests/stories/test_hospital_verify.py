"""The judge counts what a hospital holds: missing, twice, different, unexpected; and says what it cannot know."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from integration import errors
from integration.audit import hospital_verify
from integration.audit.hospital_holdings import Desk, escaped
from integration.audit.hospital_verify import Verdict
from integration.delivery import queue
from integration.store import enrolments, ledger, resources
from integration.store.rows import State
from mappings import registry
from tests.delivery.by_hand import BASE, CUT, HOSPITAL, PATIENT, A, B, C, D, Hand, copy, document, read
from tests.stories.pretend_hospital import PretendHospital

Setup = Callable[..., tuple[Hand, PretendHospital]]
NO_IDENTIFIER = frozenset({"patient", "subject"})


@pytest.fixture
def setup(hand: Callable[..., Hand]) -> Setup:
    """A clinic whose plan A and observations B and C a hospital holds, as it should."""

    def make(**hospital: Any) -> tuple[Hand, PretendHospital]:
        clinic, there = hand(), PretendHospital(**hospital)
        for key in (A, B, C):
            clinic.held(key)
            there.put(copy(document(key, 1)))
        return clinic, there

    return make


def judge(hand: Hand, there: PretendHospital) -> Verdict:
    return hospital_verify.verify(hand.database, HOSPITAL, Desk(there, there.capability, BASE))


def counts(verdict: Verdict) -> dict[str, int]:
    names = ("missing", "twice", "different", "unexpected", "outstanding")
    return {name: len(getattr(verdict, name)) for name in names if getattr(verdict, name)}


def test_all_that_was_acknowledged_is_there_once_and_the_same(setup):
    verdict = judge(*setup())

    assert (verdict.expected, verdict.held, counts(verdict)) == (3, 3, {})
    assert verdict.exit is errors.Exit.OK
    assert verdict.cannot_know == []


def test_every_reading_request_asks_past_caches(setup):
    hand, there = setup()
    there.hidden.add(B)

    judge(hand, there)
    assert all(("cache-control", "no-cache") in {(k.lower(), v) for k, v in r.headers} for r in there.requests)
    assert len(there.requests) > 3


def test_what_the_hospital_forgot_is_missing(setup):
    hand, there = setup()
    del there.holds[B]

    verdict = judge(hand, there)
    assert (verdict.held, counts(verdict)) == (2, {"missing": 1})
    assert (verdict.missing[0].type, verdict.missing[0].id) == B
    assert verdict.exit is errors.Exit.PROBLEMS


def test_what_the_search_does_not_give_but_stands_under_its_id_is_not_missing(setup):
    hand, there = setup()
    there.hidden.add(B)

    verdict = judge(hand, there)
    assert (verdict.held, counts(verdict)) == (3, {})
    assert [found.id for found in verdict.not_found_by_search] == [B[1]]


def test_a_second_copy_is_twice(setup):
    hand, there = setup()
    there.put(copy(document(B, 1), remote_id="other"))

    verdict = judge(hand, there)
    assert (verdict.held, counts(verdict)) == (2, {"twice": 1})
    assert sorted(verdict.twice[0].remote_ids) == sorted([B[1], "other"])


@pytest.mark.parametrize("search", [{"patient"}, {"subject"}])
def test_a_second_copy_is_found_per_patient_where_identifier_is_no_search_parameter(setup, search):
    hand, there = setup(search=frozenset(search))
    with hand.database.write() as conn:
        enrolments.link(
            conn, HOSPITAL, PATIENT, "their-1", agrees=True, detail="", actor="tester", now=hand.clock.now()
        )
    there.put(copy(document(B, 1), remote_id="other", subject={"reference": "Patient/their-1"}))

    assert counts(judge(hand, there)) == {"twice": 1}


def test_a_changed_element_is_different_and_named_without_its_value(setup):
    hand, there = setup()
    there.put(copy(document(B, 1), note=[{"text": "nobody knows"}]))

    verdict = judge(hand, there)
    assert (verdict.held, counts(verdict)) == (2, {"different": 1})
    assert verdict.different[0].elements == ("note",)
    assert "nobody knows" not in repr(verdict)


def test_an_older_version_of_ours_is_different(setup):
    hand, there = setup()
    there.put(copy(document(B, 0)))

    assert counts(judge(hand, there)) == {"different": 1}


def test_what_the_hospital_added_is_listed_and_not_different(setup):
    hand, there = setup()
    there.put(copy(document(B, 1), issued="2026-11-22T10:00:00Z"))

    verdict = judge(hand, there)
    assert (verdict.held, counts(verdict)) == (3, {})
    assert verdict.added[0].elements == ("issued",)


def test_order_display_and_meta_of_the_hospital_are_not_different(setup):
    hand, there = setup()
    plan = copy(document(A, 1), text={"status": "generated", "div": "theirs"})
    plan["identifier"] = [*plan["identifier"]]
    plan["meta"] = {"versionId": "7", "lastUpdated": "2026-11-22T10:00:00Z", "source": "#x"}
    there.put(dict(reversed(plan.items())))

    assert counts(judge(hand, there)) == {}


def test_the_same_content_under_another_id_is_different(setup):
    hand, there = setup()
    del there.holds[B]
    there.put(copy(document(B, 1), remote_id="other"))

    verdict = judge(hand, there)
    assert verdict.different[0].elements == ("id",)


def test_a_reference_that_leads_to_another_patient_is_different(setup):
    hand, there = setup()
    astray = copy(document(B, 1))
    astray["subject"] = {**astray["subject"], "reference": "Patient/somebody-else"}
    there.put(astray)

    assert judge(hand, there).different[0].elements == ("subject",)


@pytest.mark.parametrize("by_system", [True, False, None])
def test_what_carries_our_identifier_and_no_row_knows_is_unexpected(setup, by_system):
    hand, there = setup(by_system=by_system)
    with hand.database.write() as conn:
        enrolments.link(
            conn, HOSPITAL, PATIENT, "their-1", agrees=True, detail="", actor="tester", now=hand.clock.now()
        )
    ghost = copy(document(B, 1), remote_id="ghost", subject={"reference": "Patient/their-1"})
    ghost["identifier"] = [{"system": BASE.system("observation"), "value": "nobody"}]
    there.put(ghost)

    verdict = judge(hand, there)
    assert counts(verdict) == {"unexpected": 1}
    assert verdict.unexpected[0].remote_ids == ("ghost",)


def test_what_belongs_to_another_clinic_is_nobodys_business(setup):
    hand, there = setup()
    other = copy(document(B, 1), remote_id="other")
    other["identifier"] = [{"system": "https://another.example/observation", "value": "B"}]
    there.put(other)

    assert counts(judge(hand, there)) == {}


def test_what_was_never_sent_and_stands_there_is_unexpected(setup):
    hand, there = setup()
    hand.want(("Observation", BASE.logical_id("observation", "D")), 1)
    there.put(copy(document(("Observation", BASE.logical_id("observation", "D")), 1)))

    assert counts(judge(hand, there)) == {"unexpected": 1, "outstanding": 1}


def test_rows_that_are_only_outstanding_end_with_5(setup):
    hand, there = setup()
    hand.want(B, 2)

    verdict = judge(hand, there)
    assert (verdict.expected, verdict.held, counts(verdict)) == (3, 3, {"outstanding": 1})
    assert verdict.outstanding[0].state is State.DIRTY
    assert verdict.exit is errors.Exit.PARTLY


@pytest.mark.parametrize("arrived", [1, 2])
def test_while_an_update_is_out_the_hospital_may_hold_either(setup, arrived):
    hand, there = setup()
    hand.want(B, 2)
    lane = hand.lane()
    send = lane.send()
    if send.ends is None:
        lane.reply(read(copy(document(B, 1))))
        send = lane.send()
    assert send.ends is not None
    lane.kill()
    there.put(copy(document(B, arrived), "2"))

    verdict = judge(hand, there)
    assert (verdict.held, counts(verdict)) == (3, {"outstanding": 1})


def test_a_dismissed_row_is_still_judged_by_what_was_sent(setup):
    hand, there = setup()
    with hand.database.write() as conn:
        enrolments.unenrol(conn, HOSPITAL, PATIENT, "tester", hand.clock.now())
    del there.holds[C]

    verdict = judge(hand, there)
    assert (verdict.expected, verdict.held, counts(verdict)) == (3, 2, {"missing": 1})
    assert len(verdict.dismissed) == 3


@pytest.fixture
def unsure(setup: Setup) -> tuple[Hand, PretendHospital]:
    """A first POST of D lost its answer, at a hospital that is searched by patient alone."""
    clinic, there = setup(search=frozenset({"patient"}))
    named = {"resourceType": "Patient", "id": PATIENT}
    named["identifier"] = [{"system": BASE.system("patient"), "value": "P-1"}]
    with clinic.database.write() as conn:
        resources.put(conn, registry.Made(named, PATIENT, 0, ()), "patient", "P-1", clinic.clock.now())
        enrolments.link(
            conn, HOSPITAL, PATIENT, "their-1", agrees=True, detail="", actor="tester", now=clinic.clock.now()
        )
    clinic.manners = replace(clinic.manners, rung=4, not_searchable=frozenset({"Observation"}))
    clinic.want(D, 1)
    lane = clinic.lane()
    lane.send()
    lane.reply(CUT)
    lane.end()
    return clinic, there


def theirs(version: int, remote_id: str) -> dict[str, Any]:
    """The copy of D that a lost request has made."""
    found = copy(document(D, version), remote_id=remote_id)
    return found | {"subject": {**found["subject"], "reference": "Patient/their-1"}}


def test_what_a_lost_request_has_made_is_listed_and_is_not_unexpected(unsure):
    hand, there = unsure
    there.put(theirs(1, "77"))

    verdict = judge(hand, there)
    assert counts(verdict) == {"outstanding": 1}
    assert [(found.id, found.remote_ids) for found in verdict.unacknowledged] == [(D[1], ("77",))]
    assert [(row.id, row.state, row.reason) for row in verdict.outstanding] == [(D[1], State.HELD, "IF-DEL-08")]


def test_what_a_lost_request_has_made_and_a_person_has_seen_stays_listed(unsure):
    hand, there = unsure
    there.put(theirs(1, "77"))
    with hand.database.write() as conn:
        queue.dismiss(conn, HOSPITAL, D, actor="tester", reason="it is there", now=hand.clock.now())

    verdict = judge(hand, there)
    assert (counts(verdict), len(verdict.unacknowledged)) == ({}, 1)
    assert [(row.id, row.reason, row.detail) for row in verdict.dismissed] == [(D[1], "dismissed", "it is there")]
    assert verdict.exit is errors.Exit.OK


def test_a_copy_that_a_lost_request_cannot_have_made_is_different(unsure):
    hand, there = unsure
    there.put(theirs(2, "77"))

    verdict = judge(hand, there)
    assert (counts(verdict), verdict.unacknowledged) == ({"different": 1, "outstanding": 1}, [])
    assert verdict.different[0].elements == ("note",)


def test_two_copies_of_what_a_lost_request_has_made_are_twice(unsure):
    hand, there = unsure
    there.put(theirs(1, "77"), theirs(1, "78"))

    verdict = judge(hand, there)
    assert counts(verdict) == {"twice": 1, "outstanding": 1}
    assert verdict.twice[0].remote_ids == ("77", "78")


def test_without_any_search_it_reads_by_id_and_says_what_it_cannot_know(setup):
    hand, there = setup(search=())

    verdict = judge(hand, there)
    assert (verdict.expected, verdict.held, counts(verdict)) == (3, 3, {})
    assert [said.partition(":")[0] for said in verdict.cannot_know] == ["CarePlan", "Observation"]
    assert all("twice" in said for said in verdict.cannot_know)


def test_without_any_search_what_is_gone_is_still_missing(setup):
    hand, there = setup(search=())
    del there.holds[B]

    assert counts(judge(hand, there)) == {"missing": 1}


def test_more_pages_than_one_are_read(setup):
    hand, there = setup(page=1)

    verdict = judge(hand, there)
    assert (verdict.held, counts(verdict)) == (3, {})


def test_an_identifier_with_signs_that_separate_values_is_escaped():
    assert escaped("https://c.example/a|b,c|d$e\\f") == "https://c.example/a|b\\,c\\|d\\$e\\\\f"


def test_the_ledger_is_not_touched_by_looking(setup):
    hand, there = setup()
    before = hand.row(B)
    del there.holds[B]

    judge(hand, there)
    with hand.database.read() as conn:
        assert ledger.get(conn, HOSPITAL, B) == before
