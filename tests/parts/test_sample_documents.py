"""Everything that our maps make of a large sample is right in the eyes of HL7's own validator."""

from collections import Counter

import pytest

from fhir_profiles import fhir_json
from mappings import identity, records, registry, sample
from mappings.known import InMemory
from tests.parts import servers

pytestmark = [pytest.mark.java, pytest.mark.slow]

PATIENTS, SEED = 30, 1
BASE = identity.Base.of("https://records.lakeside-infusion.example/fhir")
MADE = {"Patient", "CarePlan", "Procedure", "MedicationAdministration", "Observation"}


def documents() -> list[dict[str, object]]:
    taken = [records.parse(raw) for raw in sample.courses(PATIENTS, SEED) if raw["kind"] in records.KINDS]
    known = InMemory(taken)
    return [made.document for record in taken for made in registry.documents_for(record, BASE, known)]


def test_every_document_of_a_sample_of_thirty_patients_has_no_error(hl7: servers.Validator) -> None:
    made = documents()
    outcomes = hl7.outcomes([fhir_json.encode(document) for document in made])
    wrong = Counter(
        f"{document['resourceType']}: {said}"
        for document, outcome in zip(made, outcomes, strict=True)
        for said in servers.errors_in(outcome)
    )

    assert {document["resourceType"] for document in made} == MADE
    assert wrong.most_common(10) == []
