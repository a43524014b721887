"""The history tells the whole story: what was recorded, what was sent, what each hospital answered, what is left."""

from collections.abc import Iterator
from typing import Any

import pytest

from fhir_profiles import fhir_json, models
from mappings import sample
from tests.commands.command import Clinic
from tests.commands.small_hospital import SmallHospital, running

QUICK = ("--deadline", "2", "--wait", "5", "--commit-delay", "1", "--index-lag", "0.5")


@pytest.fixture
def hospital() -> Iterator[tuple[SmallHospital, str]]:
    small = SmallHospital()
    with running(small) as url:
        yield small, url


@pytest.fixture
def course(one_course) -> list[dict[str, Any]]:
    """The patient, the plan, and one completed session with its observations."""
    later = list(sample.later(one_course))
    session = next(record["id"] for record in later if record["kind"] == "session")
    return [
        record
        for record in one_course
        if record["kind"] in ("patient", "plan") or session in (record["id"], record.get("visit", "")[8:])
    ]


@pytest.fixture
def later(one_course, course) -> list[dict[str, Any]]:
    ids = {record["id"] for record in course}
    return [record for record in sample.later(one_course) if record["id"] in ids]


def connected(clinic: Clinic, url: str, records: list[dict[str, Any]]) -> str:
    """Everything is pushed; gives the session's id."""
    clinic.ok("import", clinic.file("first.ndjson", *records))
    clinic.ok("hospital", "add", "mercy", "--url", url, "--patients", "create", *QUICK)
    clinic.ok("enrol", "--hospital", "mercy", "--all", "--yes")
    clinic.run("push", "--hospital", "mercy", "--wait", "0")
    return next(record["id"] for record in records if record["kind"] == "session")


def told(clinic: Clinic, session: str) -> dict[str, Any]:
    return clinic.ok("history", "--session", session, "--json").json


