"""A reading as it is sent to a hospital that takes vital signs one by one, and why another one is not."""

import pytest

from mappings import identity, known, measures, projection, records, registry, vital_signs
from mappings.projection import Projection
from tests.records import examples

BASE = identity.Base.of("https://clinic.example/ids")
VITALS = Projection("vitals")
AT_ALL = Projection("vitals", vital_signs.ALL_CODES)


def rendered(how=VITALS, *less, **changes):
    """The document of an observation, and what is sent of it."""
    raw = examples.without(examples.observation(**changes), *less)
    raw["visit"] = "assessment/A-1"
    record = records.parse(raw)
    (made,) = registry.documents_for(record, BASE, known.InMemory([record]))
    return made.document, how.rendered(made.document)


def why(how=VITALS, *less, **changes):
    return projection.left_out(rendered(how, *less, **changes)[1])


def test_what_a_devices_reading_says_is_sent_under_whoever_the_device_is_linked_to():
    whole, sent = rendered(note=["arm moved"], interpretation=examples.KETAMINE)

    assert sent["valueQuantity"] == whole["valueQuantity"]
    assert sent["subject"] == whole["subject"]
    assert sent["encounter"] == {"reference": f"Encounter/{BASE.logical_id('assessment', 'A-1')}", "type": "Encounter"}
    by = {"reference": f"Practitioner/{BASE.logical_id('device', 'MON-1')}", "type": "Practitioner"}
    assert sent["performer"] == [by]
    assert set(sent) <= set(vital_signs.KEPT)


def test_who_took_it_comes_before_the_device():
    _, sent = rendered(performer="staff-role/ST-2")

    assert sent["performer"][0]["reference"] == f"Practitioner/{BASE.logical_id('staff-role', 'ST-2')}"


def test_a_pressure_is_one_reading_with_both_parts_and_no_mean():
    mean = {"measure": "mean", "value": {"value": 96, "unit_ucum": "mm[Hg]"}}
    whole, sent = rendered(VITALS, "value", measure="bp", components=[mean, *examples.pressure()])

    assert len(whole["component"]) == 3
    assert [one["code"]["coding"][0]["code"] for one in sent["component"]] == ["8480-6", "8462-4"]
    assert "valueQuantity" not in sent


def test_of_two_codes_that_one_is_sent_that_has_a_place_there():
    saturation = {"measure": "spo2", "value": {"value": 97, "unit_ucum": "%"}}
    _, usual = rendered(**saturation)
    _, other = rendered(Projection("vitals", ("2708-6",)), **saturation)

    assert [[coding["code"] for coding in sent["code"]["coding"]] for sent in (usual, other)] == [
        ["59408-5"],
        ["2708-6"],
    ]


@pytest.mark.parametrize(
    ("changes", "less", "says"),
    [
        ({"measure": "pain-nrs", "value": {"value": 4, "unit_ucum": "{score}"}}, (), "vital signs alone go there"),
        ({"measure": "adjusted-weight", "value": {"value": 70, "unit_ucum": "kg"}}, (), "vital signs alone go there"),
        ({"measure": "bmi", "value": {"value": 24, "unit_ucum": "kg/m2"}}, (), "no place there for code 39156-5"),
        ({"status": "preliminary"}, (), "status preliminary is not taken there"),
        ({"absent": "asked-declined"}, ("value",), "a reading without its value"),
        ({"measure": "bp", "absent": "error"}, ("value",), "a reading without its value"),
        (
            {"effective": {"start": "2026-03-02T09:40:00-06:00", "end": "2026-03-02T09:50:00-06:00"}},
            (),
            "a reading over a time, not at a moment",
        ),
        ({}, ("device",), "a reading that nobody is named for"),
        ({"performer": "patient/P-1"}, ("device",), "a reading that the patient took"),
    ],
)
def test_what_is_not_sent_says_why(changes, less, says):
    assert why(VITALS, *less, **changes) == says


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_the_statuses_that_count_are_taken_unless_the_hospital_takes_fewer(status):
    changes = {"status": status, "issued": "2026-03-02T09:45:00-06:00"}

    assert why(**changes) is None
    told = why(Projection("vitals", (), ("final",)), **changes)
    assert told == (None if status == "final" else f"status {status} is not taken there")


def test_every_code_that_may_be_set_is_of_a_vital_sign_that_we_make_and_the_usual_ones_are_among_them():
    ours = {
        concept.code for one in measures.MEASURES.values() for concept in one.concepts if one.category == "vital-signs"
    }

    assert set(vital_signs.USUAL_CODES) < set(vital_signs.ALL_CODES) < ours
    assert why(AT_ALL, measure="bmi", value={"value": 24, "unit_ucum": "kg/m2"}) is None


def test_whole_documents_are_as_they_always_were():
    whole, sent = rendered(Projection())

    assert sent == projection.full(whole)
    assert projection.left_out(sent) is None
