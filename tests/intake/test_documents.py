"""What becomes of records: documents, waits, problems, and documents that are taken back."""

import random
from pathlib import Path

from fhir_profiles import fhir_json
from integration.intake import importing
from integration.intake.made import Made
from integration.store import events, findings, records, resources
from mappings import sample
from tests.intake import clinic_file
from tests.intake.clinic_file import T2, T3
from tests.intake.taking import digests, number_of_events, statuses, take, waiting
from tests.parts import databases
from tests.parts.databases import Store


def test_a_course_becomes_its_documents(store: Store, tmp_path: Path) -> None:
    report = take(store, tmp_path, *clinic_file.course())

    assert statuses(store) == [
        ("Patient", None, 1), ("CarePlan", "active", 1), ("Procedure", "completed", 1), ("Observation", "final", 1),
        ("MedicationAdministration", "completed", 1), ("Observation", "final", 1), ("Observation", "final", 1),
    ]  # fmt: skip
    assert (report.made.records, report.made.new, report.made.problem_count) == (5, 7, 0)


def test_what_a_document_refers_to_is_written_down(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, *clinic_file.course())
    with store.db.read() as conn:
        stored = list(resources.everything(conn))
        found = resources.references_of(conn, [(one.type, one.id) for one in stored])
    ranks = {(one.type, one.id): one.rank for one in stored}

    assert {type_ for type_, _ in found} == {"CarePlan", "Procedure", "MedicationAdministration", "Observation"}
    assert all(ranks[target] <= ranks[source] for source, targets in found.items() for target in targets)


def test_the_same_file_twice_changes_nothing(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, *clinic_file.course())
    before, events_before = digests(store), number_of_events(store)
    report = take(store, tmp_path, *clinic_file.course())

    assert digests(store) == before
    assert number_of_events(store) == events_before
    assert sum(count.unchanged for count in report.kinds.values()) == 5
    assert report.made == Made()


def test_any_order_of_the_lines_ends_in_the_same_records_and_documents(kind: str, tmp_path: Path) -> None:
    course = list(sample.courses(2, 7))
    lines = [*course, *sample.later(course), clinic_file.patient(updated_at=T2), clinic_file.patient()]
    ends = []
    for seed in range(3):
        random.Random(seed).shuffle(lines)
        (tmp_path / str(seed)).mkdir()
        with databases.store(kind, tmp_path / str(seed)) as store:
            take(store, tmp_path, *lines)
            with store.db.read() as conn:
                heads = [
                    (head.key, head.digest, head.updated_at, records.get(conn, *head.key))
                    for of_kind in ("patient", "plan", "session", "observation")
                    for head in records.of_kind(conn, of_kind)
                ]
                found = {head[0]: findings.of_record(conn, *head[0]) for head in heads}
            ends.append((heads, found, digests(store)))

    assert len(ends[0][2]) > 100
    assert ends[0] == ends[1] == ends[2]


def test_line_by_line_ends_in_the_same_as_all_at_once(kind: str, tmp_path: Path) -> None:
    ends = []
    for name, pieces in {
        "at once": [clinic_file.course()],
        "one by one": [[raw] for raw in clinic_file.course()],
        "backwards": [[raw] for raw in clinic_file.course()[::-1]],
    }.items():
        (tmp_path / name).mkdir()
        with databases.store(kind, tmp_path / name) as store:
            for piece in pieces:
                take(store, tmp_path, *piece)
            ends.append(digests(store))

    assert len(ends[0]) == 7
    assert ends[0] == ends[1] == ends[2]


def test_a_session_without_its_plan_is_stored_waits_and_is_shown(store: Store, tmp_path: Path) -> None:
    report = take(store, tmp_path, clinic_file.patient(), clinic_file.session())

    assert report.clean
    assert [(one.kind, one.waits_kind, one.waits_id) for one in report.made.waiting] == [("session", "plan", "PL-1")]
    assert waiting(store) == [("session", "S-1", "plan", "PL-1")]
    assert [one[0] for one in statuses(store)] == ["Patient"]


def test_what_has_no_patient_is_stored_waits_and_is_made_when_the_patient_comes(store: Store, tmp_path: Path) -> None:
    report = take(store, tmp_path, *clinic_file.course()[1:])
    waited, nothing = waiting(store), statuses(store)
    take(store, tmp_path, clinic_file.patient())

    assert report.clean
    assert waited == [
        ("observation", "O-1", "patient", "P-1"), ("observation", "O-2", "patient", "P-1"),
        ("plan", "PL-1", "patient", "P-1"), ("session", "S-1", "patient", "P-1"),
    ]  # fmt: skip
    assert report.made.waiting_count == 4
    assert nothing == []
    assert waiting(store) == []
    assert len(statuses(store)) == 7


