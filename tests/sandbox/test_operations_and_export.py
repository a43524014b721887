"""Finding a Patient by what is known of one, everything about one, and everything about all in one export."""

import base64

import pytest

from fhir_profiles import fhir_json
from integration.sandbox.manners import Answering, Searching
from integration.sandbox.open_manners import Open
from tests.sandbox.asking import BASE, Asked, patient, pulse


@pytest.fixture
def ask():
    asked = Asked(Open(answering=Answering(export_seconds=10), searching=Searching(page=2)))
    asked("PUT", "Practitioner/d1", {"resourceType": "Practitioner", "id": "d1"})
    asked("PUT", "Patient/p1", patient(1, id="p1", gender="female"))
    asked("PUT", "Patient/p2", patient(2, id="p2", name=[{"family": "Other"}], birthDate="1970-01-01"))
    asked("PUT", "Observation/o1", pulse(1, id="o1", performer=[{"reference": "Practitioner/d1"}]))
    asked("PUT", "Observation/o2", pulse(2, id="o2", patient_id="p2"))
    asked("PUT", "Group/g1", {"resourceType": "Group", "id": "g1", "type": "person", "actual": True, "member": MEMBERS})
    return asked


MEMBERS = [{"entity": {"reference": "Patient/p1"}}]


def described(person, **more):
    named = [{"name": "resource", "resource": {"resourceType": "Patient", **person}}]
    return {
        "resourceType": "Parameters",
        "parameter": named + [{"name": name, **value} for name, value in more.items()],
    }


@pytest.mark.parametrize(
    ("person", "grades"),
    [
        ({"identifier": [{"system": "urn:clinic:patient", "value": "P-2"}]}, {"p2": "certain"}),
        ({"name": [{"family": "TESTPERSON", "given": ["ada"]}], "birthDate": "1980-02-29"}, {"p1": "probable"}),
        ({"name": [{"family": "testperson"}], "birthDate": "1980-02-29"}, {"p1": "possible"}),
        ({"name": [{"family": "testperson"}]}, {}),
        ({}, {}),
    ],
)
def test_a_match_tells_how_sure_it_is(ask, person, grades):
    said = ask("POST", "Patient/$match", described(person))
    found = {one["resource"]["id"]: one["search"]["extension"][0]["valueCode"] for one in said.json.get("entry", [])}

    assert (said.status, found) == (200, grades)


def test_only_certain_matches_are_given_when_no_others_are_wanted(ask):
    person = {"name": [{"family": "Testperson", "given": ["Ada"]}], "birthDate": "1980-02-29"}
    certain = {"valueBoolean": True}

    assert ask("POST", "Patient/$match", described(person, onlyCertainMatches=certain)).ids == []
    ask("POST", "Patient", patient(1))
    identified = {"identifier": [{"system": "urn:clinic:patient", "value": "P-1"}]}
    assert ask("POST", "Patient/$match", described(identified, onlyCertainMatches=certain)).ids == []
    assert len(ask("POST", "Patient/$match", described(identified)).ids) == 2
    assert len(ask("POST", "Patient/$match", described(identified, count={"valueInteger": 1})).ids) == 1


def test_everything_about_a_patient_comes_page_by_page(ask):
    said = ask("GET", "Patient/p1/$everything")
    rest = ask("GET", said.link("next"))

    assert said.ids + rest.ids == ["p1", "o1", "g1", "d1"]
    assert ask("GET", "Patient/p1/$everything?_type=Observation").ids == ["o1"]
    assert ask("GET", "Patient/p1/$everything?_since=2100-01-01").ids == []


def lines(said):
    return [fhir_json.loads(line)["id"] for line in said.response.body.splitlines()]


@pytest.mark.parametrize(
    ("target", "files"),
    [
        ("$export", {"Group": 1, "Observation": 2, "Patient": 2, "Practitioner": 1}),
        ("$export?_type=Patient,Observation", {"Observation": 2, "Patient": 2}),
        ("$export?_since=2100-01-01T00:00:00Z", {}),
        ("Patient/$export", {"Group": 1, "Observation": 2, "Patient": 2}),
        ("Group/g1/$export?_type=Patient,Observation", {"Observation": 1, "Patient": 1}),
    ],
)
def test_an_export_is_asked_for_waited_for_fetched_and_thrown_away(ask, target, files):
    begun = ask("GET", target, prefer="respond-async")
    status = begun.headers["Content-Location"]
    waiting = ask("GET", status)

    assert (begun.status, waiting.status, waiting.headers["Retry-After"]) == (202, 202, "9")

    ask("PUT", "Patient/p9", patient(9, id="p9"))
    ask.now += 10
    manifest = ask("GET", status).json

    assert {one["type"]: one["count"] for one in manifest["output"]} == files
    assert manifest["request"].startswith(f"{BASE}/{target.partition('?')[0]}")
    assert manifest["requiresAccessToken"] is False
    for one in manifest["output"]:
        file = ask("GET", one["url"], accept="application/fhir+ndjson")
        assert file.headers["Content-Type"] == "application/fhir+ndjson"
        assert len(lines(file)) == one["count"]
        assert "p9" not in lines(file)
    assert ask("DELETE", status).status == 202
    assert ask("GET", status).status == 404


def test_a_file_asked_for_as_fhir_comes_as_a_binary(ask):
    status = ask("GET", "$export?_type=Patient", prefer="respond-async").headers["Content-Location"]
    early = ask("GET", f"{status.replace('status', 'file')}/Patient.ndjson")
    ask.now += 10
    binary = ask("GET", ask("GET", status).json["output"][0]["url"]).json

    assert early.status == 404
    assert binary["resourceType"] == "Binary"
    assert base64.b64decode(binary["data"]).count(b"\n") == 2


def test_an_export_may_be_asked_for_by_post(ask):
    asked = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueString": "Patient"}]}
    status = ask("POST", "$export", asked, prefer="respond-async").headers["Content-Location"]
    ask.now += 10

    assert [one["type"] for one in ask("GET", status).json["output"]] == ["Patient"]


@pytest.mark.parametrize("wrong", ["_outputFormat=csv", "_type=Shoe", "_since=soon", "_shoe=44"])
def test_an_export_that_is_not_understood_is_refused(ask, wrong):
    assert ask("GET", f"$export?{wrong}", prefer="respond-async").status == 400


def test_a_group_that_is_not_there_cannot_be_exported(ask):
    assert ask("GET", "Group/g9/$export", prefer="respond-async").status == 404
