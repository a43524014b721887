"""What `open` refuses is what R4 refuses; what `hapi-like` lets pass is what HAPI lets pass."""

import random

import pytest

from integration.sandbox import character_file, manners, rewrites
from tests.sandbox.asking import Asked
from tests.sandbox.test_rules_epic_like import pulse


def weight(**changed):
    return pulse(subject=None, encounter=None) | changed


@pytest.fixture
def hapi():
    return Asked(character_file.load("hapi-like"))


@pytest.fixture
def opened():
    return Asked(character_file.load("open"))


@pytest.mark.parametrize(
    "changed",
    [{"status": "banana"}, {"surprise": 1}, {"subject": "Patient/1"}, {"effectiveDateTime": "2026-02-30T10:00:00Z"}],
)
def test_open_refuses_what_r4_does_not_have(opened, changed):
    said = opened("POST", "Observation", weight(**changed))

    assert said.status == 422
    assert b"banana" not in said.response.body


def test_open_keeps_every_digit_and_every_extension_that_is_not_ours(opened):
    said = opened(
        "POST",
        "Basic",
        b'{"resourceType":"Basic","code":{"text":"x"},"extension":[{"url":"urn:oid:2.999.1","valueDecimal":0.50}]}',
    )

    assert said.status == 201
    assert b'"valueDecimal":0.50' in said.response.body


def test_hapi_like_drops_unknown_elements_and_misses_nothing(hapi):
    said = hapi("POST", "Observation", {"resourceType": "Observation", "surprise": 1})

    assert said.status == 201
    assert "surprise" not in said.json


def test_hapi_like_drops_a_text_where_an_object_belongs(hapi):
    said = hapi("POST", "Observation", weight(subject="Patient/1"))

    assert said.status == 201
    assert "subject" not in said.json


def test_hapi_like_reads_a_number_in_quotes(hapi):
    value = {"value": "72", "system": "http://unitsofmeasure.org", "code": "/min"}

    said = hapi("POST", "Observation", weight(valueQuantity=value))

    assert said.json["valueQuantity"]["value"] == 72
    assert said.json["identifier"][0]["value"] == "O-1"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"status": "banana"}, 400),
        ({"effectiveDateTime": "yesterday"}, 400),
        ({"subject": {"reference": "Medication/1"}}, 422),
        ({"subject": {"reference": "Patient/nobody"}}, 400),
        ({"subject": {"reference": "https://other.example/fhir/Patient/1"}}, 400),
    ],
)
def test_hapi_like_refuses_wrong_codes_dates_and_references(hapi, changed, status):
    assert hapi("POST", "Observation", weight(**changed)).status == status


def test_hapi_like_takes_no_id_of_digits_alone(hapi):
    assert hapi("PUT", "Patient/123", {"resourceType": "Patient", "id": "123"}).status == 400
    assert hapi("PUT", "Patient/p123", {"resourceType": "Patient", "id": "p123"}).status == 201


def test_hapi_like_says_409_to_a_stale_version_and_overlooks_it_on_what_is_not_there(hapi):
    hapi("PUT", "Patient/p1", {"resourceType": "Patient", "id": "p1"})

    stale = hapi("PUT", "Patient/p1", {"resourceType": "Patient", "id": "p1", "active": True}, if_match='W/"9"')
    new = hapi("PUT", "Patient/p2", {"resourceType": "Patient", "id": "p2"}, if_match='W/"9"')

    assert stale.status == 409
    assert new.status == 201


def test_hapi_like_adds_tags_and_never_takes_one_off(hapi):
    first, second = ({"system": "urn:oid:2.999", "code": code} for code in "ab")
    document = {"resourceType": "Patient", "id": "p1"}

    hapi("PUT", "Patient/p1", document | {"meta": {"tag": [first]}})
    said = hapi("PUT", "Patient/p1", document | {"active": True, "meta": {"tag": [second]}})

    assert said.json["meta"]["tag"] == [first, second]
    assert said.json["meta"]["source"].startswith("#")


def test_hapi_like_forgets_the_version_of_a_reference(hapi):
    hapi("PUT", "Patient/p1", {"resourceType": "Patient", "id": "p1"})

    said = hapi("POST", "Observation", weight(subject={"reference": "Patient/p1/_history/1"}))

    assert said.json["subject"] == {"reference": "Patient/p1"}


def test_an_identical_put_makes_no_version(hapi):
    document = {"resourceType": "Patient", "id": "p1", "meta": {"tag": [{"code": "a"}]}}

    versions = [hapi("PUT", "Patient/p1", document).json["meta"]["versionId"] for _ in range(2)]

    assert versions == ["1", "1"]


def test_etags_and_locations_differ_inside_a_transaction(hapi):
    entry = {"resource": {"resourceType": "Patient"}, "request": {"method": "POST", "url": "Patient"}}

    alone = hapi("POST", "Patient", {"resourceType": "Patient"})
    inside = hapi("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})

    assert alone.headers["ETag"] == 'W/"1"'
    assert alone.headers["Location"].startswith("http://")
    assert inside.json["entry"][0]["response"]["etag"] == "1"
    assert inside.json["entry"][0]["response"]["location"].startswith("Patient/")


def test_races_end_as_they_were_seen_to_and_in_no_other_way():
    hapi, rng = character_file.load("hapi-like"), random.Random(1)
    ends = {race: {hapi.race(race, rng) for _ in range(200)} for race in manners.Race}

    assert ends[manners.Race.CONDITIONAL_CREATE] == {manners.RaceEnd.CONFLICT}
    assert ends[manners.Race.UPDATE] == {manners.RaceEnd.ORDERLY, manners.RaceEnd.CONFLICT}
    assert ends[manners.Race.CONDITIONAL_UPDATE] == {manners.RaceEnd.ORDERLY, manners.RaceEnd.CONFLICT}
    assert ends[manners.Race.THIRD_CONDITIONAL_UPDATE] == set(manners.RaceEnd)
    assert ends[manners.Race.REFERENCE] == {manners.RaceEnd.ORDERLY, manners.RaceEnd.BLIND}
    assert character_file.load("open").race(manners.Race.UPDATE, rng) is manners.RaceEnd.ORDERLY


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-03-16T11:46:00-05:00", "2026-03-16T16:46:00Z"),
        ("2026-03-16T11:46:00.1230+05:30", "2026-03-16T06:16:00.1230Z"),
        ("2026-03-16T23:59:60Z", "2026-03-16T23:59:60Z"),
        ("2026-03-16", "2026-03-16"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_times_move_to_utc_as_the_same_moments(before, after):
    assert rewrites.in_utc({"start": before, "text": before}) == {"start": after, "text": before}


def test_ids_are_of_the_form_that_the_file_says():
    rng = random.Random(3)
    made = {name: character_file.load(name).new_id("Patient", 7, rng) for name in character_file.names()}

    assert made["hapi-like"] == "7"
    assert made["oracle-like"] == "197027"
    assert len(made["epic-like"]) == 24
    assert len(made["open"]) == 36
