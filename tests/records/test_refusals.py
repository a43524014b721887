"""Everything wrong in form is refused with its field, a code and what to do; never with a value."""

from decimal import Decimal
from typing import Any

import pytest

from mappings import records
from tests.records import examples
from tests.records.examples import mg, observation, patient, plan, session, without


def problems_of(raw: Any) -> list[tuple[str, str]]:
    with pytest.raises(records.RecordError) as refused:
        records.parse(raw)
    assert all(problem.says and problem.fix for problem in refused.value.problems)
    return [(problem.field, problem.code) for problem in refused.value.problems]


def fix_of(raw: Any) -> str:
    with pytest.raises(records.RecordError) as refused:
        records.parse(raw)
    return refused.value.problems[0].fix


@pytest.mark.parametrize("raw", [None, [], "patient", 7, True])
def test_a_line_that_is_no_object_is_no_record(raw: Any) -> None:
    assert problems_of(raw) == [("", "IF-REC-01")]


@pytest.mark.parametrize("kind", ["invoice", "Patient", 7, ["patient"], "assessment"])
def test_an_unknown_kind_is_named(kind: Any) -> None:
    assert problems_of(patient(kind=kind)) == [("kind", "IF-REC-02")]


def test_a_line_without_a_kind_says_so() -> None:
    assert problems_of(without(patient(), "kind")) == [("kind", "IF-REC-03")]


@pytest.mark.parametrize(
    ("raw", "needed"),
    [
        (patient(), ["id", "updated_at", "identifiers", "names", "birth_date", "admin_gender", "active"]),
        (
            plan(),
            [
                "patient",
                "indication",
                "assessment",
                "title",
                "status",
                "period",
                "phases",
                "regimen",
                "goals",
                "revisions",
            ],
        ),
        (session(), ["plan", "phase", "sequence_no", "status", "scheduled"]),
        (observation(), ["patient", "measure", "effective", "status", "visit"]),
    ],
)
def test_a_missing_field_is_named(raw: examples.Raw, needed: list[str]) -> None:
    for name in needed:
        assert (name, "IF-REC-03") in problems_of(without(raw, name))


def test_all_that_is_wrong_is_told_at_once() -> None:
    broken = observation(effective="2026-03-02T09:40:00", status="finished", colour="red")

    assert problems_of(broken) == [
        ("effective", "IF-REC-08"),
        ("status", "IF-REC-06"),
        ("colour", "IF-REC-04"),
    ]


def test_an_unknown_field_is_refused_not_dropped() -> None:
    assert problems_of(session(blood_type="A")) == [("blood_type", "IF-REC-04")]


def test_a_field_name_that_may_be_data_is_not_shown() -> None:
    assert problems_of(patient(**{"Greta Testmann": 1})) == [("(a name that is not shown)", "IF-REC-04")]


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-02T09:40:00",
        "2026-03-02 09:40:00",
        "2026-03-02T09:40",
        "2026-03-02T09:40-06:00",
        "2026-03-02",
        "2026-03-02T24:00:00-06:00",
        "2026-02-30T09:40:00-06:00",
        "2026-03-02T09:40:00-14:30",
        "2026-03-02T09:40:00-6:00",
        "2026-03-02t09:40:00z",
        "2026-03-02T09:40:00-06:00\n",
        "٢٠٢٦-03-02T09:40:00Z",
        1772465000,
        None,
    ],
)
def test_a_time_without_seconds_or_offset_is_refused(time: Any) -> None:
    assert problems_of(observation(updated_at=time)) == [
        ("updated_at", "IF-REC-08" if time is not None else "IF-REC-03")
    ]


def test_a_naive_time_is_told_how_to_be_written() -> None:
    assert "2026-03-02T09:30:00-06:00" in fix_of(observation(updated_at="2026-03-02T09:40:00"))


@pytest.mark.parametrize("date", ["1979-4-12", "79", "1979-13", "1979-02-29", "12.04.1979", 1979])
def test_a_date_that_is_none_is_refused(date: Any) -> None:
    assert problems_of(patient(birth_date=date)) == [("birth_date", "IF-REC-08")]


