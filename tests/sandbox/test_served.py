"""One suite for both ways to be served: in process through httpx's transport, and on a real socket."""

import gzip

import pytest

from fhir_profiles import fhir_json

FHIR = {"Content-Type": "application/fhir+json"}
PATIENT = {"resourceType": "Patient", "name": [{"family": "Probe", "given": ["Una"]}], "birthDate": "1970-01-31"}
IDENTIFIED = PATIENT | {"identifier": [{"system": "urn:oid:2.999.1", "value": "U-1"}]}
WEIGHT = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}]},
    "subject": {"reference": "Patient/una"},
    "valueQuantity": {"value": 72.50, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
}
UNA = PATIENT | {"id": "una"}


def sent(document):
    return {"content": fhir_json.encode(fhir_json.loads(str(document).replace("'", '"'))), "headers": FHIR}


def bundle(kind, *entries):
    asked = [{"resource": resource, "request": {"method": method, "url": url}} for method, url, resource in entries]
    return {"resourceType": "Bundle", "type": kind, "entry": asked}


REQUESTS = [
    ("GET", "metadata", {}, 200),
    ("GET", ".well-known/smart-configuration", {}, 404),
    ("PUT", "Patient/una", sent(UNA), 201),
    ("PUT", "Patient/una", sent(UNA | {"active": "yes"}), 422),
    ("GET", "Patient/una", {}, 200),
    ("HEAD", "Patient/una", {}, 200),
    ("GET", "Patient/una", {"headers": {"If-None-Match": 'W/"1"'}}, 304),
    ("GET", "Patient/nobody", {}, 404),
    ("PUT", "Patient/una", sent(UNA | {"gender": "female"}) | {"headers": FHIR | {"If-Match": 'W/"1"'}}, 200),
    ("PUT", "Patient/una", sent(UNA | {"gender": "male"}) | {"headers": FHIR | {"If-Match": 'W/"1"'}}, 412),
    ("GET", "Patient/una/_history", {}, 200),
    ("GET", "Patient/una/_history/1", {}, 200),
    ("GET", "Patient/una/_history/9", {}, 404),
    ("POST", "Observation", sent(WEIGHT), 201),
    ("POST", "Observation", sent(WEIGHT | {"valueQuantity": {"value": 73.10}}), 201),
    ("POST", "Observation", sent(WEIGHT) | {"headers": FHIR | {"Prefer": "return=minimal"}}, 201),
    ("GET", "Observation?subject=Patient/una&_count=2", {}, 200),
    ("GET", "Observation?code=http://loinc.org|29463-7&_include=Observation:subject", {}, 200),
    ("POST", "Observation/_search", {"data": {"subject": "Patient/una", "_summary": "count"}}, 200),
    ("GET", "Observation?colour=blue", {}, 400),
    ("GET", "Patient/una/$everything", {}, 200),
    ("POST", "Patient", sent(IDENTIFIED) | {"headers": FHIR | {"If-None-Exist": "identifier=urn:oid:2.999.1|U-1"}}, 201),
    ("POST", "Patient", sent(IDENTIFIED) | {"headers": FHIR | {"If-None-Exist": "identifier=urn:oid:2.999.1|U-1"}}, 200),
    ("PUT", "Patient?identifier=urn:oid:2.999.1|U-1", sent(IDENTIFIED | {"active": "true"}), 422),
    ("POST", "", sent(bundle("batch", ("POST", "Patient", PATIENT), ("GET", "Patient/x", {}))), 200),
    ("POST", "", sent(bundle("transaction", ("POST", "Patient", PATIENT), ("POST", "Nothing", PATIENT))), 404),
    ("POST", "", sent(PATIENT), 400),
    ("DELETE", "Patient/una", {}, 200),
    ("GET", "Patient/una", {}, 410),
    ("POST", "Patient", {"content": b"{", "headers": FHIR}, 400),
    ("POST", "Patient", {"content": b"", "headers": FHIR}, 400),
    ("POST", "Patient", {"content": b"<Patient/>", "headers": {"Content-Type": "application/fhir+xml"}}, 415),
    ("POST", "Patient", {"content": gzip.compress(b"[" * 100), "headers": FHIR | {"Content-Encoding": "gzip"}}, 400),
    ("POST", "Patient", {"content": b"no gzip", "headers": FHIR | {"Content-Encoding": "gzip"}}, 400),
    ("POST", "Patient", {"content": b"?", "headers": FHIR | {"Content-Encoding": "br"}}, 415),
    ("POST", "Patient", sent(PATIENT) | {"content": gzip.compress(fhir_json.encode(PATIENT)),
                                         "headers": FHIR | {"Content-Encoding": "gzip"}}, 201),
    ("GET", "Patient", {"headers": {"Accept": "application/fhir+xml"}}, 406),
    ("PATCH", "Patient/una", sent(PATIENT), 405),
    ("BREW", "Patient", {}, 405),
    ("GET", "Fridge", {}, 404),
    ("GET", "Patient//", {}, 200),
    ("GET", "../other/Patient", {}, 404),
]  # fmt: skip


@pytest.mark.parametrize(("method", "target", "options", "status"), REQUESTS)
def test_every_kind_of_request_gets_its_status(served, method, target, options, status):
    there = served()
    for earlier in REQUESTS[: REQUESTS.index((method, target, options, status))]:
        if earlier[0] != "GET":
            there.client.request(*earlier[:2], **earlier[2])

    answer = there.client.request(method, target, **options)

    assert answer.status_code == status, answer.text
