"""The sample shows what clinics live through, about as often as they do."""

import itertools
from collections import Counter

import pytest

from fhir_profiles import fhir_json
from mappings import records, sample

Raw = dict[str, object]


@pytest.fixture(scope="module")
def hundred() -> list[Raw]:
    return list(sample.courses(100, 1))


@pytest.fixture(scope="module")
def parsed(hundred: list[Raw]) -> list[records.Record]:
    return [records.parse(raw) for raw in hundred]


@pytest.fixture(scope="module")
def counts(hundred: list[Raw]) -> dict[str, int]:
    return sample.summary(hundred)


def test_every_record_is_read_and_written_as_it_is(hundred: list[Raw], parsed: list[records.Record]) -> None:
    for raw, record in zip(hundred, parsed, strict=True):
        assert fhir_json.sorted_json(records.to_json(record)) == fhir_json.sorted_json(raw)


def test_every_record_says_that_it_is_pretend_data(hundred: list[Raw]) -> None:
    assert [raw["id"] for raw in hundred if raw.get("test") is not True] == []


def test_only_kinds_that_are_taken_are_written_and_no_id_twice(hundred: list[Raw]) -> None:
    ids = Counter((raw["kind"], raw["id"]) for raw in hundred)

    assert {kind for kind, _ in ids} == set(records.KINDS)
    assert max(ids.values()) == 1


def test_every_reference_to_a_kind_that_is_taken_is_kept(hundred: list[Raw], parsed: list[records.Record]) -> None:
    ids = {(raw["kind"], raw["id"]) for raw in hundred}
    dangling = Counter(
        (record.kind, kind)
        for record in parsed
        for kind, record_id in records.links(record)
        if kind in records.KINDS and (kind, record_id) not in ids
    )

    assert dangling == {}


def test_a_demo_of_twelve_patients_stays_small() -> None:
    assert 2000 <= sum(1 for _ in sample.courses(12, 1)) <= 3000


def test_the_counts_of_a_seed_are_fixed() -> None:
    counts = sample.summary(sample.courses(20, 1))
    kinds = {name: count for name, count in counts.items() if name.startswith(("kind.", "plan.", "session."))}

    assert kinds == {
        "kind.observation": 4071,
        "kind.patient": 20,
        "kind.plan": 20,
        "kind.session": 150,
        "plan.active": 13,
        "plan.completed": 3,
        "plan.on_hold": 3,
        "plan.revisions": 42,
        "plan.revoked": 1,
        "session.cancelled": 5,
        "session.checked_in": 2,
        "session.completed": 114,
        "session.entered_in_error": 1,
        "session.no_show": 2,
        "session.preparing": 1,
        "session.recovering": 1,
        "session.scheduled": 18,
        "session.stopped": 6,
    }


PER_SESSION = "completed and stopped sessions"
INTERVALS = [
    ("session.no_show", "kind.session", 10, 70),
    ("session.cancelled", "kind.session", 10, 80),
    ("session.aborted", "kind.session", 3, 40),
    ("session.stopped", "kind.session", 15, 80),
    ("session.completed", "kind.session", 600, 850),
    ("session.scheduled", "kind.session", 80, 250),
    ("session.entered_in_error", "kind.session", 3, 30),
    ("phase.maintenance", "kind.session", 100, 300),
    ("segment.pause", "session.completed", 50, 180),
    ("segment.planned_change", "session.completed", 100, 280),
    ("premedication.refused", "premedication.given", 10, 80),
    ("premedication.held", "premedication.given", 3, 50),
    ("side-effect.mild", "session.completed", 300, 650),
    ("side-effect.moderate", "session.completed", 40, 180),
    ("side-effect.serious", "session.completed", 1, 25),
    ("observation.corrected", "kind.observation", 3, 15),
    ("observation.amended", "kind.observation", 1, 8),
    ("observation.entered_in_error", "kind.observation", 1, 8),
    ("observation.absent", "kind.observation", 2, 15),
    ("source.device", "kind.observation", 600, 850),
    ("source.patient", "kind.observation", 100, 300),
    ("plan.revoked", "kind.plan", 50, 300),
    ("plan.completed", "kind.plan", 20, 200),
    ("plan.on_hold", "kind.plan", 10, 100),
    ("plan.draft", "kind.plan", 10, 150),
    ("dose.down", "kind.plan", 100, 500),
    ("dose.up", "kind.plan", 100, 500),
    ("finding.given-over-max", "session.completed", 3, 40),
    ("finding.vitals-missing", "session.completed", 10, 100),
    ("finding.monitoring-gap", "session.completed", 8, 60),
    ("finding.discharge-criteria", "session.completed", 8, 60),
    ("finding.segments-sum", "session.completed", 1, 30),
    ("finding.ordered-unlike-weight", "session.completed", 1, 40),
]


