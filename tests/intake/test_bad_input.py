"""What is wrong with a file is named with its place and what to do; the good lines are imported."""

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fhir_profiles import fhir_json
from integration.errors import StoreError, UsageError
from integration.intake import importing, reading
from integration.store import records, resources
from integration.store.database import Database
from tests.intake import clinic_file
from tests.intake.clinic_file import T1, T2
from tests.parts import databases
from tests.parts.databases import Store


def without(raw: clinic_file.Raw, *names: str) -> clinic_file.Raw:
    return {key: value for key, value in raw.items() if key not in names}


def times(**changes: Any) -> clinic_file.Raw:
    return {"actual": clinic_file.session()["actual"] | changes}


BAD: dict[str, tuple[bytes | clinic_file.Raw, str, str]] = {
    "unparsable": (b'{"kind":"patient","id":', "IF-IMP-02", ""),
    "a key twice": (b'{"kind":"patient","kind":"patient"}', "IF-IMP-02", ""),
    "not a number": (b'{"kind":"observation","value":NaN}', "IF-IMP-02", ""),
    "not UTF-8": (b'{"kind":"patient","id":"\xff"}', "IF-IMP-02", ""),
    "a byte order mark": (b"\xef\xbb\xbf{}", "IF-IMP-02", ""),
    "no object": (b"[1]", "IF-REC-01", ""),
    "unknown kind": ({"kind": "invoice", "id": "I-1"}, "IF-REC-02", "kind"),
    "no kind": ({"id": "I-1"}, "IF-REC-03", "kind"),
    "missing field": (without(clinic_file.plan(id="PL-2"), "title"), "IF-REC-03", "title"),
    "unknown field": (clinic_file.patient(id="P-2", colour="red"), "IF-REC-04", "colour"),
    "wrong unit": (
        clinic_file.weight(id="O-3", value={"value": 72, "unit_ucum": "bpm"}), "IF-REC-07", "value.unit_ucum",
    ),
    "naive time": (clinic_file.weight(id="O-3", effective="2026-03-02T09:06:00"), "IF-REC-08", "effective"),
    "end before start": (
        clinic_file.session(id="S-3", **times(infusion_end="2026-03-02T09:00:00-06:00")), "IF-REC-09",
        "actual.infusion_end",
    ),
    "value and absence": (clinic_file.weight(id="O-3", absent="unknown"), "IF-REC-10", "absent"),
    "id equal to the MRN": (clinic_file.patient(id="HT-100001"), "IF-REC-11", "id"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_line_is_named_with_its_place_and_the_others_are_imported(
    store: Store, tmp_path: Path, what: str
) -> None:
    bad, code, field = BAD[what]
    lines: list[clinic_file.Raw | bytes] = [clinic_file.patient(), bad, clinic_file.plan()]
    path = clinic_file.write(tmp_path / "export.ndjson", lines)
    report = importing.import_files(store, [path])
    (problem,) = report.problems
    with store.db.read() as conn:
        stored = records.counts(conn)

    assert (problem.file, problem.line, problem.code, problem.field) == (str(path), 2, code, field)
    assert problem.says
    assert problem.fix
    assert (report.clean, report.refused, report.lines) == (False, 1, 3)
    assert stored == {"patient": 1, "plan": 1}


def test_everything_that_is_wrong_with_a_line_is_named_at_once(store: Store, tmp_path: Path) -> None:
    bad = without(clinic_file.plan(), "title", "indication") | {"updated_at": "yesterday"}
    report = importing.import_files(store, [clinic_file.write(tmp_path / "a.ndjson", [bad])])

    assert {problem.field for problem in report.problems} == {"title", "indication", "updated_at"}
    assert report.refused == 1


def test_no_problem_shows_a_value_of_the_record(store: Store, tmp_path: Path) -> None:
    lines: list[clinic_file.Raw | bytes] = [
        clinic_file.patient(id="HT-100001"),
        clinic_file.patient(id="P-2", birth_date="Zebedee Canarius"),
        clinic_file.patient(id="Zebedee Canarius"),
        b'{"kind":"patient","names":[{"family":"Canarius" "given":["Zebedee"]}]}',
        clinic_file.plan(id="Canarius"),
    ]
    report = importing.import_files(store, [clinic_file.write(tmp_path / "a.ndjson", lines)])
    told = repr(report.problems)

    assert report.refused == 4
    assert "Canarius" not in told
    assert "HT-100001" not in told


def test_the_bad_lines_are_written_to_the_fix_file_as_they_were(store: Store, tmp_path: Path) -> None:
    bad = [b'{ "kind" :"patient",', b'{"kind":"invoice","x":1.50}', b'{"kind":"plan"}']
    lines: list[clinic_file.Raw | bytes] = [bad[0], clinic_file.patient(), bad[1], clinic_file.plan(), bad[2]]
    fix = tmp_path / "fix.ndjson"
    report = importing.import_files(store, [clinic_file.write(tmp_path / "a.ndjson", lines)], fix)

    assert fix.read_bytes() == b"\n".join(bad) + b"\n"
    assert report.fix_file == fix
    assert fix.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_without_a_bad_line_there_is_no_fix_file(store: Store, tmp_path: Path) -> None:
    fix = tmp_path / "fix.ndjson"
    path = clinic_file.write(tmp_path / "a.ndjson", clinic_file.course())
    report = importing.import_files(store, [path], fix)

    assert (report.clean, report.fix_file, fix.exists()) == (True, None, False)


def test_the_corrected_fix_file_can_be_imported(store: Store, tmp_path: Path) -> None:
    bad = clinic_file.weight(effective="2026-03-02T09:06:00")
    fix = tmp_path / "fix.ndjson"
    importing.import_files(store, [clinic_file.write(tmp_path / "a.ndjson", [clinic_file.patient(), bad])], fix)
    fix.write_bytes(fix.read_bytes().replace(b"09:06:00", b"09:06:00-06:00"))
    report = importing.import_files(store, [fix])

    assert (report.clean, report.kinds["observation"].new) == (True, 1)


def test_a_fix_file_that_is_an_input_is_refused_before_anything_is_read(store: Store, tmp_path: Path) -> None:
    path = clinic_file.write(tmp_path / "a.ndjson", [b"bad", clinic_file.patient()])
    before = path.read_bytes()
    with pytest.raises(UsageError) as refused:
        importing.import_files(store, [tmp_path], path)
    with store.db.read() as conn:
        stored = records.counts(conn)

    assert (refused.value.code, path.read_bytes(), stored) == ("IF-IMP-04", before, {})


def test_a_fix_file_that_cannot_be_written_is_refused_before_anything_is_read(store: Store, tmp_path: Path) -> None:
    path = clinic_file.write(tmp_path / "a.ndjson", [clinic_file.patient()])
    with pytest.raises(UsageError) as refused:
        importing.import_files(store, [path], tmp_path / "nowhere" / "fix.ndjson")

    assert refused.value.code == "IF-IMP-04"


@pytest.mark.parametrize("name", ["nothing.ndjson", "folder"])
def test_a_path_without_records_is_named(store: Store, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError) as refused:
        importing.import_files(store, [tmp_path / name])

    assert refused.value.code == "IF-IMP-01"


def test_the_same_id_and_time_with_other_content_is_a_problem(store: Store, tmp_path: Path) -> None:
    lines = [clinic_file.patient(), clinic_file.patient(language="fr")]
    fix = tmp_path / "fix.ndjson"
    report = importing.import_files(store, [clinic_file.write(tmp_path / "a.ndjson", lines)], fix)
    (problem,) = report.problems
    with store.db.read() as conn:
        held = records.get(conn, "patient", "P-1")

    assert (problem.line, problem.field, problem.code) == (2, "updated_at", "IF-IMP-05")
    assert not report.clean
    assert held == clinic_file.record(clinic_file.patient())
    assert fix.read_bytes() == fhir_json.encode(lines[1]) + b"\n"


def test_an_older_version_is_reported_and_is_no_problem(store: Store, tmp_path: Path) -> None:
    lines = [clinic_file.patient(updated_at=T2), clinic_file.patient(language="fr")]
    report = importing.import_files(store, [clinic_file.write(tmp_path / "a.ndjson", lines)])
    (older,) = report.older

    assert report.clean
    assert (older.line, older.kind, older.id, older.updated_at, older.held) == (2, "patient", "P-1", T1, T2)
    assert report.kinds["patient"] == importing.KindCount(new=1, older=1)


def test_kinds_that_are_not_taken_yet_are_counted_and_no_problem(store: Store, tmp_path: Path) -> None:
    lines: list[clinic_file.Raw | bytes] = [
        {"kind": "assessment", "id": "A-1", "anything": [1]},
        {"kind": "staff_role", "id": "ST-1"},
        {"kind": "staff_role", "id": "ST-2"},
        clinic_file.patient(),
    ]
    report = importing.import_files(store, [clinic_file.write(tmp_path / "a.ndjson", lines)])

    assert report.clean
    assert report.skipped == {"assessment": 1, "staff_role": 2}


def test_blank_lines_and_windows_line_ends_are_nothing_special(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"\r\n" + fhir_json.encode(clinic_file.patient()) + b"\r\n\n  \n" + b"bad")
    report = importing.import_files(store, [path])

    assert (report.lines, report.kinds["patient"].new, report.problems[0].line) == (2, 1, 5)


def test_a_line_of_absurd_length_is_refused_without_being_held(store: Store, tmp_path: Path) -> None:
    long = b'{"kind":"patient","x":"' + b"y" * reading.LONGEST_LINE + b'"}'
    path = clinic_file.write(tmp_path / "a.ndjson", [long, clinic_file.patient(), long])
    fix = tmp_path / "fix.ndjson"
    report = importing.import_files(store, [path], fix)

    assert [(problem.line, problem.code) for problem in report.problems] == [(1, "IF-IMP-03"), (3, "IF-IMP-03")]
    assert report.kinds["patient"].new == 1
    assert not fix.exists()


def test_a_folder_is_taken_file_by_file_in_a_steady_order(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    clinic_file.write(folder / "2-plans.ndjson", [clinic_file.plan(), b"bad"])
    clinic_file.write(folder / "1-patients.ndjson", [b"bad", clinic_file.patient()])
    clinic_file.write(folder / "notes.txt", [b"not for us"])
    report = importing.import_files(store, [folder])

    assert report.files == 2
    assert [(Path(problem.file).name, problem.line) for problem in report.problems] == [
        ("1-patients.ndjson", 1), ("2-plans.ndjson", 2),
    ]  # fmt: skip
    assert {kind: count.new for kind, count in report.kinds.items()} == {"patient": 1, "plan": 1}


def test_a_full_disk_stops_the_import_and_the_next_one_goes_on(tmp_path: Path) -> None:
    many = [clinic_file.patient(id=f"P-{n}") for n in range(2000)]
    path = clinic_file.write(tmp_path / "a.ndjson", many)
    with databases.store("sqlite", tmp_path) as store:
        pages = (tmp_path / "clinic.db").stat().st_size // 4096
        small = Database.open_sqlite(tmp_path / "clinic.db", databases.KEY, max_pages=pages + 200)
        with contextlib.closing(small), pytest.raises(StoreError) as refused:
            importing.import_files(replace(store, db=small), [path])
        with store.db.read() as conn:
            kept = records.counts(conn)["patient"]
        report = importing.import_files(store, [path])
        with store.db.read() as conn:
            documents = resources.counts(conn)

    assert refused.value.code == "IF-STO-08"
    assert kept in {500, 1000, 1500}
    assert (report.kinds["patient"].new, report.kinds["patient"].unchanged) == (2000 - kept, kept)
    assert documents == {"Patient": 2000}
