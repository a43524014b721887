"""Saying which of the hospital's Patients ours are: nothing is sent before, and a mismatch is a person's to decide."""

import pytest

from fhir_profiles import fhir_json
from integration import errors
from integration.delivery import link_file, linking
from mappings import records
from tests.stories.clinic import PATIENT, export, put_there

THEIRS = "their-100"


@pytest.fixture
def patient():
    return next(record for record in export() if record["kind"] == "patient")


@pytest.fixture
def there(sekmet_server, patient):
    """The hospital's own Patient, the same person, with an id that no other test uses."""

    def register(identity, **changes):
        name = [{"family": patient["names"][0]["family"].upper(), "given": ["Other"]}]
        document = {"resourceType": "Patient", "id": identity, "name": name, "birthDate": patient["birth_date"]}
        put_there(sekmet_server.url, {**document, **changes})
        return identity

    return register


@pytest.fixture
def waiting(clinic, sekmet_server):
    """A clinic whose patient is enrolled at a hospital where patients are linked."""
    made = clinic()
    made.takes(export())
    made.connects(sekmet_server.url)
    made.ok("enrol", "--hospital", "mercy", "--all", "--yes")
    return made


def written(folder, *pairs):
    file = folder / "links.csv"
    file.write_text("patient,hospital_patient\n" + "".join(f"{ours},{theirs}\n" for ours, theirs in pairs))
    return str(file)


def linked(clinic, tmp_path, theirs, *more):
    said = clinic.run("link", "--hospital", "mercy", "--file", written(tmp_path, (PATIENT, theirs)), *more, "--json")
    return said.code, said.json["links"][0]["state"], said.json["links"][0]["detail"]


def test_before_the_link_everything_is_held_and_nothing_is_sent(waiting):
    pushed = waiting.run("push", "--json")
    groups = waiting.ok("queue", "list", "--json").json["groups"]

    assert (pushed.code, pushed.json["requests"]["write"]) == (5, 0)
    assert {(group["state"], group["reason"]) for group in groups} == {("held", "IF-LNK-06")}


def test_linking_after_the_import_sends_what_is_there_about_their_patient(waiting, there, tmp_path):
    there("agrees-1")
    assert linked(waiting, tmp_path, "Patient/agrees-1") == (0, "linked", "")

    pushed = waiting.ok("push", "--json").json
    assert pushed["hospitals"][0]["clean"]
    verdict = waiting.ok("hospital", "verify", "mercy", "--json").json["counts"]
    assert verdict["held"] == verdict["expected"] > 0


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"birthDate": "1950-01-01"}, "birth date differs"),
        ({"name": [{"family": "Somebody"}]}, "family name differs"),
        ({"active": False}, "not active there"),
    ],
)
def test_a_mismatch_is_held_until_a_person_confirms_it(waiting, there, tmp_path, changes, why):
    theirs = there("mismatch-" + "-".join(changes), **changes)
    assert linked(waiting, tmp_path, theirs) == (1, "mismatch", why)
    assert waiting.run("push", "--json").json["requests"]["write"] == 0
    assert waiting.ok("queue", "list", "--json").json["groups"][0]["reason"] == "IF-LNK-05"

    code, state, detail = linked(waiting, tmp_path, theirs, "--confirm", PATIENT)
    assert (code, state) == (0, "linked")
    assert detail.startswith(f"{why} (confirmed by ")


def test_a_patient_whom_the_hospital_does_not_know_is_refused(waiting, tmp_path):
    code, state, detail = linked(waiting, tmp_path, "nobody-there")

    assert (code, state) == (1, "refused")
    assert "no Patient with this id" in detail


def test_once_data_went_to_one_patient_another_cannot_be_linked(waiting, there, tmp_path):
    there("first-1")
    there("second-1")
    linked(waiting, tmp_path, "first-1")
    waiting.ok("push")

    code, state, detail = linked(waiting, tmp_path, "second-1", "--confirm", PATIENT)
    assert (code, state) == (1, "refused")
    assert "already went to another Patient" in detail


def test_two_of_ours_are_never_one_of_theirs(clinic, sekmet_server, there, tmp_path):
    made = clinic()
    made.takes(export(patients=2))
    made.connects(sekmet_server.url)
    there("shared-1")
    linked(made, tmp_path, "shared-1")

    file = written(tmp_path, ("P-0002", "shared-1"))
    said = made.run("link", "--hospital", "mercy", "--file", file, "--confirm", "P-0002", "--json")
    assert (said.code, said.json["links"][0]["state"]) == (1, "refused")


