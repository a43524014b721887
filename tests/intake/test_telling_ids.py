"""An id that equals an MRN, a name or a birth date of its patient is refused like any bad line, and goes nowhere."""

from pathlib import Path
from typing import Any

import pytest

from fhir_profiles import fhir_json
from integration.intake import importing
from integration.store import events, findings, problems, records
from tests.intake import clinic_file
from tests.intake.clinic_file import T2, T3
from tests.intake.taking import statuses, take, waiting
from tests.parts.databases import Store

MRN = "HT-100001"
OF_ANOTHER_BATCH: list[clinic_file.Raw] = [{"kind": "staff_role", "id": f"ST-{n}"} for n in range(importing.BATCH)]
AT_NO_SESSION = {"visit": "assessment/A-1"}
TELLING: dict[str, tuple[clinic_file.Raw, str]] = {
    "an observation's MRN": (clinic_file.weight(id=MRN), "id"),
    "an observation's family name": (clinic_file.weight(id="canarius"), "id"),
    "an observation's given name": (clinic_file.weight(id="Zebedee"), "id"),
    "a plan's birth date": (clinic_file.plan(id="1979-04-02"), "id"),
    "a session's whole name": (clinic_file.session(id="Zebedee-Canarius"), "id"),
    "a side effect's MRN": (
        clinic_file.session(id="S-2", side_effects=[clinic_file.side_effect(), clinic_file.side_effect(id=MRN)]),
        "side_effects[1].id",
    ),
}


def stored(store: Store) -> dict[str, int]:
    with store.db.read() as conn:
        return records.counts(conn)


def imported(store: Store, folder: Path, *raws: clinic_file.Raw) -> tuple[importing.ImportReport, Path]:
    """Import with a file for refused lines."""
    fix = folder / "fix.ndjson"
    fix.unlink(missing_ok=True)
    return importing.import_files(store, [clinic_file.write(folder / "export.ndjson", raws)], fix), fix


def refused_id(report: importing.ImportReport) -> list[tuple[int, str, str]]:
    return [(one.line, one.field, one.code) for one in report.problems]


@pytest.mark.parametrize("what", TELLING)
@pytest.mark.parametrize("patient", ["stored before", "earlier in the file"])
def test_a_line_whose_id_tells_who_its_patient_is_is_refused(
    store: Store, tmp_path: Path, what: str, patient: str
) -> None:
    raw, field = TELLING[what]
    first: list[clinic_file.Raw] = [clinic_file.patient(), clinic_file.plan()]
    if patient == "stored before":
        take(store, tmp_path, *first)
    report, fix = imported(store, tmp_path, *([] if patient == "stored before" else first), raw)
    (problem,) = report.problems

    assert (problem.line, problem.field, problem.code) == (report.lines, field, "IF-REC-11")
    assert problem.file == str(tmp_path / "export.ndjson")
    assert problem.fix
    assert (report.clean, report.refused) == (False, 1)
    assert fix.read_bytes() == fhir_json.encode(raw) + b"\n"
    assert stored(store) == {"patient": 1, "plan": 1}


def test_the_same_file_again_is_refused_again(store: Store, tmp_path: Path) -> None:
    two = [clinic_file.patient(), clinic_file.weight(id=MRN)]
    first, again = (imported(store, tmp_path, *two)[0] for _ in range(2))

    assert refused_id(first) == refused_id(again) == [(2, "id", "IF-REC-11")]
    assert not again.clean


@pytest.mark.parametrize("what", TELLING)
def test_a_line_before_its_patient_is_refused_at_the_end_and_taken_out_again(
    store: Store, tmp_path: Path, what: str
) -> None:
    raw, field = TELLING[what]
    later = [clinic_file.heart_rate(**AT_NO_SESSION), clinic_file.plan(), clinic_file.patient()]
    report, fix = imported(store, tmp_path, raw, *OF_ANOTHER_BATCH, *later)
    with store.db.read() as conn:
        gone = [fhir_json.loads(one.body)["records"] for one in events.of_kind(conn, "records.refused")]

    assert refused_id(report) == [(1, field, "IF-REC-11")]
    assert (report.refused, report.taken_out, report.made.problem_count, report.telling) == (1, 1, 0, ())
    assert fix.read_bytes() == fhir_json.encode(raw) + b"\n"
    assert gone == [[[raw["kind"], raw["id"]]]]
    assert stored(store) == {"observation": 1, "patient": 1, "plan": 1}
    assert waiting(store) == []


