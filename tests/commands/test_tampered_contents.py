"""Whatever somebody changes behind the program's back, `audit verify` names it, and `history` says it beside."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fhir_profiles import fhir_json, models
from integration.store import events
from mappings import sample
from tests.commands.command import Clinic
from tests.commands.small_hospital import SmallHospital, running
from tests.commands.tampering import tamper

SOME = {
    "record": "kind = 'session'",
    "record_head": "kind = 'session'",
    "resource": "type = 'Procedure'",
    "resource_history": "type = 'Procedure'",
    "attempt": "http_status = 200",
    "attempt_entry": "outcome = 'Accepted'",
    "ledger": "type = 'Procedure'",
}
ALTERED, MISSING, UNEXPECTED, FINDINGS = "IF-AUD-04", "IF-AUD-05", "IF-AUD-06", "IF-AUD-07"
_OTHER_TEXT = "CAST(replace(CAST(body AS TEXT), 'completed', 'stopped') AS BLOB)"

EDITS = {
    "record": (f"body = {_OTHER_TEXT}", "body = '{}'", "body = 5", "digest = 'x'", "stored_at = stored_at + 1",
               "updated_at = '2020-01-01T00:00:00Z'", "version = 7", "id = 'S-else'"),
    "record_head": ("digest = 'x'", "version = 7", "updated_at = '2020-01-01T00:00:00Z'"),
    "resource": (f"body = {_OTHER_TEXT}", "body = 'no JSON'", "digest = 'x'", "version = 7", "record_id = 'S-else'",
                 "patient = 'else'", "stored_at = stored_at + 1"),
    "resource_history": (f"body = {_OTHER_TEXT}", "body = 'no JSON'", "digest = 'x'", "version = 7",
                         "stored_at = stored_at + 1"),
    "rendering": (f"body = {_OTHER_TEXT}",),
    "attempt": ("body = X'00'", "sent = 'x'", "begin = begin + 1", "hospital = 'else'", "http_status = 201",
                "answered_at = answered_at + 1", "answer = X'00'", "lane = 'else'", "bundle = 'batch'"),
    "attempt_entry": ("want = 'x'", "write = 'post'", "outcome = 'Refused'", "remote_id = 'else'",
                      "remote_version = '9'", "open = 1", "position = 99", "status = '500'"),
    "ledger": ("have = 'x'", "have = NULL", "remote_id = 'else'", "remote_version = '9'", "want = 'x'"),
}  # fmt: skip
DELETED = ("record", "record_head", "resource", "resource_history", "rendering", "attempt", "attempt_entry", "ledger")
PUT_IN = {
    "record": "INSERT INTO record SELECT kind, 'S-more', version, updated_at, digest, body, stored_at FROM record",
    "record_head": "INSERT INTO record_head SELECT kind, 'S-more', version, updated_at, moment, digest, patient, due, "
    "test FROM record_head",
    "resource": "INSERT INTO resource SELECT type, 'more', version, digest, body, map_version, record_kind, record_id, "
    "patient, rank, status, stored_at FROM resource",
    "resource_history": "INSERT INTO resource_history SELECT type, id, 9, digest, body, map_version, stored_at "
    "FROM resource_history",
    "attempt": "INSERT INTO attempt SELECT 999, hospital, lane, token, bundle, begin, body, sent, answered_at, "
    "http_status, answer FROM attempt",
    "attempt_entry": "INSERT INTO attempt_entry SELECT attempt, type, 'more', hospital, position, write, want, open, "
    "looks, sure, free, status, remote_id, remote_version, outcome FROM attempt_entry",
}


@pytest.fixture(scope="session")
def course(one_course) -> list[dict[str, Any]]:
    """The patient, who is too young (a finding), the plan, and one completed session with its observations."""
    session = next(r["id"] for r in one_course if r["kind"] == "session" and r["status"] == "completed")
    return [
        {**record, "birth_date": "2015-04-02"} if record["kind"] == "patient" else record
        for record in one_course
        if record["kind"] in ("patient", "plan") or session in (record["id"], record.get("visit", "")[8:])
    ]


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory, course: list[dict[str, Any]]) -> Iterator[Clinic]:
    """A clinic that has sent a session to a hospital; one code is refused there, one record was corrected."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("tampered")
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        clinic = Clinic(folder)
        clinic.ok("init", "--identifier-base", "https://records.clinic.example/fhir")
        clinic.ok("import", clinic.file("first.ndjson", *course))
        hospital = SmallHospital()
        hospital.refused_codes = {"8867-4"}
        with running(hospital) as url:
            clinic.ok("hospital", "add", "mercy", "--url", url, "--patients", "create", "--deadline", "2", "--wait",
                      "5", "--commit-delay", "1", "--index-lag", "0.5")  # fmt: skip
            clinic.ok("enrol", "--hospital", "mercy", "--all", "--yes")
            clinic.run("push", "--hospital", "mercy", "--wait", "0")
            ids = {record["id"] for record in course}
            later = [r for r in sample.later(course) if r["id"] in ids and r["kind"] == "observation"]
            clinic.ok("import", clinic.file("later.ndjson", *later))
            clinic.run("push", "--hospital", "mercy", "--wait", "0")
        yield clinic


