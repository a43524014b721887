"""Files that say whom a hospital has already: FHIR, a Bundle or one resource a line; what is wrong is told."""

import pytest

from fhir_profiles import fhir_json
from integration import errors
from integration.sandbox import residents

UNA = {"resourceType": "Patient", "id": "una", "name": [{"family": "Probe"}]}
ZOE = {"resourceType": "Patient", "id": "zoe"}
BUNDLE = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": UNA}, {"resource": ZOE}]}


def lines(*documents):
    return b"\n".join(map(fhir_json.encode, documents)) + b"\n"


@pytest.mark.parametrize("text", [lines(UNA, ZOE), lines(BUNDLE)], ids=["one a line", "a Bundle"])
def test_resources_of_a_file_are_there_from_the_beginning(hospital, tmp_path, text):
    path = tmp_path / "people.json"
    path.write_bytes(text)

    assert [one["id"] for one in hospital("open", patients=path).arrived("Patient")] == ["una", "zoe"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (lines(UNA, ZOE | {"gender": "banana"}), "line 2: this is not FHIR R4: Patient.gender"),
        (lines(UNA, {"resourceType": "Patient"}), "line 2: a resource that is there from the beginning needs an id"),
        (lines(UNA, {"resourceType": "Spaceship", "id": "x"}), "line 2: this is no resource of FHIR R4"),
        (lines(UNA) + b"{\n", "line 2: this is not exact JSON"),
        (b"[]", "this is no JSON object"),
        (b"\xff\xfe", "is no UTF-8 text"),
        (b"", "neither a FHIR resource nor a patient's record"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(tmp_path, text, says):
    path = tmp_path / "people.ndjson"
    path.write_bytes(text)
    with pytest.raises(errors.UsageError) as caught:
        residents.of(path)

    assert says in str(caught.value)
    assert "banana" not in str(caught.value)
