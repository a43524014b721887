"""The hospital's own hands and the page for people, the same in process and on a socket."""

import re

import httpx
import pytest

from fhir_profiles import fhir_json
from integration.sandbox.fault_schedule import FaultSchedule

FHIR = {"Content-Type": "application/fhir+json"}
UNA = {"resourceType": "Patient", "id": "una", "name": [{"family": "<b>Probe", "given": ["Una"]}]}
DUNCAN = {"resourceType": "Patient", "id": "duncan", "name": [{"family": "Probe", "given": ["Duncan"]}]}
PULSE = {
    "resourceType": "Observation",
    "id": "pulse",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}]},
    "subject": {"reference": "Patient/una"},
    "valueQuantity": {"value": 71, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
}


def put(there, document):
    place = f"{document['resourceType']}/{document['id']}"
    return there.client.put(place, content=fhir_json.encode(document), headers=FHIR)


@pytest.fixture
def there(served):
    opened = served()
    for document in (UNA, DUNCAN, PULSE):
        assert put(opened, document).status_code == 201
    return opened


def page(there, path=""):
    address = there.url.rpartition("/")[0]
    return there.client.get(f"{address}/{path}")


def test_without_the_token_nothing_is_told_and_nothing_is_done(there):
    root = there.url.rpartition("/")[0]
    for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {there.token}"}):
        for method, path in (("GET", ""), ("GET", "journal"), ("POST", "reset"), ("DELETE", "resource/Patient/una")):
            answer = there.client.request(method, f"{root}/sandbox/{path}", headers=given)
            assert answer.status_code == 401
            assert answer.json()["resourceType"] == "OperationOutcome"

    assert there.read("Patient", "una") is not None


def test_the_state_says_at_a_glance_what_is_there(there):
    state = there.admin("GET", "").json()

    assert state["banner"].startswith("TEST")
    assert state["character"] == "open"
    assert state["counts"] == {"Observation": 1, "Patient": 2}
    assert state["arrived"] == 3
    assert state["faults"] == {"about": state["faults"]["about"], "seed": 0, "kinds": [], "struck": {}}


def test_the_journal_tells_all_that_arrived_in_order_and_in_words(there):
    there.client.get("Patient/nobody")

    entries = there.admin("GET", "journal?after=2").json()

    assert [entry["number"] for entry in entries] == [3, 4]
    assert entries[0]["committed"][0] | {"identifiers": []} == {
        "type": "Observation", "id": "pulse", "version": 1, "how": "PUT", "identifiers": [],
    }  # fmt: skip
    assert entries[0]["words"] == [
        "An Observation “Heart rate” 71 /min of Una <b>Probe was stored as Observation/pulse."
    ]
    assert entries[1]["status"] == 404
    assert entries[1]["words"][0].startswith("The request for Patient/nobody was refused (404): ")
    assert there.admin("GET", "journal?after=-1").status_code == 400


def test_staff_change_delete_and_replace_what_is_there(there):
    edited = there.admin(
        "PATCH", "resource/Observation/pulse", json={"status": "amended", "valueQuantity": {"code": None}}
    )
    assert edited.json()["version"] == 2
    now = there.client.get("Observation/pulse").json()
    assert (now["status"], now["valueQuantity"]["value"], "code" in now["valueQuantity"]) == ("amended", 71, False)

    assert there.admin("PUT", "resource/Patient/duncan", json=DUNCAN | {"active": False}).json()["version"] == 2
    assert there.client.get("Patient/duncan").json()["active"] is False

    assert there.admin("DELETE", "resource/Observation/pulse").json()["deleted"] is True
    assert there.client.get("Observation/pulse").status_code == 410
    versions = there.admin("GET", "resource/Observation/pulse").json()["versions"]
    assert [one["version"] for one in versions] == [1, 2, 3]
    assert [entry.method for entry in there.journal if entry.method == "STAFF"] == ["STAFF"] * 3


def test_staff_merge_two_patients_and_what_referred_to_one_refers_to_the_other(there):
    there.admin("POST", "merge", json={"from": "una", "into": "duncan"})

    assert there.client.get("Patient/una").json()["link"][0]["other"]["reference"] == "Patient/duncan"
    assert there.client.get("Observation/pulse").json()["subject"]["reference"] == "Patient/duncan"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "resource/Patient/nobody", {"active": True}, 404),
        ("PATCH", "resource/Fridge/una", {"active": True}, 404),
        ("PATCH", "resource/Patient/una", {"id": "other"}, 400),
        ("PATCH", "resource/Patient/una", ["no object"], 400),
        ("PUT", "resource/Patient/una", DUNCAN, 400),
        ("POST", "resource/Patient/una", UNA, 405),
        ("DELETE", "resource/Patient/nobody", None, 404),
        ("POST", "merge", {"from": "una"}, 400),
        ("POST", "merge", {"from": "una", "into": "una"}, 400),
        ("POST", "merge", {"from": "una", "into": "nobody"}, 404),
        ("PUT", "faults", {"faults": "anser-lost"}, 400),
        ("PUT", "faults", {"faults": "/etc/passwd.toml"}, 400),
        ("PUT", "faults", {"toml": "[[fault]]\nkind = 'busy'\nshar = 1"}, 400),
        ("POST", "clock", {"seconds": -1}, 400),
        ("POST", "clock", {"seconds": "soon"}, 400),
        ("GET", "nothing/here", None, 404),
    ],
)  # fmt: skip
def test_a_hand_that_slips_is_told_and_changes_nothing(there, method, path, body, status):
    answer = there.admin(method, path, json=body) if body is not None else there.admin(method, path)

    assert answer.status_code == status, answer.text
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert len(there.journal) == 3


