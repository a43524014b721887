"""The clinic's file goes in: what is wrong is named with its place, the rest is imported, nothing is taken twice."""

from typing import Any

import pytest

from integration import bootstrap
from integration.store import hospitals
from tests.commands.command import Clinic


@pytest.fixture
def patient(one_course) -> dict[str, Any]:
    return next(record for record in one_course if record["kind"] == "patient")


@pytest.fixture
def session(one_course) -> dict[str, Any]:
    return next(r for r in one_course if r["kind"] == "session" and r["status"] == "completed")


@pytest.fixture
def plan(one_course) -> dict[str, Any]:
    return next(record for record in one_course if record["kind"] == "plan")


@pytest.fixture
def heart_rate(one_course) -> dict[str, Any]:
    return next(r for r in one_course if r.get("measure") == "hr" and "value" in r)


def test_the_same_file_twice_changes_nothing(clinic: Clinic, one_course):
    file = clinic.file("one.ndjson", *one_course)

    first = clinic.ok("import", file, "--json").json
    second = clinic.ok("import", file, "--json").json
    assert first["documents"]["new"] > 50
    assert second["documents"] == {"new": 0, "changed": 0, "retracted": 0}
    assert sum(kind["unchanged"] for kind in second["kinds"].values()) == len(one_course)
    assert all(kind["new"] == kind["changed"] == 0 for kind in second["kinds"].values())


def test_an_older_version_is_reported_and_is_no_error(clinic: Clinic, heart_rate):
    newer = heart_rate | {"status": "corrected", "issued": "2027-01-01T09:00:00Z", "updated_at": "2027-01-01T09:00:00Z"}
    clinic.ok("import", clinic.file("new.ndjson", newer))

    said = clinic.ok("import", clinic.file("old.ndjson", heart_rate))
    assert f"observation {heart_rate['id']}" in said.out
    assert "is older than what is held" in said.out


def bad_lines(patient, session, heart_rate) -> dict[str, tuple[Any, str, str]]:
    """What the line holds, the field that is named, and the code."""
    reversed_times = session["actual"] | {
        "infusion_start": session["actual"]["infusion_end"],
        "infusion_end": session["actual"]["infusion_start"],
    }
    return {
        "unparsable": (b'{"kind": "patient", "id":', "line", "IF-IMP-02"),
        "unknown kind": ({"kind": "invoice", "id": "I-1"}, "kind", "IF-REC-02"),
        "missing field": ({k: v for k, v in heart_rate.items() if k != "patient"}, "patient", "IF-REC-03"),
        "wrong unit": (heart_rate | {"value": heart_rate["value"] | {"unit_ucum": "bpm"}}, "value", "IF-REC-07"),
        "naive time": (heart_rate | {"effective": "2026-03-16T11:42:00"}, "effective", "IF-REC-08"),
        "end before start": (session | {"actual": reversed_times}, "actual", "IF-REC-09"),
        "id equals an MRN": (patient | {"id": patient["identifiers"][0]["value"]}, "id", "IF-REC-11"),
    }


@pytest.mark.parametrize(
    "name",
    ["unparsable", "unknown kind", "missing field", "wrong unit", "naive time", "end before start", "id equals an MRN"],
)
def test_bad_input_is_named_with_file_line_field_and_what_to_do(clinic, patient, session, heart_rate, name):
    bad, field, code = bad_lines(patient, session, heart_rate)[name]
    good = heart_rate | {"id": "O-GOOD"}
    file = clinic.file("mixed.ndjson", good, bad)
    fix = clinic.folder / "fix.ndjson"

    said = clinic.run("import", file, "--fix-file", fix)
    assert said.code == 1
    line = next(line for line in said.out.splitlines() if code in line)
    assert line.startswith(f"{file}, line 2, {field}")
    assert ";" in line, "what is wrong, then what to do"
    assert fix.read_bytes() == file.read_bytes().splitlines(keepends=True)[1]
    assert (
        clinic.ok("import", clinic.file("good.ndjson", good), "--json").json["kinds"]["observation"]["unchanged"] == 1
    )


