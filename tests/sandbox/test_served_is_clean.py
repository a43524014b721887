"""What `open` serves is right in the eyes of HL7's own validator: resources, Bundles of every kind, refusals."""

import pytest

from fhir_profiles import fhir_json
from mappings import identity, records, registry, sample
from mappings.known import InMemory
from tests.parts import servers
from tests.sandbox.asking import bundle, entry, patient, pulse

pytestmark = [pytest.mark.java, pytest.mark.slow]

BASE = identity.Base.of("https://records.lakeside-infusion.example/fhir")
JSON = {"Content-Type": "application/fhir+json"}
ASKED = {"resourceType": "Patient", "name": [{"family": "Testperson"}], "birthDate": "1980-02-29"}
HOOK = {
    "resourceType": "Subscription",
    "status": "requested",
    "reason": "a test",
    "criteria": "Observation?",
    "channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1:1/called"},
}


class Seen:
    """All that a hospital has served, by what was asked for it."""

    def __init__(self, there):
        self.there = there
        self.served = {}

    def __call__(self, name, method, address, document=None, **headers):
        body = document if isinstance(document, bytes | None) else fhir_json.encode(document)
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        answer = self.there.client.request(method, address, content=body, headers=JSON | named)
        if answer.content:
            self.served[name] = answer.content
        return answer


def documents():
    taken = [records.parse(raw) for raw in sample.courses(2, 1) if raw["kind"] in records.KINDS]
    known = InMemory(taken)
    return [made.document for record in taken for made in registry.documents_for(record, BASE, known)]


def wrong(hl7, seen):
    """What the validator says against anything that was served."""
    outcomes = hl7.outcomes(list(seen.served.values()))
    said = zip(seen.served, map(servers.errors_in, outcomes), strict=True)
    return {name: errors for name, errors in said if errors}


@pytest.fixture
def seen(hospital):
    return Seen(hospital("open", patients=2))


def test_what_a_clinic_has_sent_and_reads_back_has_no_error(hl7, seen):
    sent = documents()
    puts = [entry("PUT", f"{one['resourceType']}/{one['id']}", one) for one in sent]
    person = next(one["id"] for one in sent if one["resourceType"] == "Patient")

    for returned in ("representation", "minimal", "OperationOutcome"):
        seen(returned, "POST", "", bundle("transaction", *puts), Prefer=f"return={returned}")
    for kind in {one["resourceType"] for one in sent}:
        first = next(one["id"] for one in sent if one["resourceType"] == kind)
        seen(f"read {kind}", "GET", f"{kind}/{first}")
        seen(f"search {kind}", "GET", f"{kind}?_count=500")
        seen(f"history {kind}", "GET", f"{kind}/_history?_count=500")
    seen("included", "GET", "Observation?_include=Observation:subject&_count=20")
    seen("everything", "GET", f"Patient/{person}/$everything?_count=100")
    # Here nothing has two versions: R4 leaves open which of them a reference inside a history means, and the validator
    # calls any such history, whoever serves it, an error.
    seen("all history", "GET", "_history?_count=500")

    assert len(seen.served["search Observation"]) > 10_000
    assert wrong(hl7, seen) == {}


def test_answers_of_every_kind_have_no_error(hl7, seen):
    made = seen("create", "POST", "Patient", patient(1)).json()["id"]
    place = f"Patient/{made}"
    seen("update", "PUT", place, patient(1, id=made, active=True))
    seen("version", "GET", f"{place}/_history/1")
    for number in range(2, 6):
        seen("outcome", "POST", "Patient", patient(number), Prefer="return=OperationOutcome")
    more = seen("first page", "GET", "Patient?_count=2").json()["link"]
    seen("next page", "GET", next(one["url"] for one in more if one["relation"] == "next"))
    seen("counted", "GET", "Patient?_summary=count")
    seen("none", "GET", "Patient?family=nobody")
    asked = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": ASKED}]}
    assert seen("matched", "POST", "Patient/$match", asked).json()["entry"]
    seen("hook", "POST", "Subscription", HOOK)
    seen.there.pass_time(1)
    assert seen("hook at work", "GET", "Subscription").json()["entry"][0]["resource"]["status"] == "active"
    seen.there.merge("sandbox-patient-0001", made)
    seen("merged", "GET", "Patient/sandbox-patient-0001")
    seen("deleted", "DELETE", place, Prefer="return=OperationOutcome")
    seen("its history", "GET", f"{place}/_history")
    seen("statement", "GET", "metadata")

    assert wrong(hl7, seen) == {}


def test_a_batch_of_everything_has_no_error(hl7, seen):
    seen.there.client.put("Patient/p1", json=patient(1, id="p1"))
    entries = [
        entry("POST", "Patient", patient(2)),
        entry("POST", "Patient", patient(2), ifNoneExist="identifier=P-2"),
        entry("GET", "Patient/p1"),
        entry("GET", "Patient/p1"),
        entry("GET", "Patient?_count=1"),
        entry("GET", "Patient/nobody"),
        entry("POST", "Observation", {"resourceType": "Observation"}),
        entry("PATCH", "Patient/p1"),
        entry("DELETE", "Patient/p1"),
    ]
    answer = seen("batch", "POST", "", bundle("batch", *entries)).json()

    assert [one["response"]["status"][:3] for one in answer["entry"]] == (
        ["201", "200", "200", "200", "200", "404", "422", "400", "200"]
    )
    assert wrong(hl7, seen) == {}


def test_refusals_have_no_error(hl7, seen):
    seen.there.client.put("Patient/p1", json=patient(1, id="p1"))
    seen.there.client.post("Patient", json=patient(1))
    incomplete = {"resourceType": "Observation"}
    refused = [
        seen("no json", "POST", "Patient", b"{"),
        seen("nothing", "POST", "Patient", b""),
        seen("no type", "GET", "Spaceship/1"),
        seen("no address", "GET", "Patient/1/2/3"),
        seen("nobody", "GET", "Patient/nobody"),
        seen("no version", "GET", "Patient/p1/_history/9"),
        seen("no parameter", "GET", "Patient?shoesize=44"),
        seen("no date", "GET", "Patient?birthdate=long-ago"),
        seen("no page", "GET", "?_getpages=none"),
        seen("no xml", "GET", "Patient/p1", accept="application/fhir+xml"),
        seen("no text", "POST", "Patient", patient(2), content_type="text/plain"),
        seen("another type", "POST", "Patient", pulse(1)),
        seen("another id", "PUT", "Patient/p2", patient(1, id="p1")),
        seen("not r4", "POST", "Observation", incomplete | {"status": "banana", "colour": 1}),
        seen("stale", "PUT", "Patient/p1", patient(1, id="p1"), if_match='W/"7"'),
        seen("several", "PUT", "Patient?family=Testperson", patient(3)),
        seen("no patch", "PATCH", "Patient/p1", {"resourceType": "Patient"}),
        seen("no such export", "GET", "$export-status/none"),
        seen("undone", "POST", "", bundle("transaction", entry("POST", "Observation", incomplete))),
    ]

    assert [answer.status_code for answer in refused if answer.status_code < 400] == []
    assert {answer.json()["resourceType"] for answer in refused} == {"OperationOutcome"}
    assert len(seen.served) == len(refused)
    assert wrong(hl7, seen) == {}
