"""The `seen` digest, by hand-written cases: what servers may change without changing what was said, and what not."""

from typing import Any

import pytest

from fhir_profiles import fhir_json, meaning
from fhir_profiles.fhir_json import Document

PATIENT = {"system": "https://records.clinic.example/fhir/patient", "value": "P-1"}
OURS = fhir_json.loads(b"""{"resourceType":"Observation","id":"ours","meta":{"security":[{"code":"HTEST"}]},
"identifier":[{"system":"https://records.clinic.example/fhir/observation","value":"O-1"}],
"status":"final",
"code":{"coding":[{"system":"http://loinc.org","code":"29463-7","display":"Body weight"}],"text":"weight"},
"subject":{"reference":"Patient/our-patient","type":"Patient",
  "identifier":{"system":"https://records.clinic.example/fhir/patient","value":"P-1"}},
"effectiveDateTime":"2026-03-02T09:33:00-06:00","valueQuantity":{"value":72.50,"unit":"kg","code":"kg"},
"note":[{"text":"first"},{"text":"second"}]}""")


def changed(**elements: Any) -> Document:
    return {**OURS, **elements}


def quantity(text: str) -> Document:
    return {**OURS["valueQuantity"], "value": fhir_json.loads(text)}


SAME = {
    "another id and other meta": changed(id="41", meta={"versionId": "3", "lastUpdated": "2026-03-02T10:00:00Z"}),
    "a narrative of their own": changed(text={"status": "generated", "div": "<div>…</div>"}),
    "another display": changed(code={"coding": [{**OURS["code"]["coding"][0], "display": "Weight"}], "text": "weight"}),
    "a dropped trailing zero": changed(valueQuantity=quantity("72.5")),
    "added trailing zeros": changed(valueQuantity=quantity("72.5000")),
    "a time moved to UTC": changed(effectiveDateTime="2026-03-02T15:33:00Z"),
    "a time with empty milliseconds": changed(effectiveDateTime="2026-03-02T09:33:00.000-06:00"),
    "another order of a list": changed(note=[{"text": "second"}, {"text": "first"}]),
    "another order of elements": dict(reversed(OURS.items())),
    "a reference by identifier alone": changed(subject={"identifier": PATIENT}),
    "a reference with their id beside the identifier": changed(
        subject={"reference": "Patient/77", "identifier": PATIENT}
    ),
    "an empty element": changed(extension=[]),
}

OTHER = {
    "another number": changed(valueQuantity=quantity("72.51")),
    "the number as text": changed(valueQuantity={**OURS["valueQuantity"], "value": "72.50"}),
    "another unit": changed(valueQuantity={**OURS["valueQuantity"], "code": "[lb_av]"}),
    "another moment": changed(effectiveDateTime="2026-03-02T09:33:00-05:00"),
    "a part of a second": changed(effectiveDateTime="2026-03-02T09:33:00.001-06:00"),
    "only the date": changed(effectiveDateTime="2026-03-02"),
    "another code": changed(code={"coding": [{"system": "http://loinc.org", "code": "8302-2"}], "text": "weight"}),
    "another text of the code": changed(code={"coding": OURS["code"]["coding"], "text": "Weight"}),
    "another patient": changed(subject={"identifier": {**PATIENT, "value": "P-2"}}),
    "the same id of a patient in another system": changed(subject={"identifier": {**PATIENT, "system": "urn:x"}}),
    "a missing note": changed(note=[{"text": "first"}]),
    "a note twice": changed(note=[{"text": "first"}, {"text": "second"}, {"text": "second"}]),
    "another status": changed(status="amended"),
    "another type": changed(resourceType="Procedure"),
}


@pytest.mark.parametrize("copy", SAME.values(), ids=SAME.keys())
def test_a_copy_that_says_the_same_has_the_same_digest(copy: Document) -> None:
    assert meaning.seen(copy) == meaning.seen(OURS)


@pytest.mark.parametrize("copy", OTHER.values(), ids=OTHER.keys())
def test_a_copy_that_says_something_else_has_another_digest(copy: Document) -> None:
    assert meaning.seen(copy) != meaning.seen(OURS)


def test_a_reference_without_identifier_is_known_by_the_id_that_the_hospital_gave_it() -> None:
    copy = changed(subject={"reference": "https://ehr.example/fhir/Patient/77/_history/2", "display": "Elin"})

    def identify(kind: str, identity: str) -> str | None:
        return f"{PATIENT['system']}|P-1" if (kind, identity) == ("Patient", "77") else None

    assert meaning.seen(copy, identify) == meaning.seen(OURS)
    assert meaning.seen(copy) != meaning.seen(OURS)


def test_elements_that_the_hospital_is_known_to_ignore_are_left_out_on_both_sides() -> None:
    copy = {name: value for name, value in OURS.items() if name != "note"}

    assert meaning.seen(copy, ignored={"note"}) == meaning.seen(OURS, ignored={"note"})


def test_what_was_added_is_told_apart_from_what_is_different() -> None:
    theirs = changed(
        interpretation=[{"text": "normal"}],
        note=[{"text": "second"}, {"text": "theirs"}, {"text": "first"}],
        valueQuantity={**OURS["valueQuantity"], "unit": "kilogram"},
    )
    found = meaning.compare(meaning.meaning(OURS), meaning.meaning(theirs))

    assert sorted(found.added) == ["interpretation", "note"]
    assert found.different == ("valueQuantity.unit",)


def test_a_component_that_they_added_to_still_covers_ours() -> None:
    ours = meaning.meaning({"component": [{"code": {"text": "a"}, "valueInteger": 1}]})
    theirs = meaning.meaning(
        {"component": [{"code": {"text": "a"}, "valueInteger": 1, "interpretation": [{"text": "N"}]}]}
    )

    assert meaning.covers(theirs, ours)
    assert not meaning.covers(ours, theirs)


def test_a_leap_second_is_compared_as_it_is_written() -> None:
    one = changed(effectiveDateTime="2026-06-30T23:59:60Z")

    assert meaning.seen(one) == meaning.seen(dict(one))
    assert meaning.seen(one) != meaning.seen(OURS)