@pytest.mark.parametrize(
    ("raw", "field", "right"),
    [
        (session(given_total={"value": 36, "unit_ucum": "mcg"}), "given_total", "in mg"),
        (session(given_total={"value": 36, "unit_ucum": "mgs"}), "given_total", "write mg,"),
        (session(given_total={"value": 36, "unit_ucum": "g"}), "given_total", "in mg"),
        (observation(value={"value": 80, "unit_ucum": "bpm"}), "value.unit_ucum", "write /min,"),
        (observation(value={"value": 80, "unit_ucum": "%"}), "value.unit_ucum", "in /min"),
        (
            without(
                observation(
                    measure="bp",
                    components=[
                        {"measure": "systolic", "value": {"value": 130, "unit_ucum": "mmHg"}},
                        {"measure": "diastolic", "value": {"value": 80, "unit_ucum": "mm[Hg]"}},
                    ],
                ),
                "value",
            ),
            "components[0].value.unit_ucum",
            "write mm[Hg],",
        ),
        (observation(measure="pain-vas", value={"value": 7, "unit_ucum": "cm"}), "value.unit_ucum", "in mm"),
        (
            session(segments=[{"no": 1, "start": examples.UPDATED, "rate": {"value": 1, "unit_ucum": "mg/hr"}}]),
            "segments[0].rate",
            "write mg/h,",
        ),
        (session(order=examples.session()["order"] | {"dose": mg("36.00")}), "order.dose", "in mg/kg"),
    ],
)
def test_a_wrong_unit_is_refused_and_the_right_one_named(raw: examples.Raw, field: str, right: str) -> None:
    assert problems_of(raw) == [(field, "IF-REC-07")]
    assert right in fix_of(raw)


EARLY, LATE = "2026-03-02T09:00:00-06:00", "2026-03-02T09:30:00-05:30"


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (session(actual={"infusion_start": LATE, "infusion_end": "2026-03-02T08:59:00-06:00"}), "actual.infusion_end"),
        (session(actual={"prep_start": "2026-03-02T09:01:00-06:00", "infusion_start": EARLY}), "actual.infusion_start"),
        (session(actual={"infusion_end": "2026-03-02T09:01:00-06:00", "recovery_end": EARLY}), "actual.recovery_end"),
        (session(actual={"checked_in": "2026-03-02T09:01:00-06:00", "discharged": EARLY}), "actual.discharged"),
        (session(scheduled={"start": "2026-03-02T09:01:00-06:00", "end": EARLY}), "scheduled.end"),
        (observation(effective={"start": "2026-03-02T09:01:00-06:00", "end": EARLY}), "effective.end"),
        (plan(period={"start": "2026-03", "end": "2026-02-28"}), "period.end"),
        (
            session(
                side_effects=[
                    {
                        "id": "SE-1",
                        "effect": {"text": "nausea"},
                        "onset": "2026-03-02T09:01:00-06:00",
                        "resolved": EARLY,
                        "severity": "mild",
                    }
                ]
            ),
            "side_effects[0].resolved",
        ),
        (session(segments=[{"no": 1, "start": "2026-03-02T09:01:00-06:00", "end": EARLY}]), "segments[0].end"),
    ],
)
def test_an_interval_that_ends_before_it_starts_is_refused(raw: examples.Raw, field: str) -> None:
    assert problems_of(raw) == [(field, "IF-REC-09")]


def test_the_same_moment_written_with_two_offsets_is_no_backwards_interval() -> None:
    record = records.parse(session(actual={"infusion_start": EARLY, "infusion_end": LATE}))

    assert records.to_json(record)["actual"] == {"infusion_start": EARLY, "infusion_end": LATE}


def test_a_period_that_ends_in_the_month_in_which_it_starts_is_taken() -> None:
    assert records.parse(plan(period={"start": "2026-03-20", "end": "2026-03"})).id == "PL-1"


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (without(observation(), "value"), "value"),
        (observation(absent="asked-declined"), "absent"),
        (observation(components=examples.pressure()), "absent"),
        (
            without(
                observation(measure="bp", components=[{"measure": "systolic"}, examples.pressure()[1]]),
                "value",
            ),
            "components[0]",
        ),
    ],
)
def test_a_measurement_has_either_a_value_or_the_reason_of_its_absence(raw: examples.Raw, field: str) -> None:
    assert problems_of(raw) == [(field, "IF-REC-10")]


