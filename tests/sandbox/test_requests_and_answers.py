"""A table of requests, each to a hospital that holds one Patient (two versions), one Observation and a deleted one."""

import pytest

from integration.sandbox import character_file
from tests.sandbox.asking import Asked, bundle, entry, patient, pulse

MADE = '{"resourceType":"Patient","active":true}'
P1 = patient(id="p1")
TABLE = [
    # what is asked, with what, in which headers; the status; the code of the issue or a header that must be there
    ("GET", "metadata", None, {}, 200, ""),
    ("GET", "Patient/p1", None, {}, 200, "ETag"),
    ("HEAD", "Patient/p1", None, {}, 200, "ETag"),
    ("GET", "Patient/p1?_format=json", None, {}, 200, ""),
    ("GET", "Patient/p1", None, {"if_none_match": 'W/"2"'}, 304, "ETag"),
    ("GET", "Patient/p1", None, {"if_none_match": 'W/"1"'}, 200, ""),
    ("GET", "Patient/p1", None, {"if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304, ""),
    ("GET", "Patient/p1", None, {"if_modified_since": "no date"}, 200, ""),
    ("GET", "Patient/nobody", None, {}, 404, "not-found"),
    ("GET", "Patient/gone", None, {}, 410, "deleted"),
    ("GET", "Nonsense/1", None, {}, 404, "not-supported"),
    ("GET", "patient/1", None, {}, 404, "not-supported"),
    ("GET", "no/such/address/at/all", None, {}, 404, "not-supported"),
    ("GET", "Patient/p1/$nothing", None, {}, 404, "not-found"),
    ("GET", "Patient//p1", None, {}, 404, "not-found"),
    ("GET", "", None, {}, 405, "not-supported"),
    ("GET", "Patient/p1", None, {"accept": "application/fhir+xml"}, 406, "not-supported"),
    ("GET", "Patient/p1?_format=xml", None, {}, 406, "not-supported"),
    ("GET", "Patient/p1/_history/1", None, {}, 200, ""),
    ("GET", "Patient/p1/_history/3", None, {}, 404, "not-found"),
    ("GET", "Patient/gone/_history/2", None, {}, 410, "deleted"),
    ("GET", "Patient/p1/_history", None, {}, 200, ""),
    ("GET", "Patient/nobody/_history", None, {}, 404, "not-found"),
    ("GET", "Patient/p1/_history?_since=yesterday", None, {}, 400, "value"),
    ("GET", "Patient/_history", None, {}, 200, ""),
    ("GET", "_history", None, {}, 200, ""),
    ("GET", "Patient?birthdate=1980", None, {}, 200, ""),
    ("GET", "Patient?birthdate=soon", None, {}, 400, "value"),
    ("GET", "Patient?shoe-size=44", None, {}, 400, "not-supported"),
    ("GET", "Patient?shoe-size=44", None, {"prefer": "handling=lenient"}, 200, ""),
    ("GET", "Patient?_count=many", None, {}, 400, "value"),
    ("GET", "Patient?_sort=shoe-size", None, {}, 400, "value"),
    ("GET", "Patient?_include=Patient", None, {}, 400, "value"),
    ("GET", "Patient?name:sounds-like=x", None, {}, 400, "value"),
    ("GET", "?_getpages=0123&_getpagesoffset=20", None, {}, 410, "expired"),
    ("PATCH", "Patient/p1", "[]", {}, 405, "not-supported"),
    ("BREW", "Patient/p1", None, {}, 405, "not-supported"),
    ("POST", "Patient", MADE, {}, 201, "Location"),
    ("POST", "Patient", MADE, {"content_type": "application/json"}, 201, "ETag"),
    ("POST", "Patient", MADE, {"content_type": "application/fhir+xml"}, 415, "not-supported"),
    ("POST", "Patient", "", {}, 400, "structure"),
    ("POST", "Patient", '{"resourceType":"Patient"', {}, 400, "structure"),
    ("POST", "Patient", '{"resourceType":"Patient","active":true,"active":false}', {}, 400, "structure"),
    ("POST", "Patient", "[1]", {}, 400, "structure"),
    ("POST", "Patient", '{"active":true}', {}, 400, "structure"),
    ("POST", "Patient", '{"resourceType":"Observation","status":"final"}', {}, 400, "invalid"),
    ("POST", "Patient", '{"resourceType":"Patient","gender":"banana"}', {}, 422, "code-invalid"),
    ("POST", "Patient", '{"resourceType":"Patient","shoeSize":44}', {}, 422, "structure"),
    ("POST", "Nonsense", '{"resourceType":"Nonsense"}', {}, 404, "not-supported"),
    ("POST", "Patient/p1", MADE, {}, 405, "not-supported"),
    ("POST", "Patient", MADE, {"if_none_exist": "identifier=urn:clinic:patient|P-1"}, 200, "Location"),
    ("POST", "Patient", MADE, {"if_none_exist": "identifier=urn:clinic:patient|P-9"}, 201, "Location"),
    ("POST", "Patient", MADE, {"if_none_exist": "shoe-size=44"}, 400, "not-supported"),
    ("POST", "Patient", MADE, {"if_none_exist": ""}, 400, "value"),
    ("PUT", "Patient/p1", P1, {}, 200, "ETag"),
    ("PUT", "Patient/p1", P1, {"if_match": 'W/"2"'}, 200, "ETag"),
    ("PUT", "Patient/p1", P1, {"if_match": 'W/"1"'}, 412, "conflict"),
    ("PUT", "Patient/p1", P1, {"if_none_match": "*"}, 412, "duplicate"),
    ("PUT", "Patient/p2", patient(2, id="p2"), {}, 201, "Location"),
    ("PUT", "Patient/p2", patient(2, id="p2"), {"if_match": 'W/"1"'}, 412, "conflict"),
    ("PUT", "Patient/p2", patient(2, id="p3"), {}, 400, "value"),
    ("PUT", "Patient/p2", patient(2), {}, 400, "required"),
    ("PUT", "Patient/p_2", patient(2, id="p_2"), {}, 400, "value"),
    ("PUT", "Patient/gone", patient(2, id="gone"), {}, 201, "Location"),
    ("PUT", "Patient?identifier=urn:clinic:patient|P-1", patient(), {}, 200, "ETag"),
    ("PUT", "Patient?identifier=urn:clinic:patient|P-9", patient(9), {}, 201, "Location"),
    ("PUT", "Patient?identifier=urn:clinic:patient|P-1", patient(id="other"), {}, 400, "value"),
    ("DELETE", "Patient/p1", None, {}, 200, ""),
    ("DELETE", "Patient/nobody", None, {}, 200, "not-found"),
    ("DELETE", "Patient/p1", None, {"if_match": 'W/"1"'}, 412, "conflict"),
    ("DELETE", "Patient?identifier=urn:clinic:patient|P-1", None, {}, 200, ""),
    ("DELETE", "Patient?identifier=urn:clinic:patient|P-9", None, {}, 200, "not-found"),
    ("DELETE", "Patient?_count=1", None, {}, 400, "value"),
    ("POST", "", P1, {}, 400, "invalid"),
    ("POST", "", bundle("collection"), {}, 400, "structure"),
    ("POST", "", bundle("batch", entry("GET", "Patient/p1")), {}, 200, ""),
    ("POST", "", bundle("transaction", entry("GET", "Patient/nobody")), {}, 404, "not-found"),
    ("POST", "", bundle("transaction", entry("PATCH", "Patient/p1")), {}, 400, "structure"),
    ("POST", "", bundle("transaction", entry("PUT", "Patient/p1")), {}, 400, "structure"),
    ("POST", "", '{"resourceType":"Bundle","type":"batch","entry":7}', {}, 400, "structure"),
    ("POST", "Patient/$match", '{"resourceType":"Parameters"}', {}, 422, "invalid"),
    ("GET", "Patient/p1/$everything", None, {}, 200, ""),
    ("GET", "Patient/nobody/$everything", None, {}, 404, "not-found"),
    ("GET", "Observation/o1/$everything", None, {}, 405, "not-supported"),
    ("GET", "$export", None, {}, 400, "value"),
    ("GET", "$export", None, {"prefer": "respond-async"}, 202, "Content-Location"),
    ("GET", "$export?_type=Nonsense", None, {"prefer": "respond-async"}, 400, "value"),
    ("GET", "$export-status/none", None, {}, 404, "not-found"),
]


@pytest.fixture(params=["the open character", "no character file"])
def ask(request):
    asked = Asked(character_file.load("open") if request.param == "the open character" else None)
    asked("PUT", "Patient/p1", patient(id="p1", active=False))
    asked("PUT", "Patient/p1", P1)
    asked("PUT", "Observation/o1", pulse(id="o1"))
    asked("PUT", "Patient/gone", patient(3, id="gone"))
    asked("DELETE", "Patient/gone")
    return asked


@pytest.mark.parametrize(
    ("method", "target", "body", "headers", "status", "tells"),
    TABLE,
    ids=[f"{row[0]} {row[1] or 'base'} {row[4]} {number}" for number, row in enumerate(TABLE)],
)
def test_each_request_has_its_answer(ask, method, target, body, headers, status, tells):
    before = ask.hospital.store.mark()
    said = ask(method, target, body.encode() if isinstance(body, str) else body, **headers)

    assert (said.status, said.response.body[:300] if said.status != status else b"") == (status, b"")
    if tells[:1].isupper():
        assert said.headers[tells]
    elif tells:
        assert said.issue == tells
    if said.status >= 400:
        assert said.json["resourceType"] == "OperationOutcome"
        assert ask.hospital.store.mark() == before


def test_an_unknown_query_in_an_address_of_one_resource_changes_nothing(ask):
    assert ask("GET", "Patient/p1?anything=1").status == 200