def test_the_line_is_found_in_the_file_before_that_of_its_patient(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    clinic_file.write(folder / "observation.ndjson", [clinic_file.heart_rate(), clinic_file.weight(id=MRN)])
    clinic_file.write(folder / "patient.ndjson", [*OF_ANOTHER_BATCH, clinic_file.patient()])
    report = importing.import_files(store, [folder])

    assert [(Path(one.file).name, one.line) for one in report.problems] == [("observation.ndjson", 2)]
    assert report.taken_out == 1
    assert stored(store) == {"observation": 1, "patient": 1}


def test_what_was_stored_before_its_patient_is_never_a_document_and_told_by_every_import(
    store: Store, tmp_path: Path
) -> None:
    early = take(store, tmp_path, clinic_file.weight(id=MRN, **AT_NO_SESSION))
    late = take(store, tmp_path, clinic_file.patient())
    other = take(store, tmp_path, clinic_file.heart_rate(**AT_NO_SESSION))
    with store.db.read() as conn:
        counted = problems.counts(conn)

    assert early.clean
    for report in (late, other):
        (problem,) = report.telling
        assert (problem.kind, problem.code, problem.element) == ("observation", "IF-REC-11", "id")
        assert not report.clean
        assert report.problems == ()
    assert counted == (1, 0)
    assert statuses(store) == [("Patient", None, 1), ("Observation", "final", 1)]


def test_its_line_when_it_comes_again_is_refused_and_the_record_is_taken_out(store: Store, tmp_path: Path) -> None:
    telling = clinic_file.weight(id=MRN)
    take(store, tmp_path, telling)
    take(store, tmp_path, clinic_file.patient())
    report, fix = imported(store, tmp_path, telling)
    after = take(store, tmp_path, clinic_file.weight())

    assert refused_id(report) == [(1, "id", "IF-REC-11")]
    assert (report.taken_out, report.telling, fix.exists()) == (1, (), True)
    assert after.clean
    assert stored(store) == {"observation": 1, "patient": 1}


def test_a_session_waits_for_a_plan_that_was_taken_out(store: Store, tmp_path: Path) -> None:
    two = [clinic_file.plan(id=MRN), clinic_file.session(plan=MRN)]
    report = take(store, tmp_path, *two, *OF_ANOTHER_BATCH, clinic_file.patient())

    assert refused_id(report) == [(1, "id", "IF-REC-11")]
    assert waiting(store) == [("session", "S-1", "plan", MRN)]
    assert [(one.kind, one.waits_kind) for one in report.made.waiting] == [("session", "plan")]


def test_a_patient_who_gets_the_number_later_stops_the_record_and_a_correction_frees_it(
    store: Store, tmp_path: Path
) -> None:
    def numbered(value: str, at: str) -> dict[str, Any]:
        identifier = clinic_file.patient()["identifiers"][0] | {"value": value}
        return clinic_file.patient(updated_at=at, identifiers=[identifier])

    take(store, tmp_path, clinic_file.patient(), clinic_file.weight(id="O-77", **AT_NO_SESSION))
    before = statuses(store)
    wrong = take(store, tmp_path, numbered("O-77", T2))
    amended = clinic_file.weight(id="O-77", status="amended", issued=T2, updated_at=T2)
    changed = take(store, tmp_path, numbered("O-77", T2), amended)
    right = take(store, tmp_path, numbered("HT-2", T3))

    assert [one.id for one in wrong.telling] == ["O-77"]
    assert refused_id(changed) == [(2, "id", "IF-REC-11")]
    assert (right.clean, right.telling, waiting(store)) == (True, (), [])
    assert [one for one in statuses(store) if one[0] == "Observation"] == [before[1]]


def test_a_problem_is_counted_and_named_once(store: Store, tmp_path: Path) -> None:
    two_same = [clinic_file.session(id=one, side_effects=[clinic_file.side_effect()]) for one in ("S-1", "S-2")]
    report = take(store, tmp_path, clinic_file.patient(), clinic_file.plan(), *two_same)
    none = take(
        store, tmp_path, clinic_file.session(updated_at=T2, side_effects=[]), clinic_file.plan(title="x", updated_at=T2)
    )

    assert [(one.id, one.code) for one in report.made.problems] == [("S-2", "IF-MAP-03")]
    assert report.made.problem_count == 1
    assert (none.clean, none.made.problems, waiting(store)) == (True, (), [])


def test_no_message_shows_the_id(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, clinic_file.weight(id=MRN))
    late = take(store, tmp_path, clinic_file.patient())
    at_once = take(store, tmp_path, clinic_file.weight(id=MRN))
    with store.db.read() as conn:
        found = findings.counts(conn)
    (problem,) = late.telling

    assert MRN not in repr(at_once.problems)
    assert MRN not in repr([problem.name, problem.rule, problem.fix, problem.facts()])
    assert problem.name == "observation (its id is not shown)"
    assert "of patient P-1" in problem.rule
    assert found == {}