@pytest.mark.parametrize(("name", "of", "low", "high"), INTERVALS, ids=[name for name, *_ in INTERVALS])
def test_each_pattern_is_there_about_as_often_as_it_should(
    counts: dict[str, int], name: str, of: str, low: int, high: int
) -> None:
    assert low * counts[of] <= 1000 * counts[name] <= high * counts[of]


@pytest.mark.parametrize("status", ["checked_in", "preparing", "infusing", "paused", "recovering"])
def test_sessions_of_the_exports_day_are_under_way(counts: dict[str, int], status: str) -> None:
    assert counts[f"session.{status}"] >= 1


def test_about_seven_of_ten_respond(counts: dict[str, int]) -> None:
    responders, others = counts["response.responder"], counts["response.less"]

    assert responders + others >= 50
    assert 55 <= 100 * responders // (responders + others) <= 85


def test_infusions_take_45_to_55_minutes_and_visits_about_90(parsed: list[records.Record]) -> None:
    done = [s for s in parsed if isinstance(s, records.InfusionSession) and s.status == "completed"]
    infused, visited = [], []
    for session in done:
        actual = session.actual
        assert actual is not None
        assert actual.infusion_start is not None
        assert actual.infusion_end is not None
        assert actual.discharged is not None
        infused.append((actual.infusion_end.at - actual.infusion_start.at).total_seconds() / 60)
        visited.append((actual.discharged.at - session.scheduled.start.at).total_seconds() / 60)

    assert 40 <= min(infused) <= max(infused) <= 65
    assert sum(45 <= minutes <= 55 for minutes in infused) >= 0.9 * len(done)
    assert 80 <= sum(visited) / len(visited) <= 95


def test_six_inductions_fit_into_two_to_three_weeks_unless_some_were_missed(parsed: list[records.Record]) -> None:
    days: dict[str, list[records.InfusionSession]] = {}
    for record in parsed:
        if isinstance(record, records.InfusionSession) and record.phase == "induction":
            days.setdefault(record.plan, []).append(record)
    smooth = [held for held in days.values() if [s.status for s in held] == ["completed"] * 6]

    spans = [(held[-1].scheduled.start.at - held[0].scheduled.start.at).days for held in smooth]
    assert len(spans) >= 20
    assert 10 <= min(spans) <= max(spans) <= 21


def test_maintenance_is_monthly(parsed: list[records.Record]) -> None:
    visits: dict[str, list[records.InfusionSession]] = {}
    for record in parsed:
        if isinstance(record, records.InfusionSession) and record.phase == "maintenance":
            visits.setdefault(record.plan, []).append(record)
    apart = [
        (later.scheduled.start.at.date() - earlier.scheduled.start.at.date()).days
        for held in visits.values()
        for earlier, later in itertools.pairwise(held)
    ]

    assert set(apart) == {28}


def test_a_dose_is_changed_only_with_a_reason_and_its_cause(parsed: list[records.Record]) -> None:
    plans = [plan for plan in parsed if isinstance(plan, records.TreatmentPlan)]
    changes = [rev for plan in plans for rev in plan.revisions if rev.dose_change != "none"]

    assert len(changes) >= 20
    assert all(rev.reason.codings and rev.triggered_by and rev.summary for rev in changes)


def test_clocks_go_forward_on_the_eighth_of_march(hundred: list[Raw]) -> None:
    offsets = {str(raw["effective"])[:10] >= "2026-03-08": set() for raw in hundred if raw["kind"] == "observation"}
    for raw in hundred:
        if raw["kind"] == "observation":
            offsets[str(raw["effective"])[:10] >= "2026-03-08"].add(str(raw["effective"])[-6:])

    assert offsets == {False: {"-06:00"}, True: {"-05:00"}}


def test_what_is_found_out_later_is_newer_than_what_it_corrects(
    hundred: list[Raw], parsed: list[records.Record]
) -> None:
    before = {(record.kind, record.id): record for record in parsed}
    later = [records.parse(raw) for raw in sample.later(hundred)]

    assert sorted(str(getattr(record, "status", "")) for record in later) == [
        "corrected",
        "entered_in_error",
        "no_show",
    ]
    assert all(record.updated_at.at > before[record.kind, record.id].updated_at.at for record in later)


def test_no_course_of_any_seed_breaks_the_form_of_a_record() -> None:
    for seed in range(2, 12):
        for raw in sample.courses(4, seed):
            records.parse(raw)
