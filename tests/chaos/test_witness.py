"""The witness sees what must not be, when it is planted into a hospital's journal with requests of its own."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from integration.sandbox.testing import PretendHospital, open_hospital
from tests.chaos import witness

BASE = "https://records.chaos-infusion.example/fhir"
SYSTEM = f"{BASE}/observation"


def reading(value: str, status: str = "final", name: str = "O-1") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"ours-{name}",
        "identifier": [{"system": SYSTEM, "value": name}],
        "status": status,
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": "Patient/sandbox-patient-0001"},
        "valueQuantity": {"value": int(value), "unit": "/min"},
    }


FIRST, SECOND, THIRD = reading("61"), reading("62", "corrected"), reading("63", "corrected")


@pytest.fixture
def there() -> Iterator[PretendHospital]:
    with open_hospital("open", patients=1) as hospital:
        yield hospital


@pytest.fixture
def made() -> witness.Made:
    versions = witness.Made(BASE)
    for document in (FIRST, SECOND, THIRD):
        versions.add([document])
    return versions


def put(there: PretendHospital, document: dict[str, Any]) -> None:
    assert there.client.put(f"Observation/{document['id']}", json=document).is_success


def found(there: PretendHospital, made: witness.Made) -> list[str]:
    return witness.wrongs(witness.commits(there), made)


def test_versions_in_their_order_at_one_place_are_as_it_must_be(there, made):
    for document in (FIRST, FIRST, THIRD):
        put(there, document)

    assert found(there, made) == []
    assert witness.standing(witness.commits(there), made) == {
        ("Observation", f"{SYSTEM}|O-1"): ("corrected", (63,)),
    }


def test_a_record_that_is_created_twice_is_seen_by_the_identifier_as_received(there, made):
    for _ in range(2):
        assert there.client.post("Observation", json=FIRST).status_code == 201

    (said,) = found(there, made)
    assert "O-1 was created twice" in said


def test_a_second_creation_inside_a_batch_is_seen(there, made):
    put(there, FIRST)
    entry = {"resource": {k: v for k, v in FIRST.items() if k != "id"},
             "request": {"method": "POST", "url": "Observation"}}  # fmt: skip
    there.client.post("", json={"resourceType": "Bundle", "type": "batch", "entry": [entry]})

    (said,) = found(there, made)
    assert "O-1 was created twice, first as Observation/ours-O-1" in said


@pytest.mark.parametrize("older", [FIRST, SECOND])
def test_an_older_version_over_a_newer_is_seen(there, made, older):
    for document in (FIRST, THIRD, older):
        put(there, document)

    (said,) = found(there, made)
    assert said.endswith(f"version {1 if older is FIRST else 2} of the clinic's over version 3")


def test_a_request_that_was_worked_on_late_is_seen_where_it_was_committed(there, made):
    put(there, FIRST)
    there.set_faults("late-commit")
    with pytest.raises(httpx.RemoteProtocolError):
        there.client.put("Observation/ours-O-1", json=SECOND)
    there.set_faults("none")
    put(there, THIRD)
    there.pass_time(1)

    (said,) = found(there, made)
    assert said.endswith("version 2 of the clinic's over version 3")


def test_what_the_clinic_never_made_is_seen(there, made):
    put(there, reading("99"))
    put(there, reading("61", name="O-2"))

    never, nobody = found(there, made)
    assert "never made" in never
    assert "nobody made this" in nobody


def test_a_deletion_is_seen(there, made):
    put(there, FIRST)
    there.client.delete("Observation/ours-O-1")

    assert any("DELETE" in said for said in found(there, made))


def test_what_the_hospitals_own_staff_write_is_not_held_against_the_clinic(there, made):
    put(there, THIRD)
    there.edit("Observation", "ours-O-1", lambda document: document | {"status": "amended"})

    assert found(there, made) == []


def test_what_is_behind_the_newest_version_is_told(there, made):
    put(there, SECOND)

    standing = witness.standing(witness.commits(there), made)
    assert witness.behind(standing, made) == {("Observation", f"{SYSTEM}|O-1")}