def test_a_blood_pressure_needs_both_numbers_or_the_reason_why_one_is_missing() -> None:
    one = without(observation(measure="bp", components=examples.pressure()[:1]), "value")
    both = without(
        observation(
            measure="bp", components=[examples.pressure()[0], {"measure": "diastolic", "absent": "not-performed"}]
        ),
        "value",
    )

    assert problems_of(one) == [("components", "IF-REC-03")]
    assert records.parse(both).id == "O-1"


def test_a_refused_blood_pressure_needs_no_components() -> None:
    refused = without(observation(measure="bp", absent="asked-declined"), "value")

    assert records.parse(refused).id == "O-1"


@pytest.mark.parametrize(
    ("value", "code"),
    [(80, "IF-REC-05"), ("80", "IF-REC-05"), (True, "IF-REC-05"), ({"text": "80"}, "IF-REC-05")],
)
def test_a_value_of_another_kind_than_the_measure_has_is_refused(value: Any, code: str) -> None:
    assert problems_of(observation(value=value)) == [("value", code)]


@pytest.mark.parametrize("number", ["80", True, 80.5, Decimal("NaN"), [80]])
def test_a_number_is_a_number_and_never_a_float(number: Any) -> None:
    assert problems_of(observation(value={"value": number, "unit_ucum": "/min"})) == [("value.value", "IF-REC-05")]


def test_an_unknown_measure_is_refused_and_the_known_ones_listed() -> None:
    raw = observation(measure="happiness")

    assert problems_of(raw) == [("measure", "IF-REC-06")]
    assert "pain-nrs" in fix_of(raw)


@pytest.mark.parametrize(
    "record_id",
    [
        "HT-77",
        "ht77",
        "HT.77",
        "Testmann",
        "greta",
        "Greta-Testmann",
        "TESTMANN-GRETA",
        "1979-04-12",
        "19790412",
        "Maria",
    ],
)
def test_a_record_id_that_tells_who_the_patient_is_is_refused(record_id: str) -> None:
    assert problems_of(patient(id=record_id)) == [("id", "IF-REC-11")]


def test_a_record_id_may_equal_the_clinics_internal_number() -> None:
    numbers = [*patient()["identifiers"], {"system": "urn:oid:2.999.3", "value": "P-1", "type": "PI", "active": True}]

    assert records.parse(patient(identifiers=numbers)).id == "P-1"


def test_the_ids_of_other_records_can_be_held_against_the_patient() -> None:
    greta = records.parse(patient())
    assert isinstance(greta, records.Patient)

    assert records.tells_who("S-HT-77", greta) is False
    assert records.tells_who("ht-77", greta) is True


@pytest.mark.parametrize("record_id", ["", "a" * 65, "S_1", "S 1", "S/1", "Ä", "S-1\n", 7])
def test_an_id_that_no_hospital_takes_is_refused(record_id: Any) -> None:
    assert problems_of(session(id=record_id))[0][0] == "id"


@pytest.mark.parametrize("active", [[], [True, True]])
def test_a_patient_has_exactly_one_mrn_in_use(active: list[bool]) -> None:
    mrn = {"system": "urn:oid:2.999.2", "type": "MR"}
    numbers = [mrn | {"value": f"HT-{n}", "active": used} for n, used in enumerate([False, *active])]

    assert problems_of(patient(identifiers=numbers)) == [("identifiers", "IF-REC-13")]


def test_a_merged_patient_is_no_longer_active() -> None:
    assert problems_of(patient(merged_into="P-2")) == [("active", "IF-REC-13")]


def test_a_birth_date_after_the_record_is_refused() -> None:
    assert problems_of(patient(birth_date="2027")) == [("birth_date", "IF-REC-13")]


@pytest.mark.parametrize("status", ["corrected", "amended"])
def test_a_correction_says_when_it_was_issued(status: str) -> None:
    assert problems_of(observation(status=status)) == [("issued", "IF-REC-03")]


def test_keys_inside_a_record_are_used_once() -> None:
    twice = plan(supportive=[{"key": "p1", "kind": "PT", "status": "in_progress"}])

    assert problems_of(twice) == [("supportive[0].key", "IF-REC-12")]


def test_a_key_has_no_dot_because_ids_are_joined_with_dots() -> None:
    assert problems_of(plan(premedication=[{"key": "p.1", "drug": examples.KETAMINE}])) == [
        ("premedication[0].key", "IF-REC-05")
    ]


