"""One suite for both ways to be served: in process through httpx's transport, and on a real socket."""

import asyncio
import gzip
import re
from decimal import Decimal

import httpx
import pytest

from fhir_profiles import fhir_json
from integration import errors
from integration.sandbox import fault_kinds
from integration.sandbox.fault_kinds import Stage
from integration.sandbox.fault_schedule import FaultSchedule
from mappings import sample

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
FHIR = {"Content-Type": "application/fhir+json"}
PATIENT = {"resourceType": "Patient", "name": [{"family": "Probe", "given": ["Una"]}], "birthDate": "1970-01-31"}
IDENTIFIED = PATIENT | {"identifier": [{"system": "urn:oid:2.999.1", "value": "U-1"}]}
WEIGHT = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}]},
    "subject": {"reference": "Patient/una"},
    "valueQuantity": {"value": Decimal("72.50"), "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
}
UNA = PATIENT | {"id": "una"}
ONCE = "identifier=urn:oid:2.999.1|U-1"


def sent(document):
    return {"content": fhir_json.encode(document), "headers": FHIR}


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
    ("POST", "Observation", sent(WEIGHT | {"valueQuantity": {"value": Decimal("73.10")}}), 201),
    ("POST", "Observation", sent(WEIGHT) | {"headers": FHIR | {"Prefer": "return=minimal"}}, 201),
    ("GET", "Observation?subject=Patient/una&_count=2", {}, 200),
    ("GET", "Observation?code=http://loinc.org|29463-7&_include=Observation:subject", {}, 200),
    ("POST", "Observation/_search", {"data": {"subject": "Patient/una", "_summary": "count"}}, 200),
    ("GET", "Observation?colour=blue", {}, 400),
    ("GET", "Patient/una/$everything", {}, 200),
    ("POST", "Patient", sent(IDENTIFIED) | {"headers": FHIR | {"If-None-Exist": ONCE}}, 201),
    ("POST", "Patient", sent(IDENTIFIED) | {"headers": FHIR | {"If-None-Exist": ONCE}}, 200),
    ("PUT", f"Patient?{ONCE}", sent(IDENTIFIED | {"active": "true"}), 422),
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


OF_LENGTH = "truncated"  # where it ends depends on how long the hospital's own address is
ALIKE = [
    kind
    for name, kind in fault_kinds.KINDS.items()
    if not kind.socket and kind.stage is not Stage.HOOK and name != OF_LENGTH
]
QUICK = {"answer-late": {"seconds": 0.05}, "gzip-bomb": {"megabytes": 1}, "huge": {"megabytes": 1}}
TIMES = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
OF_TIME = ("date", "last-modified", "retry-after", "location")
SCRIPT = [
    ("PUT", "Patient/una", sent(UNA)),
    ("POST", "Observation", sent(WEIGHT)),
    ("POST", "Patient", sent(IDENTIFIED) | {"headers": FHIR | {"If-None-Exist": ONCE}}),
    ("POST", "", sent(bundle("batch", ("POST", "Patient", PATIENT), ("POST", "Patient", PATIENT)))),
    ("POST", "", sent(bundle("transaction", ("POST", "Patient", PATIENT), ("POST", "Observation", WEIGHT)))),
    ("GET", "metadata", {}),
    ("GET", "Patient/una", {}),
    ("PUT", "Patient/una", sent(UNA | {"gender": "female"})),
    ("GET", "Patient?_count=2", {}),
    ("GET", "Patient/una", {}),
]


def seen(there, method, target, options):
    """What the client sees, without what only the time and the address make different."""
    try:
        answer = there.client.request(method, target, **options)
        body = answer.content
    except httpx.HTTPError as error:
        return type(error).__name__
    headers = {name: value for name, value in answer.headers.items() if name not in OF_TIME}
    headers["location"] = re.sub(r"^.*/fhir/", "", answer.headers.get("location", ""))
    del headers["server"]
    headers.pop("connection", None)
    if "content-length" in headers:
        headers["content-length"] = "given"  # an address may be longer than another
    return answer.status_code, headers, TIMES.sub(b"", body).replace(there.url.encode(), b"")


def test_every_kind_of_request_gets_its_status(served):
    there = served()

    statuses = [there.client.request(method, target, **options).status_code for method, target, options, _ in REQUESTS]

    assert statuses == [status for *_, status in REQUESTS]


def test_in_process_and_on_a_socket_everything_is_the_same(hospital):
    inside, outside = hospital("open", seed=3), hospital("open", seed=3, socket=True)

    for method, target, options, _ in REQUESTS:
        assert seen(inside, method, target, options) == seen(outside, method, target, options), (method, target)

    assert [(e.method, e.path, e.status) for e in inside.journal] == [
        (e.method, e.path, e.status) for e in outside.journal
    ]


@pytest.mark.parametrize("kind", ALIKE, ids=lambda kind: kind.name)
def test_a_fault_is_the_same_in_process_and_on_a_socket(hospital, kind):
    quick = QUICK.get(kind.name, {})
    told = []
    for socket in (False, True):
        there = hospital("open", seed=5, socket=socket, faults=FaultSchedule.of(kind.name, 5, **quick))
        told.append([seen(there, *request) for request in SCRIPT])
        there.pass_time(10)
        told[-1].append([(entry.method, entry.path, entry.status, entry.fault) for entry in there.journal])

    assert told[0] == told[1]