@pytest.fixture
def clinic(pushed: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """The same clinic, to be tampered with."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(pushed.folder / "config"))
    shutil.copytree(pushed.home, tmp_path / "home")
    (tmp_path / "config").symlink_to(pushed.folder / "config")
    return Clinic(tmp_path)


def faults(clinic: Clinic) -> list[tuple[str, str, str]]:
    """(code, table, what) of each fault that `audit verify` finds; the chain itself was not touched."""
    said = clinic.run("audit", "verify", "--json")
    contents = said.json["contents"]
    assert said.code == (0 if contents["intact"] else 1)
    assert (said.json["fault_count"], contents["intact"]) == (0, not contents["faults"])
    return [(one["code"], one["table"], one["what"]) for one in contents["faults"]]


def test_what_nobody_touched_is_as_it_was_sealed(clinic: Clinic):
    said = clinic.ok("audit", "verify")

    assert "as they were sealed" in said.out
    assert faults(clinic) == []
    compared = clinic.ok("audit", "verify", "--json").json["contents"]["compared"]
    assert all(compared[table] > 0 for table in DELETED)


@pytest.mark.parametrize(("table", "edit"), [(table, edit) for table, edits in EDITS.items() for edit in edits])
def test_an_edit_is_found(clinic: Clinic, table: str, edit: str):
    where = f"{SOME[table]} LIMIT 1" if table in SOME else "CAST(body AS TEXT) LIKE '%completed%' LIMIT 1"
    key = "rowid" if table != "attempt_entry" else "(attempt, type, id)"
    chosen = key.strip("()")
    changed = tamper(clinic, f"UPDATE {table} SET {edit} WHERE {key} IN (SELECT {chosen} FROM {table} WHERE {where})")
    found = faults(clinic)

    assert changed == 1
    moved = table in ("record", "resource_history") and edit.startswith(("version", "id ="))
    assert {code for code, its, _ in found if its == table} == ({MISSING, UNEXPECTED} if moved else {ALTERED})


@pytest.mark.parametrize("table", DELETED)
def test_a_deleted_row_is_found(clinic: Clinic, table: str):
    where = f"WHERE {SOME[table]}" if table in SOME else ""
    tamper(clinic, f"DELETE FROM {table} {where}")

    assert (MISSING, table) in {(code, its) for code, its, _ in faults(clinic)}


@pytest.mark.parametrize("table", PUT_IN)
def test_a_row_that_was_put_in_is_found(clinic: Clinic, table: str):
    tamper(clinic, f"{PUT_IN[table]} WHERE {SOME[table]} LIMIT 1")

    assert [(code, its) for code, its, _ in faults(clinic)] == [(UNEXPECTED, table)]


def test_a_row_of_the_ledger_that_was_put_in_says_what_no_answer_said(clinic: Clinic):
    tamper(clinic, "INSERT INTO ledger SELECT hospital, type, 'more', lane, rank, identifier, want, have, state, "
           "remote_id, remote_version, reason, detail, actor, cap, unknowns, searched, changed_at FROM ledger "
           "WHERE have IS NOT NULL LIMIT 1")  # fmt: skip

    assert [(code, its) for code, its, _ in faults(clinic)] == [(ALTERED, "ledger")]


def test_a_session_deleted_with_all_that_belongs_to_it_is_named(clinic: Clinic, course):
    session = next(record["id"] for record in course if record["kind"] == "session")
    tamper(clinic, *(f"DELETE FROM {table} WHERE kind = 'session' AND id = '{session}'"
                     for table in ("record", "record_head", "record_link", "finding")),
           f"DELETE FROM resource WHERE record_id = '{session}'")  # fmt: skip
    found = faults(clinic)
    told = clinic.run("history", "--session", session)

    assert (MISSING, "record", f"record session/{session} version 1") in found
    assert (told.code, MISSING in told.err) == (1, True)


@pytest.mark.parametrize(
    "edit",
    [
        "DELETE FROM finding",
        "UPDATE finding SET says = 'nothing'",
        "INSERT INTO finding SELECT kind, id, 9, 'made-up', 'note', 'id', 'made up' FROM record WHERE kind = 'plan'",
    ],
)
def test_findings_are_compared_with_what_the_records_give(clinic: Clinic, edit: str):
    assert tamper(clinic, edit) > 0

    assert {code for code, _, _ in faults(clinic)} == {FINDINGS}


def test_a_second_event_about_the_same_version_is_not_believed(clinic: Clinic, course):
    session = next(record["id"] for record in course if record["kind"] == "session")
    forged = fhir_json.encode({"records": [["session", session, 1, "x", "x", "x"]], "times": []})
    own = events.hash_of(1.0, "records.stored", "a", forged, hospital=None, record_kind=None, record_id=None)
    tamper(clinic, "INSERT INTO event (at, kind, actor, body, hash) VALUES (1.0, 'records.stored', 'a', "
           f"CAST('{forged.decode()}' AS BLOB), '{own}')")  # fmt: skip

    assert [(code, its) for code, its, _ in faults(clinic)] == [(UNEXPECTED, "event")]


def test_each_fault_says_what_to_do_and_who(clinic: Clinic):
    tamper(clinic, "UPDATE record SET body = '{}' WHERE kind = 'plan'")
    said = clinic.run("audit", "verify").out

    assert "IF-AUD-04 record plan/" in said
    assert "its content is not the one that was sealed" in said
    assert "who must act: whoever runs infusion-fhir" in said
    assert "1 NOT AS SEALED" in said


@pytest.mark.parametrize("body", [_OTHER_TEXT, "'{}'", "'no JSON'", "5"])
@pytest.mark.parametrize("table", ["record", "resource_history"])
def test_a_history_says_beside_what_was_altered(clinic: Clinic, course, table: str, body: str):
    session = next(record["id"] for record in course if record["kind"] == "session")
    tamper(clinic, f"UPDATE {table} SET body = {body} WHERE {SOME[table]}")
    forms = ((), ("--json",), ("--fhir",))
    text, whole, bundle = (clinic.run("history", "--session", session, *form) for form in forms)

    assert [said.code for said in (text, whole, bundle)] == [1, 1, 1]
    assert "NOT AS IT WAS SEALED" in text.out
    assert "its content is not the one that was sealed" in text.out
    assert [one["code"] for one in whole.json["altered"]] == [ALTERED]
    read = fhir_json.loads(bundle.out)
    assert models.parse_r4b(read) == []
    warning = read["entry"][0]["resource"]
    assert (warning["resourceType"], warning["issue"][0]["severity"]) == ("OperationOutcome", "error")


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        ("UPDATE rendering SET body = 'no JSON'", ALTERED),
        ("DELETE FROM rendering", MISSING),
        ("DELETE FROM record WHERE kind = 'session'", MISSING),
        ("DELETE FROM resource WHERE type = 'Procedure'", MISSING),
        ("DELETE FROM resource_history WHERE type = 'Procedure'", MISSING),
        ("UPDATE ledger SET have = NULL", ALTERED),
        ("UPDATE attempt_entry SET outcome = 'Accepted', remote_id = 'else'", ALTERED),
    ],
)
def test_a_history_says_what_else_is_not_as_it_was(clinic: Clinic, course, edit: str, code: str):
    session = next(record["id"] for record in course if record["kind"] == "session")
    tamper(clinic, edit)
    said = clinic.run("history", "--session", session, "--json")

    assert said.code == 1
    assert code in {one["code"] for one in said.json["altered"]}


def test_a_history_that_nobody_touched_has_nothing_to_warn_of(clinic: Clinic, course):
    session = next(record["id"] for record in course if record["kind"] == "session")

    assert clinic.ok("history", "--session", session, "--json").json["altered"] == []
    assert "NOT AS" not in clinic.ok("history", "--session", session).out