def test_a_waiting_session_is_made_when_its_plan_comes(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, clinic_file.patient(), clinic_file.session())
    take(store, tmp_path, clinic_file.plan())

    assert waiting(store) == []
    assert [one[0] for one in statuses(store)] == [
        "Patient", "CarePlan", "Procedure", "MedicationAdministration", "Observation",
    ]  # fmt: skip


def test_an_observation_is_made_again_when_its_session_comes(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, clinic_file.patient(), clinic_file.plan(), clinic_file.heart_rate())
    alone = digests(store)
    take(store, tmp_path, clinic_file.session())
    changed = [key for key, digest in alone.items() if digests(store)[key] != digest]

    assert [type_ for type_, _ in changed] == ["Observation"]


UNMAPPABLE = {"actual": {"infusion_end": "2026-03-02T10:00:00-06:00"}}


def test_what_cannot_be_mapped_is_a_problem_and_the_last_good_documents_stay(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, *clinic_file.course())
    before = digests(store)
    report = take(store, tmp_path, clinic_file.session(updated_at=T2, **UNMAPPABLE))
    (problem,) = report.made.problems

    assert (problem.kind, problem.id, problem.version, problem.code) == ("session", "S-1", 2, "IF-MAP-01")
    assert problem.element
    assert problem.rule
    assert problem.fix
    assert not report.clean
    session_documents = {key for key in before if key[0] in ("Procedure", "MedicationAdministration")}
    assert {key: digests(store)[key] for key in session_documents} == {key: before[key] for key in session_documents}


def test_a_problem_is_gone_with_the_next_good_version(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, *clinic_file.course())
    take(store, tmp_path, clinic_file.session(updated_at=T2, **UNMAPPABLE))
    take(store, tmp_path, clinic_file.session(updated_at=T3))

    assert waiting(store) == []


def test_one_bad_record_stops_no_other(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, *clinic_file.course()[:2], clinic_file.session(**UNMAPPABLE), clinic_file.weight())

    assert [one[0] for one in statuses(store)] == ["Patient", "CarePlan", "Observation"]


def test_findings_are_stored_and_follow_the_observations(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, clinic_file.patient(), clinic_file.plan(), clinic_file.session())
    with store.db.read() as conn:
        before = {found.element for found in findings.of_record(conn, "session", "S-1")}
    vitals = [
        clinic_file.heart_rate(id="O-5", timepoint={"code": "baseline"}),
        clinic_file.heart_rate(
            id="O-6", measure="spo2", value={"value": 98, "unit_ucum": "%"}, timepoint={"code": "baseline"}
        ),
    ]
    take(store, tmp_path, *vitals)
    with store.db.read() as conn:
        says = [one.says for one in findings.of_record(conn, "session", "S-1") if one.element == "vitals.baseline"]

    assert "vitals.baseline" in before
    assert says == ["no bp at baseline"]


def test_an_unusual_step_from_one_version_to_the_next_is_a_finding(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, clinic_file.patient(), clinic_file.plan())
    take(store, tmp_path, clinic_file.plan(patient="P-2", updated_at=T2))
    with store.db.read() as conn:
        codes = [found.code for found in findings.of_record(conn, "plan", "PL-1")]

    assert "subject-changed" in codes


def test_what_is_stored_and_made_stands_in_the_events(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, *clinic_file.course())
    with store.db.read() as conn:
        stored, made = (list(events.of_kind(conn, kind)) for kind in ("records.stored", "documents.made"))
        heads = {head.key: head for kind in ("patient", "plan") for head in records.of_kind(conn, kind)}
    told = [one[:4] for one in fhir_json.loads(stored[0].body)["records"]]

    assert (len(stored), len(made), stored[0].actor) == (1, 1, "a test")
    assert ["patient", "P-1", 1, heads["patient", "P-1"].digest] in told
    assert {tuple(one[:2]): one[3] for one in fhir_json.loads(made[0].body)["documents"]} == digests(store)


def test_progress_is_told_in_both_phases(store: Store, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    path = clinic_file.write(tmp_path / "a.ndjson", clinic_file.course())
    importing.import_files(store, [path], None, lambda *step: seen.append(step))
    size = path.stat().st_size

    assert ("reading", size, size) in seen
    assert seen[-1] == ("documents", 5, 5)