def test_a_preset_is_the_same_in_process_and_on_a_socket(hospital):
    told = []
    for socket in (False, True):
        there = hospital("open", seed=7, socket=socket, faults="flaky")
        told.append([seen(there, *request) for request in SCRIPT * 4])

    assert told[0] == told[1]
    assert any(isinstance(one, str) or one[0] >= 400 for one in told[0])


def test_the_hospital_goes_on_while_time_passes(served):
    there = served("epic-like", patients=1)
    vital = WEIGHT | {
        "category": [{"coding": [{"system": CATEGORY, "code": "vital-signs"}]}],
        "subject": {"reference": "Patient/sandbox-patient-0001"},
        "encounter": {"reference": "Encounter/sandbox-visit-0001"},
        "effectiveDateTime": "2026-01-05T09:00:00Z",
    }
    asked = "Observation?patient=sandbox-patient-0001&code=29463-7"

    filed = there.client.post("Observation", **sent(vital))
    at_once = there.client.get(asked).json()
    there.pass_time(60)

    assert filed.status_code == 201, filed.text
    assert filed.headers["location"].startswith("Observation/e")
    assert at_once.get("entry", []) == []
    assert len(there.client.get(asked).json()["entry"]) == 1


def test_late_commits_come_without_any_further_request(served):
    there = served(faults="late-commit")

    with pytest.raises(httpx.RemoteProtocolError):
        there.client.put("Patient/una", **sent(UNA))
    before = there.read("Patient", "una")
    there.pass_time(1)

    assert before is None
    assert there.read("Patient", "una")["name"][0]["family"] == "Probe"
    assert [entry.fault for entry in there.journal if entry.method == "PUT"] == ["late-commit"]


def test_everything_carries_the_label_of_test_data(served):
    there = served("hapi-like", patients=2)
    there.client.post("Observation", **sent(WEIGHT | {"subject": {"reference": "Patient/sandbox-patient-0001"}}))

    kept = [*there.arrived("Patient"), *there.arrived("Observation"), *there.arrived("Encounter")]

    assert len(kept) >= 5
    assert all("HTEST" in {label["code"] for label in one["meta"]["security"]} for one in kept)
    answer = there.client.get("metadata")
    assert answer.json()["implementation"]["description"].startswith("TEST")
    assert "TEST" in answer.headers["server"]


def test_a_reset_makes_the_same_history_possible_once_more(served):
    there = served(faults="flaky", seed=9)
    first = [seen(there, *request) for request in SCRIPT * 3]

    there.reset()

    assert [seen(there, *request) for request in SCRIPT * 3] == first


def test_patients_can_be_a_number_a_file_or_documents(served, tmp_path):
    ours = next(one for one in sample.courses(1, 1) if one["kind"] == "patient")
    lines = [fhir_json.encode(one).decode() for one in (ours, UNA)]
    path = tmp_path / "people.ndjson"
    path.write_text("\n".join(lines))

    by_file, by_number = served(patients=path), served(patients=3)

    assert by_file.read("Patient", "una")["birthDate"] == "1970-01-31"
    assert by_file.read("Patient", "sandbox-patient-0001")["birthDate"] == ours["birth_date"]
    assert len(by_number.arrived("Patient")) == 3
    visits = by_number.arrived("Encounter")
    assert {f"sandbox-visit-000{number}" for number in (1, 2, 3)} < {one["id"] for one in visits}
    assert {one["status"] for one in visits} == {"in-progress"}
    assert served(patients=[UNA]).client.get("Patient/una").status_code == 200


def test_a_fault_of_the_line_cannot_be_had_without_a_line(hospital):
    with pytest.raises(errors.UsageError, match="IF-SBX-20"):
        hospital("open", faults="slow-bytes")


def test_faults_that_keep_the_door_shut_are_connection_errors_in_process(hospital):
    for name in ("connection-refused", "name-not-found", "tls-expired"):
        there = hospital("open", faults=name)
        with pytest.raises(httpx.ConnectError):
            there.client.get("metadata")
        assert there.journal == []


def test_a_client_with_less_patience_than_the_answer_takes_gives_up(hospital):
    there = hospital("open", faults="answer-late")
    impatient = there.new_client(timeout=1)

    with pytest.raises(httpx.ReadTimeout):
        impatient.put("Patient/una", **sent(UNA))

    assert there.read("Patient", "una") is not None
    assert there.new_client(timeout=None).get("Patient/una").status_code == 200


def test_hooks_reach_the_subscriber_in_process(hospital):
    there = hospital("open")
    channel = {"type": "rest-hook", "endpoint": "http://127.0.0.1:9/hook", "payload": "application/fhir+json"}
    asked = {"resourceType": "Subscription", "status": "requested", "criteria": "Observation?", "reason": "TEST"}
    there.client.put("Subscription/s", **sent(asked | {"id": "s", "channel": channel}))
    there.pass_time(1)

    there.client.post("Observation", **sent(WEIGHT))
    there.pass_time(1)

    assert [call.url.rpartition("/")[0] for call in there.calls] == ["http://127.0.0.1:9/hook/Observation"]
    there.accepts_calls = False
    there.client.post("Observation", **sent(WEIGHT))
    there.pass_time(1)
    assert there.read("Subscription", "s")["status"] == "error"


def test_asynchronous_clients_get_the_same(hospital):
    there = hospital("open")

    async def ask():
        async with there.new_async_client() as client:
            await client.put("Patient/una", **sent(UNA))
            return (await client.get("Patient/una")).json()["birthDate"]

    assert asyncio.run(ask()) == "1970-01-31"
