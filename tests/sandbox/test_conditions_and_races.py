"""Conditions that a hospital honours or overlooks, writes that overlap, and requests that it works on late."""

import pytest

from integration.sandbox.manners import Answering, Conditions, Keeping, Race, RaceEnd, Rate
from integration.sandbox.open_manners import Open
from tests.sandbox.asking import Asked, bundle, entry, patient


class Racing(Open):
    """Ends each overlap as it is told."""

    def race(self, race, rng):
        return ENDS[race]


ENDS = dict.fromkeys(Race, RaceEnd.ORDERLY)


@pytest.fixture
def ends():
    yield ENDS
    ENDS.update(dict.fromkeys(Race, RaceEnd.ORDERLY))


def filled(**switches):
    ask = Asked(Open(conditions=Conditions(**switches)))
    ask("PUT", "Patient/p1", patient(1, id="p1"))
    ask("PUT", "Patient/p1", patient(1, id="p1", active=True))
    return ask


def test_an_overlooked_if_none_exist_makes_a_second_one():
    ask = filled(if_none_exist=False)

    assert ask("POST", "Patient", patient(1), if_none_exist="identifier=P-1").status == 201
    assert len(ask("GET", "Patient?identifier=P-1").ids) == 2


def test_an_overlooked_if_match_loses_an_update():
    ask = filled(if_match=False)

    assert ask("PUT", "Patient/p1", patient(1, id="p1"), if_match='W/"1"').headers["ETag"] == 'W/"3"'


@pytest.mark.parametrize("written", ['W/"2"', '"2"', "2", 'W/"1", W/"2"', "*"])
def test_an_etag_may_be_written_in_many_ways(written):
    assert filled()("PUT", "Patient/p1", patient(1, id="p1"), if_match=written).status == 200


def test_if_match_on_what_is_not_there_is_refused_or_overlooked():
    strict, easy = filled(), filled(if_match_on_missing=False)

    assert strict("PUT", "Patient/new", patient(2, id="new"), if_match='W/"1"').status == 412
    assert easy("PUT", "Patient/new", patient(2, id="new"), if_match='W/"1"').status == 201


def test_if_match_can_be_required():
    ask = filled(if_match_required=True)

    assert ask("PUT", "Patient/p1", patient(1, id="p1")).status == 428
    assert ask("PUT", "Patient/p2", patient(2, id="p2")).status == 201


def test_a_hospital_that_gives_all_ids_itself_takes_no_put_to_a_new_one():
    ask = Asked(Open(conditions=Conditions(update_create=False)))
    given = ask("POST", "Patient", patient(1)).json["id"]

    assert (ask("PUT", "Patient/p2", patient(2, id="p2")).status, ask("GET", "Patient/p2").status) == (400, 404)
    assert ask("PUT", f"Patient/{given}", patient(2, id=given)).status == 200
    assert ask("PUT", "Patient?identifier=P-9", patient(9)).status == 201


def test_conditional_updates_and_deletes_can_be_switched_off():
    ask = filled(conditional_update=False, conditional_delete="no")

    assert ask("PUT", "Patient?identifier=P-1", patient(1)).status == 405
    assert ask("DELETE", "Patient?identifier=P-1").status == 405


def test_several_matches_are_refused_but_for_a_delete_that_may_take_many():
    ask = filled(conditional_delete="multiple")
    ask("POST", "Patient", patient(1))

    assert ask("POST", "Patient", patient(1), if_none_exist="identifier=P-1").issue == "multiple-matches"
    assert ask("PUT", "Patient?identifier=P-1", patient(1)).status == 412
    assert filled_twice()("DELETE", "Patient?identifier=P-1").status == 412
    assert (ask("DELETE", "Patient?identifier=P-1").status, ask.count()) == (200, 0)


def filled_twice():
    ask = filled()
    ask("POST", "Patient", patient(1))
    return ask


def test_an_identical_update_makes_no_version_unless_it_is_a_habit():
    ask, busy = filled(), Asked(Open(keeping=Keeping(identical_makes_version=True)))
    same = patient(1, id="p1", active=True)

    assert ask("PUT", "Patient/p1", dict(reversed(same.items()))).headers["ETag"] == 'W/"2"'
    assert ask.hospital.journal[-1].committed == ()

    busy("PUT", "Patient/p1", same)

    assert busy("PUT", "Patient/p1", same).headers["ETag"] == 'W/"2"'


def test_a_hospital_without_versions_has_no_etag_and_no_version_id():
    ask = Asked(Open(keeping=Keeping(versions=False)))
    said = ask("POST", "Patient", patient())

    assert "ETag" not in said.headers
    assert "versionId" not in said.json["meta"]
    assert "_history" not in said.headers["Location"]


def test_every_number_comes_back_with_the_digits_it_came_with():
    ask = Asked()
    digits = b"72.500000000000000000000000010"
    body = b'{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"valueQuantity":{"value":%s}}'

    assert digits in ask("PUT", "Observation/o", body % digits).response.body
    assert digits in ask("GET", "Observation/o").response.body
    assert digits in ask("GET", "Observation").response.body


