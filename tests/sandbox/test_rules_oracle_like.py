"""What oracle-like takes, refuses, rewrites, and how it says so."""

import pytest

from integration.sandbox import character_file
from tests.sandbox.asking import Asked
from tests.sandbox.test_rules_epic_like import coded, pulse

PATIENT, PRACTITIONER, ENCOUNTER = "12724066", "11638428", "97953477"


def vital(**changed):
    own = {
        "subject": {"reference": f"Patient/{PATIENT}"},
        "encounter": {"reference": f"Encounter/{ENCOUNTER}"},
        "performer": [{"reference": f"Practitioner/{PRACTITIONER}"}],
    }
    return pulse(**(own | changed))


def session(**changed):
    document = {
        "resourceType": "Procedure",
        "identifier": [{"system": "https://clinic.example/session", "value": "S-1"}],
        "basedOn": [{"identifier": {"value": "PL-1"}}],
        "status": "completed",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "14152002"}]},
        "subject": {"reference": f"Patient/{PATIENT}"},
        "performedPeriod": {"start": "2026-03-16T11:46:00-05:00", "end": "2026-03-16T12:31:00.250-05:00"},
        "outcome": {"text": "done"},
        "note": [{"text": "TEST"}],
    }
    return {name: value for name, value in (document | changed).items() if value is not None}


@pytest.fixture
def oracle():
    return Asked(character_file.load("oracle-like"))


def created(oracle, kind, document):
    said = oracle("POST", kind, document)
    assert said.status == 201, said.response.body
    place = said.headers["Location"]
    return place, oracle("GET", place).json


def test_a_vital_sign_is_taken_with_its_practitioner(oracle):
    place, stored = created(oracle, "Observation", vital())

    assert place.startswith("http://127.0.0.1:8080/fhir/Observation/19702")
    assert stored["code"]["coding"][0]["display"] == "Peripheral Pulse Rate"
    assert stored["meta"]["versionId"] == "1"


def test_the_same_again_makes_a_second_record_whatever_the_condition_says(oracle):
    first, _ = created(oracle, "Observation", vital())
    again = oracle("POST", "Observation", vital(), if_none_exist="identifier=O-1")

    assert again.status == 201
    assert again.headers["Location"] != first


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"performer": None}, "a performer who is a Practitioner"),
        ({"performer": [{"reference": "PractitionerRole/1"}]}, "a performer who is a Practitioner"),
        ({"performer": [{"reference": "Practitioner/of-the-clinic"}]}, "a performer who is a Practitioner"),
        ({"status": "preliminary"}, "final, amended or corrected"),
        ({"category": [{"coding": [{"code": "vital-signs"}]}, {"coding": [{"code": "laboratory"}]}]}, "one category"),
        ({"category": [{"coding": [{"code": "survey"}]}]}, "vital-signs or laboratory"),
        (
            {"effectiveDateTime": None, "effectivePeriod": {"start": "2026-03-16T11:41:00Z"}},
            "only effectiveDateTime is taken",
        ),
        ({"valueQuantity": None, "valueString": "high"}, "a valueQuantity is needed"),
        (
            {
                "component": [
                    {
                        "code": coded("8480-6"),
                        "valueQuantity": {"value": 1, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
                    }
                ]
            },
            "blood pressure and oxygen saturation only",
        ),
        ({"encounter": {"reference": "Encounter/of-the-clinic"}}, "the encounter must be one of this hospital"),
        ({"modifierExtension": [{"url": "urn:oid:2.999", "valueBoolean": True}]}, "Unsupported modifier"),
    ],
)
def test_each_rule_refuses_with_422_and_its_words(oracle, changed, says):
    said = oracle("POST", "Observation", vital(**changed))

    assert said.status == 422
    assert any(says in issue["diagnostics"] for issue in said.json["issue"])


def test_an_update_needs_if_match_and_its_version(oracle):
    place, stored = created(oracle, "Observation", vital())
    corrected = stored | {"status": "corrected"}

    assert oracle("PUT", place, corrected).status == 412
    assert oracle("PUT", place, corrected, if_match='W/"7"').status == 412
    done = oracle("PUT", place, corrected, if_match='W/"1"')
    assert done.status == 200
    assert done.headers["ETag"] == 'W/"2"'


