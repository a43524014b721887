"""HL7's own validator does what the tests take it for: right documents pass, wrong ones fail for the right reason."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.parts.servers import Validator

pytestmark = pytest.mark.java

RIGHT = (Path(__file__).parent / "samples" / "right.ndjson").read_text().splitlines()
Change = Callable[[dict[str, Any]], Any]


def of_type(resource_type: str) -> dict[str, Any]:
    return next(d for d in map(json.loads, RIGHT) if d["resourceType"] == resource_type)


@pytest.mark.parametrize("document", RIGHT, ids=lambda line: json.loads(line)["resourceType"])
def test_a_right_document_has_no_error(hl7: Validator, document: str) -> None:
    assert hl7.errors(document) == []


WRONG: dict[str, tuple[str, Change, str]] = {
    "a status that does not exist": ("Observation", lambda d: d.update(status="banana"), "Observation.status"),
    "no status": ("Procedure", lambda d: d.pop("status"), "Procedure"),
    "an element that does not exist": ("Patient", lambda d: d.update(nickname="El"), "Patient"),
    "a reference to the wrong type": (
        "Procedure",
        lambda d: d.update(subject={"reference": "Organization/1"}),
        "Procedure.subject",
    ),
    "a mistyped LOINC code": (
        "Observation",
        lambda d: d["code"]["coding"][0].update(code="29463-8"),
        "Observation.code",
    ),
    "an empty note": (
        "CarePlan",
        lambda d: d.update(note=[{"text": ""}]),
        "CarePlan.note[0].text",
    ),
    "an extension that nobody defined": (
        "MedicationAdministration",
        lambda d: d.update(extension=[{"url": "https://nobody.example/x", "valueString": "x"}]),
        "MedicationAdministration.extension[0]",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_document_fails_at_the_element_that_is_wrong(hl7: Validator, name: str) -> None:
    resource_type, change, element = WRONG[name]
    document = of_type(resource_type)
    change(document)

    found = hl7.errors(json.dumps(document))

    assert [said for said in found if said.startswith(element)], found


def test_text_that_is_no_json_is_an_error_and_the_next_answer_still_fits_its_question(hl7: Validator) -> None:
    answers = hl7.outcomes(["no json", RIGHT[0]])

    assert answers[0]["issue"][0]["severity"] == "fatal"
    assert answers[1]["issue"][0]["severity"] == "information"