def test_one_time_with_two_contents_is_refused_and_the_first_stays(clinic: Clinic, heart_rate):
    clinic.ok("import", clinic.file("first.ndjson", heart_rate))
    other = heart_rate | {"note": ["another content"]}

    said = clinic.run("import", clinic.file("second.ndjson", other), "--json")
    assert said.code == 1
    assert [(p["code"], p["field"], p["line"]) for p in said.json["problems"]] == [("IF-IMP-05", "updated_at", 1)]


def test_kinds_that_are_not_taken_yet_are_named_and_skipped(clinic: Clinic, heart_rate):
    said = clinic.ok("import", clinic.file("all.ndjson", {"kind": "staff_role", "id": "ST-1"}, heart_rate))

    assert "1 lines of kind staff_role skipped: not taken yet" in said.out


def test_a_session_without_its_plan_is_stored_waits_and_is_shown(clinic: Clinic, patient, session, plan):
    said = clinic.ok("import", clinic.file("session.ndjson", patient, session))

    assert f"session {session['id']}: IF-MAP-02" in said.out
    assert plan["id"] in clinic.ok("history", "--session", session["id"]).out

    clinic.ok("import", clinic.file("plan.ndjson", plan))
    story = clinic.ok("history", "--session", session["id"], "--json").json
    assert story["records"][0]["problems"] == []
    assert {d["type"] for d in story["records"][0]["documents"]} >= {"Procedure", "MedicationAdministration"}


def test_what_has_no_patient_is_stored_waits_and_is_said_by_import_status_queue_and_push(
    clinic: Clinic, patient, plan, heart_rate
):
    said = clinic.ok("import", clinic.file("nobody.ndjson", plan, heart_rate, heart_rate | {"id": "O-2"}))
    told = clinic.ok("import", clinic.file("again.ndjson", plan | {"updated_at": "2027-01-01T09:00:00Z", "title": "x"}),
                     "--json").json  # fmt: skip

    waits = "IF-MAP-02 waits for its patient, who was never imported; import the patient's record"
    assert f"observation {heart_rate['id']} and 1 more of the same: {waits}" in said.out
    assert f"plan {plan['id']}: {waits}" in said.out
    assert "3 records are stored and wait for another record" in said.err
    assert [(one["id"], one["waits_kind"]) for one in told["waiting"]] == [(plan["id"], "patient")]
    counted = "0 records cannot be made into documents, 3 wait for another record: infusion-fhir queue list"
    assert counted in clinic.ok("status").out
    assert counted in clinic.ok("push").err
    pushed = clinic.ok("push", "--json").json
    assert (pushed["problems"], pushed["waiting_for_records"]) == (0, 3)
    assert f"plan {plan['id']}, patient: {waits}" in clinic.ok("queue", "list").out

    clinic.ok("import", clinic.file("patient.ndjson", patient))
    assert clinic.ok("status", "--json").json["waiting_for_records"] == 0
    assert "wait for another record" not in clinic.ok("push").err


def test_what_was_taken_out_again_leaves_the_proof_whole_and_may_come_back(clinic: Clinic, patient, heart_rate):
    mrn = patient["identifiers"][0]["value"]
    telling = clinic.file("telling.ndjson", heart_rate | {"id": mrn})
    clinic.ok("import", telling)
    clinic.run("import", clinic.file("patient.ndjson", patient))
    told = clinic.run("import", telling, "--json").json
    intact = clinic.ok("audit", "verify").out
    right = {"updated_at": "2027-01-01T09:00:00Z", "identifiers": [patient["identifiers"][0] | {"value": "X1"}]}
    clinic.ok("import", clinic.file("corrected.ndjson", patient | right))
    back = clinic.ok("import", telling, "--json").json

    assert (told["refused"], told["taken_out"]) == (1, 1)
    assert "unbroken" in intact
    assert back["kinds"]["observation"]["new"] == 1
    assert "unbroken" in clinic.ok("audit", "verify").out
    assert heart_rate["patient"] in clinic.ok("history", "--patient", patient["id"]).out


