"""Conduct is found and shown, never refused."""

from decimal import Decimal
from typing import Any

import pytest

from mappings import findings, known, records
from tests.records import examples
from tests.records.examples import mg, observation, patient, plan, session, without


def found(raw: examples.Raw, *others: examples.Raw) -> dict[tuple[str, str], str]:
    """The findings about a record, as (code, element) → grade."""
    clinic = known.InMemory(records.parse(other) for other in others)
    return {
        (finding.code, finding.element): finding.grade.value
        for finding in findings.findings(records.parse(raw), clinic)
    }


def of_session(raw: examples.Raw, *, but: tuple[str, ...] = (), **changes: Any) -> dict[tuple[str, str], str]:
    """The findings about a session whose plan and measurements are all there, but for those named."""
    taken = [o for o in examples.vitals() if o["id"] not in but]
    return found(raw, plan(**changes), *taken)


def test_a_session_by_the_book_has_no_findings() -> None:
    assert of_session(session()) == {}


def test_an_overdose_is_a_critical_finding() -> None:
    raw = session(given_total=mg("40.01"), segments=[session()["segments"][0] | {"amount": mg("40.01")}])

    assert of_session(raw) == {
        ("given-over-max", "given_total"): "critical",
        ("given-over-ordered", "given_total"): "warning",
    }


def test_exactly_the_maximum_is_no_overdose() -> None:
    raw = session(
        given_total=mg("40"), ordered_total=mg("40"), segments=[session()["segments"][0] | {"amount": mg("40.00")}]
    )

    assert ("given-over-max", "given_total") not in of_session(raw)


def test_what_was_ordered_is_compared_with_dose_times_weight() -> None:
    raw = session(ordered_total=mg("36.30"))

    assert of_session(raw) == {("ordered-unlike-weight", "ordered_total"): "warning"}


@pytest.mark.parametrize("ordered", ["36.2", "36.3", "36"])
def test_an_order_rounded_as_it_is_written_is_no_finding(ordered: str) -> None:
    raw = session(
        ordered_total=mg(ordered), given_total=mg("36"), segments=[session()["segments"][0] | {"amount": mg("36")}]
    )

    assert of_session(raw) == {}


def test_a_weight_in_pounds_is_compared_as_exactly() -> None:
    weight = examples.vitals()[0] | {"value": {"value": Decimal(160), "unit_ucum": "[lb_av]"}}

    assert of_session(session(ordered_total=mg("36.3"), dosing_weight="O-LB"), but=()) == {
        ("weight-unknown", "dosing_weight"): "note"
    }
    assert found(session(ordered_total=mg("36.3")), plan(), weight, *examples.vitals()[1:]) == {}


def test_a_dose_that_this_weight_takes_over_the_maximum_is_found() -> None:
    heavy = examples.vitals()[0] | {"value": {"value": Decimal("90.00"), "unit_ucum": "kg"}}

    assert found(session(), plan(), heavy, *examples.vitals()[1:]) == {
        ("dose-by-weight-over-max", "order.dose"): "warning",
        ("ordered-unlike-weight", "ordered_total"): "warning",
    }


def test_an_order_over_the_maximum_is_found_even_when_less_was_given() -> None:
    assert of_session(session(ordered_total=mg("41")))[("ordered-over-max", "ordered_total")] == "warning"


def test_an_old_weight_is_found() -> None:
    old = examples.vitals()[0] | {"effective": "2026-02-20T09:00:00-06:00", "visit": "assessment/A-1"}

    assert found(session(), plan(), old, *examples.vitals()[1:]) == {
        ("weight-of-another-visit", "dosing_weight"): "note",
        ("weight-old", "dosing_weight"): "warning",
    }


def test_a_weight_entered_in_error_is_found() -> None:
    wrong = examples.vitals()[0] | {"status": "entered_in_error"}

    assert found(session(), plan(), wrong, *examples.vitals()[1:]) == {("weight-unusable", "dosing_weight"): "warning"}


@pytest.mark.parametrize("name", ["dosing_weight", "order", "ordered_total"])
def test_a_prepared_session_without_an_order_is_found(name: str) -> None:
    assert of_session(without(session(), name)) == {("order-incomplete", name): "warning"}


