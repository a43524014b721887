"""From an export to a hospital that holds it, at the command line, against a real server."""

import json
from collections.abc import Iterable

import pytest

from fhir_profiles import terminology
from tests.real import exports
from tests.stories.clinic import PATIENT, QUICK, corrected, delete_there, export, hospital_has, put_there


@pytest.fixture
def ready(clinic, sekmet_server):
    """A clinic with one patient stored and a hospital added."""
    made = clinic()
    made.takes(export())
    made.connects(sekmet_server.url, "--patients", "create")
    return made


@pytest.fixture
def sent(ready):
    """The same, after the first push."""
    ready.ok("enrol", "--hospital", "mercy", "--patient", PATIENT, "--yes")
    ready.ok("push")
    return ready


def test_nothing_goes_anywhere_without_an_enrolment(ready):
    pushed = ready.ok("push", "--json").json

    assert pushed["requests"] == {"write": 0, "read": 0}
    assert ready.ok("hospital", "verify", "mercy", "--json").json["counts"]["expected"] == 0


def test_enrolling_after_the_import_sends_what_is_there_once(ready):
    enrolled = ready.ok("enrol", "--hospital", "mercy", "--all", "--yes", "--json").json
    first = ready.ok("push", "--json").json
    again = ready.ok("push", "--json").json
    verdict = ready.ok("hospital", "verify", "mercy", "--json").json

    rows = enrolled["rows"]["dirty"]
    assert enrolled["enrolled"] == 1
    assert first["hospitals"][0]["rows"] == {"clean": rows}
    assert first["requests"]["write"] > 0
    assert again["requests"] == {"write": 0, "read": 0}
    assert verdict["counts"]["held"] == rows
    assert verdict["summary"] == (f"{rows} of {rows} held by the hospital, 0 lost, 0 twice, 0 different, 0 unexpected")


def test_enrolling_asks_and_is_never_a_standing_order(ready):
    asked = ready.run("enrol", "--hospital", "mercy", "--all")
    assert asked.code == 2
    assert "add --yes" in asked.err

    ready.ok("enrol", "--hospital", "mercy", "--all", "--yes")
    ready.takes(export(patients=2))
    assert ready.ok("hospital", "list", "--json").json[0]["patients"] == 1


def test_a_patient_that_is_not_stored_cannot_be_enrolled(ready):
    refused = ready.run("enrol", "--hospital", "mercy", "--patient", "nobody", "--yes", "--json")

    assert (refused.code, refused.json["error"]["code"]) == (2, "IF-LNK-02")


def test_a_correction_is_sent_to_where_the_first_version_went(sent):
    observation = next(r for r in export() if r.get("measure") == "hr")
    sent.takes([corrected(observation, 71)])
    planned = sent.ok("push", "--dry-run", "--json").json
    sent.ok("push")

    assert [(one["action"], one["type"]) for one in planned["changes"]] == [("update", "Observation")]
    assert sent.ok("hospital", "verify", "mercy").code == 0


def test_a_dry_run_sends_nothing_and_writes_its_changes_to_a_file(ready, tmp_path):
    ready.ok("enrol", "--hospital", "mercy", "--all", "--yes")
    planned = ready.ok("push", "--dry-run", "-o", str(tmp_path / "changes.ndjson"))

    changes = [json.loads(line) for line in (tmp_path / "changes.ndjson").read_text().splitlines()]
    assert {one["action"] for one in changes} == {"create"}
    assert "nothing was sent" in planned.err
    assert ready.run("hospital", "verify", "mercy", "--json").json["counts"]["expected"] == 0