def test_a_slip_of_the_pen_is_told_with_the_nearest_name_or_the_line(there):
    slip = there.admin("PUT", "faults", json={"faults": "anser-lost"})
    line = there.admin("PUT", "faults", json={"toml": "[[fault]]\nkind = 'busy'\nshar = 1"})

    assert 'did you mean "answer-lost"' in slip.json()["issue"][0]["diagnostics"]
    assert "line 3" in line.json()["issue"][0]["diagnostics"]


def test_faults_are_switched_while_it_runs_and_counted(there):
    set_ = there.admin("PUT", "faults", json={"faults": "busy", "seed": 4})
    refused = there.client.get("Patient/una")
    told = there.admin("GET", "faults").json()
    there.admin("PUT", "faults", json={"faults": "none"})

    assert set_.json()["kinds"][0]["name"] == "busy"
    assert refused.status_code == 503
    assert told["struck"] == {"busy": 1}
    assert there.client.get("Patient/una").status_code == 200


def test_the_clock_can_be_put_forward_but_not_back(there):
    before = there.now()

    there.admin("POST", "clock", json={"seconds": 3600})

    assert 3600 <= there.now() - before < 3660


def test_certificates_cannot_go_wrong_on_a_hospital_without_any(hospital):
    there = hospital("open", socket=True)

    answer = there.admin("PUT", "faults", json={"faults": "tls-expired"})

    assert answer.status_code == 400
    assert "IF-SBX-27" in answer.text


def test_the_page_shows_in_words_what_arrived_and_what_was_refused(there):
    there.client.post("Patient", content=b"{", headers=FHIR)

    text = page(there).text

    assert "<strong>TEST</strong>" in text
    assert "An Observation “Heart rate” 71 /min of Una &lt;b&gt;Probe was stored as Observation/pulse." in text
    assert "A new Patient was refused (400): " in text
    assert "<b>Probe" not in text
    assert text.index("was refused (400)") < text.index("Observation/pulse")
    assert '<th scope="row">Patient</th><td>2</td>' in text


def test_the_page_loads_nothing_from_elsewhere_and_allows_nothing_else(there):
    answer = page(there)

    links = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert {link for link in links if not link.startswith(("/", there.url, "data:,"))} == set()
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    for path in ("page.css", "page.js"):
        assert page(there, path).status_code == 200
        assert "http" not in page(there, path).text


def test_the_part_that_changes_is_sent_only_when_it_has_changed(there):
    first = page(there, "live")
    same = there.client.get(first.request.url, headers={"If-None-Match": first.headers["etag"]})
    put(there, UNA | {"active": True})
    other = there.client.get(first.request.url, headers={"If-None-Match": first.headers["etag"]})

    assert (first.status_code, same.status_code, other.status_code) == (200, 304, 200)
    assert "now version 2" in other.text


def test_equal_news_is_told_once_and_faults_are_explained(served):
    there = served(faults=FaultSchedule.of("answer-lost", 1, count=0))
    for _ in range(3):
        there.client.get("metadata")

    text = page(there).text

    assert text.count("Somebody asked what this server can do.") == 1
    assert "3 times" in text
    assert "<code>answer-lost</code> done; the connection breaks before one byte of the answer: <strong>never" in text


def test_what_a_fault_refuses_is_told_as_what_it_is(served):
    there = served(faults=FaultSchedule.of("too-many", 1, count=1))
    there.client.post("Observation/_search", data={"status": "final"})
    there.client.post("Observation/_search", data={"status": "final"})

    words = [entry["words"] for entry in there.admin("GET", "journal").json()]

    assert words == [
        ["The search for Observation was refused (429): too many requests",
         "Fault “too-many”: 429 with Retry-After in seconds."],
        ["Somebody searched for Observation."],
    ]  # fmt: skip


def test_a_transaction_of_many_is_told_in_a_few_lines(served):
    there = served()
    entry = {"resource": {"resourceType": "Patient"}, "request": {"method": "POST", "url": "Patient"}}
    bad = {"resource": {"resourceType": "Patient", "active": "no"}, "request": {"method": "POST", "url": "Patient"}}
    whole = {"resourceType": "Bundle", "type": "batch", "entry": [entry] * 8 + [bad] * 2}

    there.client.post("", content=fhir_json.encode(whole), headers=FHIR)

    words = there.admin("GET", "journal").json()[0]["words"]
    assert len(words) == 7
    assert words[5] == "… and 3 more."
    assert words[6].startswith("Refused: ")
    assert words[6].endswith("(2 times)")


def test_who_comes_to_a_wrong_address_is_told_so_and_stands_in_the_journal(served):
    there = served("oracle-like")
    wrong = there.url.replace("5f0c2f61", "00000000")
    said = there.client.post(f"{wrong}/Observation", json={"resourceType": "Observation"})
    told = there.admin("GET", "journal").json()[-1]

    assert said.status_code == 404
    assert said.headers["Date"].endswith("GMT")
    assert (told["method"], told["path"], told["status"]) == ("POST", f"{httpx.URL(wrong).path}/Observation", 404)
    assert "The tenant in the address is not known here" in told["words"][0]
