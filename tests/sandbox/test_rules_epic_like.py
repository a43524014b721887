"""What epic-like takes and refuses, and how it says so."""

import pytest

from integration.sandbox import character_file
from tests.sandbox.asking import BASE, Asked

PATIENT, ENCOUNTER, CLOSED = "ePatientProbeOne0000001", "eEncounterOpen00000001", "eEncounterClosed000002"


def pulse(**changed):
    document = {
        "resourceType": "Observation",
        "identifier": [{"system": "https://clinic.example/observation", "value": "O-1"}],
        "status": "final",
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
                ]
            }
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}]},
        "subject": {"reference": f"Patient/{PATIENT}", "type": "Patient"},
        "encounter": {"reference": f"Encounter/{ENCOUNTER}", "type": "Encounter"},
        "effectiveDateTime": "2026-03-16T11:41:00-05:00",
        "valueQuantity": {"value": 83, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
    }
    return {name: value for name, value in (document | changed).items() if value is not None}


def coded(code):
    return {"coding": [{"system": "http://loinc.org", "code": code}]}


def number(said):
    return said.json["issue"][0].get("details", {"coding": [{"code": ""}]})["coding"][0]["code"]


@pytest.fixture
def epic():
    return Asked(character_file.load("epic-like"))


def test_a_mapped_reading_of_an_open_encounter_is_filed(epic):
    said = epic("POST", "Observation", pulse())

    assert said.status == 201
    assert said.response.body == b""
    assert said.headers["Location"].startswith("Observation/e")
    assert "ETag" not in said.headers
    stored = epic("GET", said.headers["Location"]).json
    assert stored["code"]["coding"][0]["display"] == "Pulse"
    assert "versionId" not in stored["meta"]
    assert stored["meta"]["security"][0]["code"] == "HTEST"


def test_the_same_reading_again_is_59189(epic):
    epic("POST", "Observation", pulse())

    again = epic("POST", "Observation", pulse(), if_none_exist="identifier=O-1")

    assert (again.status, number(again)) == (400, "59189")
    assert again.json["issue"][0]["details"]["text"] == "Reading already exists."


def test_an_unmapped_code_is_59188(epic):
    said = epic("POST", "Observation", pulse(code=coded("9279-1")))

    assert (said.status, number(said)) == (400, "59188")


def test_a_unit_that_the_row_does_not_take_is_59187(epic):
    value = {"value": 83, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}

    said = epic("POST", "Observation", pulse(valueQuantity=value))

    assert (said.status, number(said)) == (400, "59187")


def test_a_modifier_extension_is_422(epic):
    said = epic("POST", "Observation", pulse(modifierExtension=[{"url": "urn:oid:2.999", "valueBoolean": True}]))

    assert said.status == 422


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"status": "amended"}, "the status must be final"),
        ({"category": [{"coding": [{"code": "survey"}]}]}, "only vital signs are taken"),
        ({"encounter": None}, "the encounter must be one of this hospital that is not closed"),
        ({"encounter": {"reference": f"Encounter/{CLOSED}"}}, "that is not closed"),
        ({"encounter": {"reference": "Encounter/of-the-clinic"}}, "that is not closed"),
        ({"encounter": {"identifier": {"value": "S-1"}}}, "that is not closed"),
        ({"subject": {"reference": "Patient/of-the-clinic"}}, "the subject must be a Patient of this hospital"),
        ({"effectiveDateTime": "2026-03-16"}, "effectiveDateTime is needed, with its time"),
        ({"effectiveDateTime": None}, "effectiveDateTime is needed, with its time"),
        ({"valueQuantity": None}, "a reading needs a value"),
        ({"note": [{"text": "x" * 255}]}, "at most 254 characters"),
    ],
)
def test_each_rule_refuses_with_its_words(epic, changed, says):
    said = epic("POST", "Observation", pulse(**changed))

    assert said.status == 400
    assert any(says in issue["diagnostics"] for issue in said.json["issue"])
    assert epic("GET", "Observation?patient=" + PATIENT).ids == []


def test_a_note_of_254_characters_is_taken(epic):
    assert epic("POST", "Observation", pulse(note=[{"text": "x" * 254}])).status == 201


def test_what_it_ignores_and_does_not_know_is_dropped_in_silence(epic):
    said = epic("POST", "Observation", pulse(device={"display": "x"}, basedOn=[{"display": "y"}], surprise={"a": 1}))

    stored = epic("GET", said.headers["Location"]).json

    assert not {"device", "basedOn", "surprise"} & stored.keys()
    assert stored["identifier"][0]["value"] == "O-1"