def test_problems_are_told_by_file_and_line(clinic: Clinic, patient, heart_rate):
    other = heart_rate | {"note": ["another content"]}
    folder = clinic.folder / "export"
    folder.mkdir()
    clinic.file("export/b.ndjson", other, b"bad", patient)
    clinic.file("export/a.ndjson", heart_rate | {"id": patient["identifiers"][0]["value"]}, heart_rate, other, b"bad")

    told = clinic.run("import", folder, "--json").json["problems"]
    assert [(one["file"][-8:], one["line"], one["code"]) for one in told] == [
        ("a.ndjson", 1, "IF-REC-11"), ("a.ndjson", 3, "IF-IMP-05"), ("a.ndjson", 4, "IF-IMP-02"),
        ("b.ndjson", 1, "IF-IMP-05"), ("b.ndjson", 2, "IF-IMP-02"),
    ]  # fmt: skip


def test_a_value_outside_its_scale_is_taken_and_shown_as_a_finding(clinic: Clinic, one_course):
    weight = next(r for r in one_course if r.get("measure") == "weight" and r.get("visit", "").startswith("session/"))
    before = clinic.ok("import", clinic.file("all.ndjson", *one_course), "--json").json
    warnings = clinic.ok("status", "--json").json["findings"].get("warning", 0)
    changed = {"updated_at": "2027-01-01T09:00:00Z", "issued": "2027-01-01T09:00:00Z", "status": "corrected"}
    minus = weight | changed | {"value": weight["value"] | {"value": -5}}

    assert clinic.ok("import", clinic.file("minus.ndjson", minus), "--json").json["documents"]["changed"] >= 1
    assert before["records_with_problems"] == 0
    assert clinic.ok("status", "--json").json["findings"]["warning"] > warnings
    finding = "off-scale, value: -5 is outside the scale of weight"
    assert finding in clinic.ok("history", "--session", weight["visit"].removeprefix("session/")).out


def test_a_folder_is_taken_whole(clinic: Clinic, one_course):
    folder = clinic.folder / "export"
    folder.mkdir()
    for kind in ("patient", "plan", "session", "observation"):
        clinic.file(f"export/{kind}.ndjson", *[r for r in one_course if r["kind"] == kind])

    assert clinic.ok("import", folder, "--json").json["files"] == 4


def test_conduct_is_never_refused_but_shown(clinic: Clinic, session, plan):
    over = session | {"given_total": session["given_total"] | {"value": session["given_total"]["value"] * 10}}

    clinic.ok("import", clinic.file("over.ndjson", plan, over))
    assert "given-over-max" in clinic.ok("history", "--session", session["id"]).out


def test_schema_prints_what_the_export_may_hold(clinic: Clinic):
    assert clinic.ok("schema").out.split() == ["patient", "plan", "session", "observation"]
    assert "infusion_start" in clinic.ok("schema", "session").out
    assert clinic.run("schema", "assessment").code == 2


def test_pretend_records_never_meet_a_hospital_beyond_this_machine(clinic: Clinic, one_course):
    file = clinic.file("pretend.ndjson", *one_course)
    with bootstrap.open_installation(clinic.home) as opened, opened.database.write() as conn:
        hospitals.add(conn, "mercy", "https://ehr.mercy.example/fhir", {}, {}, 0.0)

    said = clinic.run("import", file)
    assert (said.code, "IF-LNK-01" in said.err, "mercy" in said.err) == (2, True, True)
    assert clinic.ok("status", "--json").json["records"] == {}
    real = [{name: value for name, value in record.items() if name != "test"} for record in one_course]
    clinic.ok("import", clinic.file("real.ndjson", *real))