def test_an_update_must_not_change_the_identifier(oracle):
    place, stored = created(oracle, "Observation", vital())
    other = stored | {"identifier": [{"system": "https://clinic.example/observation", "value": "O-2"}]}

    said = oracle("PUT", place, other, if_match='W/"1"')

    assert said.status == 422
    assert "the identifier must not be changed" in said.json["issue"][0]["diagnostics"]


def test_last_zeros_of_a_decimal_are_gone(oracle):
    said = oracle(
        "POST",
        "Observation",
        b'{"resourceType":"Observation","status":"final","category":[{"coding":[{"code":"vital-signs"}]}],'
        b'"code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"subject":{"reference":"Patient/12724066"},'
        b'"performer":[{"reference":"Practitioner/11638428"}],"effectiveDateTime":"2026-03-16T11:41:00Z",'
        b'"valueQuantity":{"value":72.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}',
    )

    stored = oracle("GET", said.headers["Location"])

    assert b'"value":72.5,' in stored.response.body


def test_a_session_is_taken_once_and_moved_to_utc(oracle):
    place, stored = created(oracle, "Procedure", session())

    assert stored["performedPeriod"] == {"start": "2026-03-16T16:46:00Z", "end": "2026-03-16T17:31:00.250Z"}
    assert not {"identifier", "basedOn", "outcome"} & stored.keys()
    assert stored["note"] == [{"text": "TEST"}]
    assert oracle("PUT", place, stored, if_match='W/"1"').status == 405


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "in-progress"},
        {"performedPeriod": {"start": "2026-03-16T11:46:00-05:00"}},
        {"performedPeriod": None},
        {"performer": [{"actor": {"reference": "PractitionerRole/1"}}]},
        {"reasonCode": [{"text": "x" * 256}]},
    ],
)
def test_a_session_that_is_not_over_or_not_by_its_own_people_is_422(oracle, changed):
    assert oracle("POST", "Procedure", session(**changed)).status == 422


def test_a_reason_of_255_characters_is_taken(oracle):
    assert oracle("POST", "Procedure", session(reasonCode=[{"text": "x" * 255}])).status == 201


def test_there_is_a_batch_and_no_transaction(oracle):
    entries = [
        {"resource": vital(), "request": {"method": "POST", "url": "Observation"}},
        {"resource": vital(performer=None), "request": {"method": "POST", "url": "Observation"}},
    ]

    batch = oracle("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": entries})

    assert batch.statuses == ["201", "422"]
    assert oracle("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries}).status == 405


def test_identifier_is_no_search_parameter_of_observations(oracle):
    assert oracle("GET", "Observation?identifier=O-1").status == 400
    assert oracle("GET", f"Observation?patient={PATIENT}").status == 200


def test_a_note_does_not_tell_where_it_is_and_its_dates_need_times(oracle):
    note = {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": coded("11506-3"),
        "subject": {"reference": f"Patient/{PATIENT}"},
        "date": "2026-03-16T11:41:00Z",
        "content": [{"attachment": {"contentType": "application/pdf", "data": "VEVTVA=="}}],
    }

    said = oracle("POST", "DocumentReference", note)

    assert said.status == 201
    assert "Location" not in said.headers
    creation = {"contentType": "application/pdf", "data": "VEVTVA==", "creation": "2026-03-16"}
    assert oracle("POST", "DocumentReference", note | {"content": [{"attachment": creation}]}).status == 422


def test_another_tenant_is_refused_in_words(oracle):
    refusal = oracle.hospital.character.stranger()

    assert refusal.status == 404
    assert "tenant" in refusal.issues[0].says


def test_too_many_requests_get_429_with_retry_after(oracle):
    request = oracle.request("GET", f"Patient/{PATIENT}")
    answers = [oracle.hospital.handle(request, oracle.now, oracle.rng)[0] for _ in range(301)]

    assert answers[-1].status == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