def test_a_booked_session_needs_no_order() -> None:
    booked = {
        name: session()[name] for name in ("kind", "id", "updated_at", "plan", "phase", "sequence_no", "scheduled")
    }

    assert of_session(booked | {"status": "scheduled"}) == {}


def test_an_amount_that_nobody_wrote_down_is_found() -> None:
    assert of_session(without(session(), "given_total")) == {("given-missing", "given_total"): "warning"}


@pytest.mark.parametrize(("given", "off"), [("36.26", False), ("36.24", False), ("36.23", True)])
def test_segments_add_up_to_what_was_given_within_a_hundredth(given: str, off: bool) -> None:
    assert (("segments-sum", "segments") in of_session(session(given_total=mg(given)))) is off


@pytest.mark.parametrize(
    ("start", "why", "code"), [("10:20", "pause", None), ("10:20", "planned_change", "segments-gap")]
)
def test_a_gap_between_segments_needs_a_pause(start: str, why: str, code: str | None) -> None:
    first = session()["segments"][0] | {"end": "2026-03-02T10:10:00-06:00", "end_reason": why, "amount": mg("16.25")}
    second = session()["segments"][0] | {"no": 2, "start": f"2026-03-02T{start}:00-06:00", "amount": mg("20.00")}

    expected = {} if code is None else {(code, "segments[1]"): "warning"}
    assert of_session(session(segments=[first, second])) == expected


def test_segments_that_overlap_are_found() -> None:
    first = session()["segments"][0] | {"amount": mg("16.25"), "end_reason": "planned_change"}
    second = session()["segments"][0] | {"no": 2, "start": "2026-03-02T10:10:00-06:00", "amount": mg("20.00")}

    assert of_session(session(segments=[first, second])) == {("segments-overlap", "segments[1]"): "warning"}


@pytest.mark.parametrize("point", ["baseline", "discharge"])
@pytest.mark.parametrize("measure", ["HR", "BP", "SP"])
def test_vitals_missing_at_baseline_or_discharge_are_found(point: str, measure: str) -> None:
    number = {"baseline": 0, "discharge": 5}[point]

    assert of_session(session(), but=(f"O-{measure}{number}",)) == {("vitals-missing", f"vitals.{point}"): "warning"}


def test_a_refused_vital_sign_is_a_missing_one() -> None:
    taken = examples.vitals()
    taken[1] = without(taken[1], "value") | {"absent": "asked-declined"}

    assert found(session(), plan(), *taken) == {("vitals-missing", "vitals.baseline"): "warning"}


def test_a_long_gap_in_monitoring_is_found_with_its_minutes() -> None:
    clinic = known.InMemory(
        records.parse(raw)
        for raw in (plan(), *(o for o in examples.vitals() if o["effective"][11:16] not in {"10:10", "10:20"}))
    )

    told = findings.findings(records.parse(session()), clinic)
    assert [(finding.code, finding.says) for finding in told] == [
        ("monitoring-gap", "no vital signs from minute 10 to minute 40 of the infusion, planned every 10")
    ]


def test_one_and_a_half_intervals_are_no_gap() -> None:
    taken = [o | {"effective": o["effective"].replace("T10:00", "T10:05")} for o in examples.vitals()]

    assert found(session(), plan(), *taken) == {}


def test_clock_times_out_of_order_are_found() -> None:
    actual = session()["actual"] | {"checked_in": "2026-03-02T09:35:00-06:00"}

    assert of_session(session(actual=actual)) == {("clock-order", "actual.prep_start"): "warning"}


def test_a_completed_session_without_its_end_is_found() -> None:
    raw = session(actual=without(session()["actual"], "discharged"))

    assert of_session(raw) == {("time-missing", "actual.discharged"): "warning"}


def test_stopping_without_a_reason_is_found() -> None:
    stopped = session(status="stopped", segments=[session()["segments"][0] | {"end_reason": "stop"}])

    assert of_session(stopped) == {("reason-missing", "stop_reason"): "warning"}
    assert of_session(stopped | {"stop_reason": {"text": "dizzy"}}) == {}


def test_a_status_that_the_segments_contradict_is_found() -> None:
    raw = session(segments=[session()["segments"][0] | {"end_reason": "stop"}])

    assert of_session(raw) == {("status-unlike-segments", "status"): "warning"}