def test_where_patients_are_created_there_is_nothing_to_link(clinic, sekmet_server, tmp_path):
    made = clinic()
    made.connects(sekmet_server.url, "--patients", "create")
    said = made.run("link", "--hospital", "mercy", "--file", written(tmp_path, (PATIENT, "x")), "--json")

    assert (said.code, said.json["error"]["code"]) == (2, "IF-LNK-04")


def test_linked_and_created_patients_are_not_exchanged_once_somebody_is_enrolled(waiting):
    refused = waiting.run("hospital", "set", "mercy", "--patients", "create", "--json")

    assert (refused.code, refused.json["error"]["code"]) == (2, "IF-USE-23")


def test_names_are_compared_without_case_blanks_and_ways_to_write_the_same_sign(patient):
    ours = records.parse(fhir_json.loads(fhir_json.encode({**patient, "names": [{"family": "Zoë  van Dam"}]})))
    theirs = {"birthDate": patient["birth_date"], "name": [{"family": "ZOE\u0308 VAN DAM "}]}

    assert linking.differences(ours, theirs) == []


def test_a_patient_that_was_replaced_at_the_hospital_is_a_mismatch(patient):
    ours = records.parse(fhir_json.loads(fhir_json.encode(patient)))
    theirs = {"link": [{"type": "replaced-by", "other": {"reference": "Patient/2"}}]}

    assert linking.differences(ours, theirs) == [
        "no birth date there",
        "no family name there",
        "replaced by another Patient there",
    ]


@pytest.mark.parametrize(
    "text", ["P-1,a\nP-2,b\n", '{"patient":"P-1","hospital_patient":"a"}\n{"patient":"P-2","hospital_patient":"b"}\n']
)
def test_a_link_file_is_csv_or_ndjson(tmp_path, text):
    file = tmp_path / "links"
    file.write_text("\ufeff" + text, encoding="utf-8")

    assert [(pair.id, pair.remote_id, pair.line) for pair in link_file.read(file)] == [
        ("P-1", "a", 1),
        ("P-2", "b", 2),
    ]


def test_visits_and_staff_stand_in_the_same_file_by_their_kind(tmp_path):
    file = tmp_path / "links"
    file.write_text(
        "kind,id,hospital_id\npatient,P-1,a\nsession,S-1,Encounter/b\nfollow_up,F-1,b\nstaff-role,ST-1,c\ndevice,M-1,c\n"
    )

    assert [(pair.kind, pair.type, pair.remote_id) for pair in link_file.read(file)] == [
        ("patient", "Patient", "a"),
        ("session", "Encounter", "b"),
        ("follow-up", "Encounter", "b"),
        ("staff-role", "Practitioner", "c"),
        ("device", "Practitioner", "c"),
    ]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("P-1,a\nP-1,b\n", "line 2, column id"),
        ("P-1,a\nP-2,a\n", "line 2, column hospital_id"),
        ("P-1\n", "line 1, column 2"),
        ("P-1,a/b\n", "line 1, column hospital_patient"),
        ("P-1,a\n\nP-2,\n", "line 3, column hospital_patient"),
        ("patient,P 1,a\n", "line 1, column id"),
        ("kind,id,hospital_id\nsessoin,S-1,a\n", "line 2, column kind"),
        ("session,S-1,Patient/a\n", "line 1, column hospital_id"),
        ("session,S-1,a,b\n", "line 1, column 4"),
        ('{"patient":"P-1"}', "line 1, column hospital_patient"),
        ('{"kind":"session","id":"S-1"}', "line 1, column hospital_id"),
        ("{broken", "line 1, column 2"),
    ],
)
def test_a_link_file_that_cannot_be_used_is_named_with_row_and_column(tmp_path, text, where):
    file = tmp_path / "links"
    file.write_text(text)

    with pytest.raises(errors.UsageError) as refused:
        link_file.read(file)
    assert refused.value.code == "IF-LNK-03"
    assert refused.value.where == f"{file}, {where}"


def test_a_kind_that_is_misspelled_is_told_with_the_nearest_one(tmp_path):
    file = tmp_path / "links"
    file.write_text("sessoin,S-1,a\n")

    with pytest.raises(errors.UsageError, match="do you mean session"):
        link_file.read(file)