@pytest.mark.parametrize(
    ("end", "status", "there"), [(RaceEnd.ORDERLY, 200, 1), (RaceEnd.CONFLICT, 409, 1), (RaceEnd.BLIND, 201, 2)]
)
@pytest.mark.parametrize("race", [Race.CONDITIONAL_CREATE, Race.CONDITIONAL_UPDATE])
def test_an_overlapping_conditional_write_ends_as_the_hospital_ends_it(ends, race, end, status, there):
    ends[race] = end
    ask = Asked(Racing())
    began = ask.now
    ask("POST", "Patient", patient(1))
    if race is Race.CONDITIONAL_CREATE:
        said = ask.overlapping("POST", "Patient", patient(1), began, if_none_exist="identifier=P-1")
    else:
        said = ask.overlapping("PUT", "Patient?identifier=P-1", patient(1), began)

    assert (said.status, ask.count()) == (status, there)


def test_an_overlapping_update_may_end_in_a_conflict_and_one_after_the_other_never_does(ends):
    ends[Race.UPDATE] = RaceEnd.CONFLICT
    ask = Asked(Racing())
    began = ask.now
    ask("PUT", "Patient/p1", patient(1, id="p1"))

    assert ask.overlapping("PUT", "Patient/p1", patient(2, id="p1"), began).status == 409
    assert ask("PUT", "Patient/p1", patient(2, id="p1")).status == 200
    assert ask("PUT", "Patient/p1", patient(3, id="p1")).status == 200


def test_an_overlap_refuses_a_whole_transaction(ends):
    ends[Race.CONDITIONAL_CREATE] = RaceEnd.CONFLICT
    ask = Asked(Racing())
    began = ask.now
    ask("POST", "Patient", patient(1))
    entries = [entry("POST", "Patient", patient(2)), entry("POST", "Patient", patient(1), ifNoneExist="identifier=P-1")]

    assert ask.overlapping("POST", "", bundle("transaction", *entries), began).status == 409
    assert ask.count() == 1


def test_a_late_request_is_worked_on_when_its_time_has_come_and_is_noted_with_its_fault():
    ask = Asked()
    now = ask.now
    ask.hospital.later(ask.request("PUT", "Patient/p1", patient(1, id="p1")), now, now + 90, fault="late commit")
    ask.now += 80

    assert ask("GET", "Patient/p1").status == 404
    assert ask.hospital.next_due() == now + 90

    ask.now += 20

    assert ask("GET", "Patient/p1").json["meta"]["lastUpdated"] == "2023-11-14T22:14:50.000Z"
    late = ask.hospital.journal[-2]
    assert (late.at, late.fault, late.status, late.committed[0][:3]) == (
        now + 90,
        "late commit",
        201,
        ("Patient", "p1", 1),
    )


def test_a_late_write_lands_on_a_newer_one_as_if_it_were_the_newest():
    ask = Asked()
    ask("PUT", "Patient/p1", patient(1, id="p1"))
    ask.hospital.later(ask.request("PUT", "Patient/p1", patient(2, id="p1")), ask.now, ask.now + 5)
    ask("PUT", "Patient/p1", patient(3, id="p1"))
    ask.hospital.advance(ask.now + 10)

    assert [one.identifiers for entry_ in ask.hospital.journal for one in entry_.committed] == [
        ("urn:clinic:patient|P-1",),
        ("urn:clinic:patient|P-3",),
        ("urn:clinic:patient|P-2",),
    ]


def test_too_many_requests_are_told_to_wait():
    ask = Asked(Open(rate=Rate(3, 10.0)))
    statuses = [ask("GET", "metadata").status for _ in range(4)]
    busy = ask("GET", "metadata")

    assert statuses == [200, 200, 200, 429]
    assert (busy.issue, busy.headers["Retry-After"]) == ("throttled", "6")

    ask.now += 6

    assert ask("GET", "metadata").status == 200


def test_a_hospital_may_not_say_how_long_to_wait():
    ask = Asked(Open(rate=Rate(0, 10.0, retry_after=False)))

    assert "Retry-After" not in ask("GET", "metadata").headers


@pytest.mark.parametrize(
    ("prefer", "shown"),
    [
        ("", "Patient"),
        ("return=minimal", ""),
        ("respond-async, return=OperationOutcome", "OperationOutcome"),
        ("return=x", "Patient"),
    ],
)
def test_a_client_may_say_what_it_wants_back(prefer, shown):
    said = Asked()("POST", "Patient", patient(), prefer=prefer)

    assert said.status == 201
    assert (said.json["resourceType"] if said.response.body else "") == shown
    assert said.headers["Location"].endswith("/_history/1")


def test_a_hospital_may_overlook_what_a_client_wants_back():
    ask = Asked(Open(answering=Answering(returns="minimal", prefer=False)))

    assert ask("POST", "Patient", patient(), prefer="return=representation").response.body == b""


def test_a_body_that_is_too_large_is_refused():
    ask = Asked(Open(answering=Answering(body_cap=100)))

    assert ask("POST", "Patient", patient()).status == 413