@pytest.mark.parametrize("status", ["cancelled", "no_show", "scheduled"])
def test_an_infusion_at_a_session_that_did_not_happen_is_found(status: str) -> None:
    assert of_session(session(status=status))[("status-unlike-clock", "status")] == "warning"


def test_a_coded_reason_of_a_no_show_is_told_to_stay_behind() -> None:
    booked = {
        name: session()[name] for name in ("kind", "id", "updated_at", "plan", "phase", "sequence_no", "scheduled")
    }
    raw = booked | {"status": "no_show", "not_done_reason": examples.KETAMINE}

    assert of_session(raw) == {("no-show-reason-coded", "not_done_reason"): "note"}


@pytest.mark.parametrize(("override", "grade"), [({}, "warning"), ({"override_reason": "felt well"}, "note")])
def test_leaving_unfit_is_found(override: examples.Raw, grade: str) -> None:
    discharge = {"criteria": [{"key": "oriented", "met": False}], "escort_present": True} | override

    assert of_session(session(discharge=discharge)) == {("discharge-criteria", "discharge.criteria"): grade}


def test_leaving_alone_is_found() -> None:
    raw = session(discharge={"escort_present": False, "instructions_given": False})

    assert of_session(raw) == {
        ("no-escort", "discharge.escort_present"): "warning",
        ("no-instructions", "discharge.instructions_given"): "note",
    }


def test_a_serious_side_effect_says_why_it_is_serious() -> None:
    effect = {
        "id": "SE-1",
        "effect": {"text": "hallucinations"},
        "onset": "2026-03-02T10:10:00-06:00",
        "severity": "severe",
        "serious": True,
    }

    assert of_session(session(side_effects=[effect])) == {
        ("seriousness-missing", "side_effects[0].seriousness"): "warning",
        ("serious-side-effect", "side_effects[0]"): "warning",
    }


def test_premedication_is_compared_with_the_plan() -> None:
    given = {"key": "pm1", "premedication": "p9", "drug": examples.KETAMINE, "status": "refused"}

    assert of_session(session(premeds_given=[given])) == {
        ("premedication-unknown", "premeds_given[0].premedication"): "warning",
        ("reason-missing", "premeds_given[0].reason"): "note",
        ("premedication-missing", "premeds_given"): "note",
    }


def test_an_infusion_of_unplanned_length_is_found() -> None:
    regimen = [plan()["regimen"][0] | {"infusion_min": {"low": 55, "high": 60}}]

    assert of_session(session(), regimen=regimen) == {("infusion-length", "actual.infusion_end"): "note"}


def test_an_erroneous_record_has_no_findings() -> None:
    assert of_session(session(status="entered_in_error", given_total=mg("400"))) == {}
    assert found(patient(birth_date="2020", entered_in_error={"text": "twice"})) == {}


def test_a_session_whose_plan_is_unknown_is_looked_at_all_the_same() -> None:
    assert found(session(given_total=mg("41.00")))[("given-over-max", "given_total")] == "critical"


@pytest.mark.parametrize("value", [Decimal(11), Decimal(-1), Decimal("6.5"), Decimal("1E+40")])
def test_a_score_off_its_scale_is_found(value: Decimal) -> None:
    raw = observation(measure="pain-nrs", value={"value": value, "unit_ucum": "{score}"})

    assert found(raw) == {("off-scale", "value"): "warning"}


def test_a_component_off_its_scale_is_found() -> None:
    raw = without(observation(measure="bp", components=examples.pressure(1300)), "value")

    assert found(raw) == {("off-scale", "components[0].value"): "warning"}


@pytest.mark.parametrize(("total", "off"), [(3, False), (4, True)])
def test_a_score_is_compared_with_the_sum_of_its_answers(total: int, off: bool) -> None:
    items = [{"link_id": "/44250-9", "answer": 1}, {"link_id": "/44255-8", "answer": 2}]
    raw = observation(
        measure="phq-9",
        value={"value": total, "unit_ucum": "{score}"},
        questionnaire_response={"questionnaire": "urn:oid:2.999.9", "items": items},
    )

    assert (("score-sum", "value") in found(raw)) is off


def test_a_measurement_at_another_patients_session_is_critical() -> None:
    assert found(observation(patient="P-2"), session(), plan()) == {("other-patient", "visit"): "critical"}