def test_a_regimen_names_a_phase_of_its_plan() -> None:
    regimen = plan()["regimen"][0] | {"phase": "taper"}

    assert problems_of(plan(regimen=[regimen])) == [("regimen[0].phase", "IF-REC-12")]


def test_several_regimens_of_a_phase_need_keys() -> None:
    regimen = plan()["regimen"][0]

    assert problems_of(plan(regimen=[regimen | {"key": "day"}, regimen])) == [("regimen[1].key", "IF-REC-03")]


def test_revisions_are_without_gaps() -> None:
    revision = plan()["revisions"][0]

    assert problems_of(plan(revisions=[revision, revision | {"rev": 3}])) == [("revisions[1].rev", "IF-REC-13")]


def test_a_phase_has_a_window_or_a_longest_duration() -> None:
    phase = plan()["phases"][0] | {
        "window": {"min_days": 14, "max_days": 21},
        "max_duration": {"value": 12, "unit_ucum": "mo"},
    }

    assert problems_of(plan(phases=[phase])) == [("phases[0]", "IF-REC-13")]


def test_a_goal_has_what_its_kind_needs() -> None:
    goal = without(plan()["goals"][0], "percent") | {"threshold": {"value": 3, "unit_ucum": "{score}"}}

    assert problems_of(plan(goals=[goal])) == [("goals[0].percent", "IF-REC-03"), ("goals[0].threshold", "IF-REC-13")]


@pytest.mark.parametrize("dose", ["0", "-0.5"])
def test_a_dose_is_above_zero(dose: str) -> None:
    regimen = plan()["regimen"][0] | {"dose": examples.per_kg(dose)}

    assert problems_of(plan(regimen=[regimen])) == [("regimen[0].dose", "IF-REC-05")]


def test_a_files_own_source_must_fit_performer_and_device() -> None:
    assert records.parse(observation(source="device")) == records.parse(observation())
    assert problems_of(observation(source="patient")) == [("source", "IF-REC-13")]


@pytest.mark.parametrize("reference", ["ST-2", "nurse/ST-2", "staff_role/ST-2", "staff-role/", "staff-role/ST 2"])
def test_a_reference_to_several_kinds_says_which(reference: str) -> None:
    raw = observation(performer=reference)

    assert problems_of(raw) == [("performer", "IF-REC-05")]
    assert "staff-role/ST-1" in fix_of(raw)


def test_the_reason_of_an_error_needs_the_status_to_say_so() -> None:
    assert problems_of(observation(entered_in_error={"text": "twice"})) == [("entered_in_error", "IF-REC-13")]
    assert records.parse(patient(entered_in_error={"text": "twice"})).entered_in_error is not None


def test_a_refusal_never_carries_a_value_of_the_record() -> None:
    canary = "Kanarienvogel"
    broken = [
        patient(names=[canary], birth_date=canary, admin_gender=canary, language=[canary], active=canary),
        patient(id=canary, names=[{"family": canary}]),
        patient(identifiers=[{"system": canary, "value": {canary: canary}, "type": canary, "active": 1}]),
        observation(value={"value": canary, "unit_ucum": canary}, measure=f"{canary} {canary}", visit=canary),
        observation(value={"value": 1, "unit_ucum": canary}),
        session(staff=[{"role": canary, "staff_role": f"{canary}!"}], sequence_no=canary),
        plan(phases=canary, goals=[{"metric": canary}]),
        {"kind": canary},
    ]
    for raw in broken:
        with pytest.raises(records.RecordError) as refused:
            records.parse(raw)

        told = [str(refused.value), *(f"{p.field}{p.says}{p.fix}" for p in refused.value.problems)]
        assert canary.lower() not in "".join(told).lower()


def test_conduct_is_never_refused() -> None:
    unsafe = session(
        given_total=mg("400.00"),
        segments=[],
        staff=[],
        discharge={"criteria": [{"key": "oriented", "met": False}], "escort_present": False},
        actual={"prep_start": "2026-03-02T09:30:00-06:00", "checked_in": "2026-03-02T09:45:00-06:00"},
    )

    assert records.parse(without(unsafe, "dosing_weight", "order", "ordered_total")).id == "S-1"