def test_nothing_can_be_corrected_though_metadata_says_so(epic):
    place = epic("POST", "Observation", pulse()).headers["Location"]
    declared = {one["type"]: one for one in epic("GET", "metadata").json["rest"][0]["resource"]}["Observation"]

    said = epic("PUT", place, pulse(id=place.split("/")[1], status="final"))

    assert said.status == 403
    assert number(said) == "4134"
    assert {"code": "update"} in declared["interaction"]


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_no_bundle_is_taken(epic, kind):
    assert epic("POST", "", {"resourceType": "Bundle", "type": kind, "entry": []}).status == 403


def test_plans_sessions_and_medication_are_read_only(epic):
    for kind in ("CarePlan", "MedicationAdministration", "Goal"):
        assert epic("POST", kind, {"resourceType": kind}).status == 403
        assert epic("GET", f"{kind}?patient={PATIENT}").status == 200


def test_a_session_is_no_radiotherapy(epic):
    session = {
        "resourceType": "Procedure",
        "status": "completed",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "14152002"}]},
        "subject": {"reference": f"Patient/{PATIENT}"},
    }

    said = epic("POST", "Procedure", session)

    assert said.status == 400
    assert "radiotherapy" in said.json["issue"][0]["diagnostics"]


def test_a_patient_who_may_be_there_is_matched_first(epic):
    una = {"resourceType": "Patient", "name": [{"family": "Probe", "given": ["Una"]}], "gender": "female",
           "birthDate": "1970-01-31"}  # fmt: skip
    asked = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": una}]}

    refused = epic("POST", "Patient", una)
    matched = epic("POST", "Patient/$match", asked)

    assert refused.status == 422
    assert "$match first" in refused.json["issue"][0]["diagnostics"].replace("Patient/$match", "$match")
    assert PATIENT in matched.ids


def test_a_note_needs_an_encounter_and_plain_text(epic):
    note = {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": coded("11506-3"),
        "subject": {"reference": f"Patient/{PATIENT}"},
        "content": [{"attachment": {"contentType": "text/plain", "data": "VEVTVA=="}}],
        "context": {"encounter": [{"reference": f"Encounter/{ENCOUNTER}"}]},
    }

    assert epic("POST", "DocumentReference", note).status == 201
    assert epic("POST", "DocumentReference", note).status == 201  # not deduplicated
    pdf = note | {"content": [{"attachment": {"contentType": "application/pdf", "data": "VEVTVA=="}}]}
    assert epic("POST", "DocumentReference", pdf).status == 400
    assert epic("POST", "DocumentReference", note | {"context": {}}).status == 400


def test_the_search_index_lags_and_reading_does_not(epic):
    epic.now += 10
    request = epic.request("POST", "Observation", pulse())
    place = epic.hospital.handle(request, epic.now, epic.rng)[0].headers["Location"]
    find = epic.request("GET", f"Observation?patient={PATIENT}")

    early = epic.hospital.handle(find, epic.now + 0.4, epic.rng)[0]
    read = epic.hospital.handle(epic.request("GET", place), epic.now + 0.4, epic.rng)[0]
    later = epic.hospital.handle(find, epic.now + 0.6, epic.rng)[0]

    assert b'"entry"' not in early.body
    assert read.status == 200
    assert b'"entry"' in later.body


def test_a_page_has_100_entries_at_most_and_last_updated_is_ignored(epic):
    for minute in range(3):
        epic("POST", "Observation", pulse(effectiveDateTime=f"2026-03-16T11:0{minute}:00Z"))
    epic.now += 10

    said = epic("GET", f"Observation?patient={PATIENT}&_count=500&_lastUpdated=lt2000-01-01")

    assert len(said.ids) == 3
    assert epic.hospital.character.searching.page_cap == 100


def test_too_many_requests_get_429_without_a_word_about_when(epic):
    request = epic.request("GET", f"Patient/{PATIENT}")
    statuses = [epic.hospital.handle(request, epic.now, epic.rng)[0] for _ in range(401)]

    assert statuses[-1].status == 429
    assert "Retry-After" not in statuses[-1].headers
    assert epic.hospital.handle(request, epic.now + 3, epic.rng)[0].status == 200


def test_an_address_outside_is_nobodys(epic):
    assert epic.hospital.character.stranger().status == 404
    assert BASE.startswith("http://127.0.0.1")