def test_a_report_of_another_patient_is_found() -> None:
    assert found(observation(performer="patient/P-2")) == {("other-patient", "performer"): "warning"}


@pytest.mark.parametrize(("minutes", "off"), [(-10, False), (-9, False), (-8, True), (10, True)])
def test_minutes_from_the_start_are_compared_with_the_clock(minutes: int, off: bool) -> None:
    raw = observation(timepoint={"code": "baseline", "offset_min": minutes})

    assert (("clock-order", "timepoint.offset_min") in found(raw, session(), plan())) is off


def test_a_plan_by_the_book_has_no_findings() -> None:
    baseline = observation(id="O-PAIN", measure="pain-nrs", value={"value": 7, "unit_ucum": "{score}"})

    assert found(plan(), baseline) == {}


@pytest.mark.parametrize("status", ["revoked", "on_hold"])
def test_a_plan_that_ends_or_waits_says_why(status: str) -> None:
    assert found(plan(status=status)) == {("reason-missing", "status_reason"): "warning"}
    assert found(plan(status=status, status_reason={"text": "moved away"})) == {}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"measure": "fatigue-nrs"}, "goal-instrument"),
        ({"value": {"value": 0, "unit_ucum": "{score}"}}, "goal-baseline"),
    ],
)
def test_a_goal_that_cannot_be_judged_is_found(change: examples.Raw, code: str) -> None:
    baseline = observation(id="O-PAIN", measure="pain-nrs", value={"value": 7, "unit_ucum": "{score}"}) | change

    assert found(plan(), baseline) == {(code, "goals[0].baseline"): "warning"}


def test_a_plan_outside_the_usual_is_noted() -> None:
    phase = plan()["phases"][0] | {
        "planned_count": 8,
        "window": {"min_days": 7, "max_days": 21},
        "appointment_min": 120,
    }
    regimen = plan()["regimen"][0] | {"infusion_min": {"low": 30, "high": 55}}

    assert found(plan(phases=[phase], regimen=[regimen])) == {
        ("outside-template", "phases[0].planned_count"): "note",
        ("outside-template", "phases[0].window"): "note",
        ("outside-template", "phases[0].appointment_min"): "note",
        ("outside-template", "regimen[0].infusion_min"): "note",
    }


def test_a_phase_without_a_regimen_is_found() -> None:
    phases = [*plan()["phases"], {"key": "later", "kind": "maintenance", "status": "scheduled"}]

    assert found(plan(phases=phases)) == {("regimen-missing", "phases[1]"): "warning"}


def test_a_child_is_found() -> None:
    assert found(patient(birth_date="2008-03-03")) == {("not-adult", "birth_date"): "warning"}
    assert found(patient(birth_date="2008-03-02")) == {}


def test_an_unusual_step_of_a_plan_is_found() -> None:
    before, after = records.parse(plan(status="completed")), records.parse(plan())

    assert [(f.code, f.says) for f in findings.changed(before, after)] == [
        ("status-step", "went from completed to active")
    ]
    assert findings.changed(after, before) == []
    assert findings.changed(after, records.parse(plan(status="entered_in_error"))) == []


def test_a_record_that_changes_its_patient_is_critical() -> None:
    told = findings.changed(records.parse(observation()), records.parse(observation(patient="P-2")))

    assert [(f.code, f.grade.value) for f in told] == [("subject-changed", "critical")]


def test_revisions_are_only_added() -> None:
    second = plan()["revisions"][0] | {"rev": 2}
    longer = records.parse(plan(revisions=[*plan()["revisions"], second]))
    rewritten = records.parse(plan(revisions=[plan()["revisions"][0] | {"by": "ST-7"}]))

    assert findings.changed(records.parse(plan()), longer) == []
    assert [f.code for f in findings.changed(longer, records.parse(plan()))] == ["revisions-rewritten"]
    assert [f.code for f in findings.changed(longer, rewritten)] == ["revisions-rewritten"]


def test_findings_tell_neither_names_nor_dates() -> None:
    told = findings.findings(records.parse(session(given_total=mg("99"))), known.InMemory([records.parse(plan())]))

    assert len(told) > 3
    assert not [finding for finding in told if "2026" in finding.says or "P-1" in finding.says]