def test_what_the_hospital_lost_or_changed_is_told_by_the_judge(sent, sekmet_server):
    observation = next(r for r in export() if r.get("measure") == "hr")
    session = next(r for r in export() if r["kind"] == "session")
    told = sent.ok("history", "--session", session["id"], "--json").json
    documents = [d for record in told["records"] for d in record["documents"] if record["id"] == observation["id"]]
    procedure = next(d for record in told["records"] for d in record["documents"] if d["type"] == "Procedure")
    delete_there(sekmet_server.url, "Observation", documents[0]["id"])
    copy = hospital_has(sekmet_server.url, "Procedure", procedure["id"])
    put_there(sekmet_server.url, {**copy, "status": "stopped", "note": [{"text": "theirs"}]})

    verdict = sent.run("hospital", "verify", "mercy", "--json")
    assert verdict.code == 1
    assert [one["id"] for one in verdict.json["missing"]] == [documents[0]["id"]]
    assert [(one["id"], one["elements"]) for one in verdict.json["different"]] == [(procedure["id"], ["status"])]
    assert "different: 1" in sent.run("hospital", "verify", "mercy").out


def test_after_unenrolling_nothing_more_goes_there_and_nothing_is_taken_back(sent):
    sent.ok("unenrol", "--hospital", "mercy", "--patient", PATIENT, "--yes")
    observation = next(r for r in export() if r.get("measure") == "hr")
    sent.takes([corrected(observation, 71)])

    assert sent.ok("push", "--json").json["requests"]["write"] == 0
    verdict = sent.ok("hospital", "verify", "mercy", "--json").json["counts"]
    assert verdict["held"] == verdict["expected"] > 0

    sent.ok("enrol", "--hospital", "mercy", "--patient", PATIENT, "--yes")
    assert sent.ok("push", "--json").json["requests"]["write"] == 1


def test_a_paused_hospital_gets_nothing_until_it_is_resumed(ready):
    ready.ok("enrol", "--hospital", "mercy", "--all", "--yes")
    ready.ok("hospital", "pause", "mercy", "--reason", "their upgrade")
    paused = ready.run("push", "--json")

    assert (paused.code, paused.json["requests"]["write"]) == (5, 0)
    assert "paused (their upgrade)" in ready.ok("status").out

    ready.ok("hospital", "resume", "mercy")
    assert ready.ok("push", "--json").json["requests"]["write"] > 0


def test_two_clinics_with_the_same_ids_never_meet_at_one_hospital(clinic, sekmet_server):
    clinics = [clinic("one"), clinic("two")]
    for number, each in enumerate(clinics):
        each.takes(export(seed=number + 1))
        each.connects(sekmet_server.url, "--patients", "create")
        each.ok("enrol", "--hospital", "mercy", "--all", "--yes")
        each.ok("push")

    for each in clinics:
        verdict = each.ok("hospital", "verify", "mercy", "--json").json["counts"]
        assert verdict["held"] == verdict["expected"] > 0


def test_the_page_for_hospital_it_names_address_permissions_codes_and_what_is_not_sent(ready, sekmet_server):
    page = ready.ok("hospital", "show", "mercy", "--json").json
    text = ready.ok("hospital", "show", "mercy").out

    assert page["connection"]["port"] == int(sekmet_server.url.rpartition(":")[2].partition("/")[0])
    assert [one["type"] for one in page["types"]][:2] == ["Patient", "CarePlan"]
    assert page["bundle"] == {"kind": "transaction", "source": "declared", "size": 50}
    assert "8867-4" in {one["code"] for one in page["codes"]["LOINC"]}
    assert all(one["display"] for some in page["codes"].values() for one in some)
    assert "Heart rate" in text
    assert "rung 1, declared" in text


def test_every_unit_and_code_of_a_sample_stands_on_the_page_for_hospital_it(ready):
    page = ready.ok("hospital", "show", "mercy", "--json").json
    told = {one["code"] for some in page["codes"].values() for one in some}
    written = list(coded(exports.documents_of(exports.courses(12, 1), "https://clinic.example/fhir").values()))
    systems = {terminology.LOINC, terminology.SNOMED, terminology.RXNORM}

    assert {code for system, code in written if system == terminology.UCUM} <= set(page["units"])
    assert {code for system, code in written if system in systems} <= told


def coded(value):
    """(system, code) of every coding and quantity in documents."""
    if isinstance(value, dict):
        if "system" in value and "code" in value:
            yield value["system"], value["code"]
        value = value.values()
    if not isinstance(value, str | bytes) and isinstance(value, Iterable):
        for inner in value:
            yield from coded(inner)


