"""A record tells which other records it names."""

from mappings import records
from tests.records import examples
from tests.records.examples import observation, patient, plan, session


def test_a_measurement_names_patient_visit_plan_performer_and_device() -> None:
    raw = observation(visit="follow-up/F-1", plan="PL-1", performer="staff-role/ST-2", recorded_by="ST-3")

    assert records.links(records.parse(raw)) == {
        ("patient", "P-1"),
        ("follow_up", "F-1"),
        ("plan", "PL-1"),
        ("staff_role", "ST-2"),
        ("device", "MON-1"),
        ("staff_role", "ST-3"),
    }


def test_a_session_names_plan_weight_places_staff_and_reporters() -> None:
    effect = {
        "id": "SE-1",
        "effect": {"text": "nausea"},
        "onset": examples.UPDATED,
        "severity": "mild",
        "reported_by": "patient/P-1",
    }
    raw = session(location="R-1", chair="C-1", pump="PUMP-1", witness="ST-9", side_effects=[effect])

    assert records.links(records.parse(raw)) == {
        ("plan", "PL-1"),
        ("observation", "O-WT"),
        ("location", "R-1"),
        ("location", "C-1"),
        ("device", "PUMP-1"),
        ("staff_role", "ST-2"),
        ("staff_role", "ST-9"),
        ("patient", "P-1"),
    }


def test_a_plan_names_what_led_to_it_but_nothing_inside_another_record() -> None:
    causes = ["side-effect/SE-1", "follow-up/F-1", "session/S-1"]
    raw = plan(revisions=[plan()["revisions"][0] | {"triggered_by": causes}])

    assert records.links(records.parse(raw)) == {
        ("patient", "P-1"),
        ("condition", "CO-1"),
        ("assessment", "A-1"),
        ("observation", "O-PAIN"),
        ("staff_role", "ST-1"),
        ("follow_up", "F-1"),
        ("session", "S-1"),
    }


def test_a_merged_patient_names_the_one_who_remains() -> None:
    assert records.links(records.parse(patient(active=False, merged_into="P-2"))) == {("patient", "P-2")}


def test_only_a_session_does_not_know_its_patient() -> None:
    known = [records.patient_of(records.parse(raw)) for raw in (patient(), plan(), observation(), session())]

    assert known == ["P-1", "P-1", "P-1", None]