def documents(story: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The documents of the records of one kind, by resource type."""
    return {d["type"]: d for record in story["records"] if record["kind"] == kind for d in record["documents"]}


def test_a_completed_session_turned_no_show_tells_the_whole_story(clinic, hospital, course, later):
    small, url = hospital
    session = connected(clinic, url, course)
    clinic.ok("import", clinic.file("later.ndjson", *later))
    clinic.ok("push", "--hospital", "mercy", "--wait", "0")

    story = told(clinic, session)
    versions = story["records"][0]["versions"]
    assert [(one["version"], one["status"]) for one in versions] == [(1, "completed"), (2, "no_show")]
    procedure = documents(story, "session")["Procedure"]
    assert [one["status"] for one in procedure["versions"]] == ["completed", "entered-in-error"]
    (there,) = procedure["hospitals"]
    assert (there["state"], there["remote_id"], there["remote_version"]) == ("clean", procedure["id"], "2")
    assert [(one["write"], one["outcome"], one["remote_version"]) for one in there["tries"]] == [
        ("put", "Accepted", "1"),
        ("update", "Accepted", "2"),
    ]
    assert small.holds["Procedure", procedure["id"]][-1]["status"] == "entered-in-error"


def test_a_correction_and_an_entered_in_error_stand_with_both_their_versions(clinic, hospital, course, later):
    _, url = hospital
    session = connected(clinic, url, course)
    wrong = [record for record in later if record["kind"] == "observation"]
    clinic.ok("import", clinic.file("later.ndjson", *wrong))
    clinic.ok("push", "--hospital", "mercy", "--wait", "0")

    story = told(clinic, session)
    changed = {r["id"]: [v["status"] for v in r["versions"]] for r in story["records"] if len(r["versions"]) > 1}
    assert changed == {record["id"]: ["final", record["status"]] for record in wrong}
    text = clinic.ok("history", "--session", session).out
    for record in wrong:
        assert f"observation {record['id']}" in text


def test_the_documents_stand_there_as_they_were_sent(clinic, hospital, course):
    small, url = hospital
    session = connected(clinic, url, course)

    story = told(clinic, session)
    procedure = documents(story, "session")["Procedure"]
    (attempt,) = procedure["hospitals"][0]["tries"]
    sent = story["sent"][attempt["sent"]]
    held = small.holds["Procedure", procedure["id"]][0]
    assert sent["status"] == held["status"]
    assert sent["identifier"] == held["identifier"]


def test_what_was_refused_is_outstanding_with_the_reason_and_what_waits_for_it(clinic, hospital, course):
    small, url = hospital

    heart_rate = next(r for r in course if r.get("measure") == "hr")
    small.refused_codes = {"8867-4"}
    session = connected(clinic, url, course)

    story = told(clinic, session)
    parked = [one for one in story["outstanding"] if one["state"] == "parked"]
    assert {one["reason"] for one in parked} == {"IF-DEL-01"}
    assert heart_rate["id"] in {r["id"] for r in story["records"]}
    text = clinic.ok("history", "--session", session).out
    assert "parked, holds nothing known; IF-DEL-01: 422" in text
    assert f"outstanding: {len(story['outstanding'])}" in text


def test_before_anything_is_sent_all_of_it_is_outstanding(clinic, hospital, course):
    _, url = hospital
    clinic.ok("import", clinic.file("first.ndjson", *course))
    clinic.ok("hospital", "add", "mercy", "--url", url, *QUICK)
    clinic.ok("enrol", "--hospital", "mercy", "--all", "--yes")
    session = next(record["id"] for record in course if record["kind"] == "session")

    reasons = {(one["state"], one["reason"]) for one in told(clinic, session)["outstanding"]}
    assert reasons == {("held", "not-linked")}


def test_each_reading_is_an_event_and_the_next_reader_sees_it(clinic, course):
    clinic.ok("import", clinic.file("first.ndjson", *course))
    session = next(record["id"] for record in course if record["kind"] == "session")

    first = [one["kind"] for one in told(clinic, session)["events"]]
    second = told(clinic, session)["events"]
    assert first.count("history.read") == 1
    assert [one["kind"] for one in second].count("history.read") == 2
    assert next(one for one in second if one["kind"] == "history.read")["sealed"] is not None


def test_events_say_nothing_of_other_records(clinic, one_course):
    clinic.ok("import", clinic.file("all.ndjson", *one_course))
    sessions = [record["id"] for record in one_course if record["kind"] == "session"]

    events = told(clinic, sessions[0])["events"]
    stored = next(one for one in events if one["kind"] == "records.stored")
    assert ["session", sessions[0], 1] in [entry[:3] for entry in stored["says"]["records"]]
    assert not any(entry[1] == sessions[1] for entry in stored["says"]["records"])


def test_the_bundle_is_fhir_and_has_every_version_and_every_sending(clinic, hospital, course, later):
    _, url = hospital
    session = connected(clinic, url, course)
    clinic.ok("import", clinic.file("later.ndjson", *later))
    clinic.ok("push", "--hospital", "mercy", "--wait", "0")

    bundle = fhir_json.loads(clinic.ok("history", "--session", session, "--fhir").out)
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    assert models.parse_r4b(bundle) == []
    resources = [entry["resource"] for entry in bundle["entry"]]
    procedures = [r for r in resources if r["resourceType"] == "Procedure"]
    assert [(p["meta"]["versionId"], p["status"]) for p in procedures] == [
        ("1", "completed"),
        ("2", "entered-in-error"),
    ]
    keys = [(entry["fullUrl"], entry["resource"].get("meta", {}).get("versionId")) for entry in bundle["entry"]]
    assert len(keys) == len(set(keys))
    sendings = [r for r in resources if r["resourceType"] == "Provenance"]
    assert sum(entry["fullUrl"] == s["target"][0]["reference"] for s in sendings for entry in bundle["entry"]) > 0


def test_a_patients_history_has_all_of_the_patient(clinic, course):
    clinic.ok("import", clinic.file("first.ndjson", *course))

    story = clinic.ok("history", "--patient", course[0]["id"], "--json").json
    assert {(r["kind"], r["id"]) for r in story["records"]} == {(r["kind"], r["id"]) for r in course}


def test_readings_without_news_are_counted_and_listed_on_demand(clinic, course):
    clinic.ok("import", clinic.file("first.ndjson", *course))
    session = next(record["id"] for record in course if record["kind"] == "session")

    short = clinic.ok("history", "--session", session).out
    whole = clinic.ok("history", "--session", session, "--all").out
    assert "more observations, one version each, nothing to report" in short
    assert whole.count("\nobservation ") == sum(r["kind"] == "observation" for r in course)


@pytest.mark.parametrize("given", [(), ("--session", "S-1", "--patient", "P-1")])
def test_one_session_or_one_patient_has_to_be_named(clinic, given):
    assert clinic.run("history", *given).code == 2


def test_what_was_never_imported_has_no_history(clinic):
    said = clinic.run("history", "--session", "S-404")

    assert (said.code, "IF-USE-14" in said.err) == (2, True)