def test_what_the_operator_sets_is_shown_as_set_and_can_be_taken_back(ready):
    ready.ok("hospital", "set", "mercy", "--rung", "2", "--bundle", "batch")
    page = ready.ok("hospital", "show", "mercy", "--json").json
    assert {(one["rung"], one["source"]) for one in page["types"]} == {(2, "set")}
    assert page["bundle"]["source"] == "set"

    ready.ok("hospital", "set", "mercy", "--rung", "declared", "--bundle", "declared")
    page = ready.ok("hospital", "show", "mercy", "--json").json
    assert {one["source"] for one in page["types"]} == {"declared"}


def test_where_nothing_guards_an_update_the_operator_is_told(ready):
    lost = "what somebody else writes between our reading and our update is lost unseen"
    said = ready.ok("hospital", "set", "mercy", "--if-match", "none")
    shown = ready.ok("hospital", "show", "mercy")
    again = ready.ok("hospital", "set", "mercy", "--if-match", "ignored", "--json")

    assert lost in said.out
    assert lost in shown.out
    assert again.json["lost_unseen"] == ""
    assert lost not in ready.ok("hospital", "show", "mercy").out


def test_a_hospital_added_without_versions_is_added_with_that_warning(ready):
    url = ready.ok("hospital", "show", "mercy", "--json").json["connection"]["url"]

    assert "is lost unseen" in ready.connects(url, "--if-match", "none", name="hope").out


@pytest.mark.parametrize(
    ("waits", "says"),
    [
        (("--deadline", "5", "--wait", "5"), "longer than deadline"),
        (("--deadline", "1", "--wait", "3.5", "--commit-delay", "1", "--index-lag", "0.5"), "commit delay"),
    ],
)
def test_waits_in_which_a_request_could_still_arrive_are_refused(ready, waits, says):
    refused = ready.run("hospital", "set", "mercy", *waits, "--json")

    assert (refused.code, refused.json["error"]["code"]) == (2, "IF-USE-22")
    assert says in refused.json["error"]["says"]
    assert ready.ok("hospital", "show", "mercy", "--json").json["waits"]["wait"] == "4"


def test_pretend_records_refuse_a_hospital_that_is_not_on_this_machine(clinic):
    made = clinic()
    made.takes(export())
    refused = made.run("hospital", "add", "mercy", "--url", "https://fhir.mercy.example/r4", *QUICK, "--json")

    assert (refused.code, refused.json["error"]["code"]) == (2, "IF-LNK-01")
    assert made.ok("hospital", "list", "--json").json == []


def test_a_row_can_be_dismissed_only_with_a_reason_and_is_then_not_outstanding(ready):
    ready.ok("enrol", "--hospital", "mercy", "--all", "--yes")
    plan = next(c for c in ready.ok("push", "--dry-run", "--json").json["changes"] if c["type"] == "Observation")
    key = f"Observation/{plan['id']}"
    refused = ready.run("queue", "dismiss", key, "--json")
    ready.ok("queue", "dismiss", key, "--reason", "entered twice")
    ready.ok("push")

    assert (refused.code, refused.json["error"]["code"]) == (2, "IF-USE-05")
    assert "entered twice" in ready.ok("queue", "show", key).out
    verdict = ready.ok("hospital", "verify", "mercy", "--json").json["counts"]
    assert (verdict["outstanding"], verdict["dismissed"]) == (0, 1)
    assert "1 Observation: dismissed (" in ready.ok("hospital", "verify", "mercy").out


@pytest.mark.parametrize("rung", ["1", "2", "3", "4"])
@pytest.mark.parametrize("bundle", ["transaction", "single"])
def test_each_rung_ends_with_the_same_count(clinic, sekmet_server, rung, bundle):
    made = clinic()
    made.takes(export(1))
    made.connects(sekmet_server.url, "--patients", "create", "--rung", rung, "--bundle", bundle)
    rows = made.ok("enrol", "--hospital", "mercy", "--all", "--yes", "--json").json["rows"]["dirty"]
    made.ok("push")

    verdict = made.ok("hospital", "verify", "mercy", "--json").json["counts"]
    assert verdict["held"] == verdict["expected"] == rows
