"""What only a real socket shows: lines that break, crawl and lie, doors that stay shut, and clients without manners."""

import http.server
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from fhir_profiles import fhir_json
from integration.sandbox.fault_schedule import FaultSchedule

FHIR = {"Content-Type": "application/fhir+json"}
PATIENT = {"resourceType": "Patient", "id": "una", "name": [{"family": "Probe"}]}
BODY = fhir_json.encode(PATIENT)


@pytest.fixture
def on_socket(hospital):
    def open_one(fault=None, character="open", **settings):
        faults = "none" if fault is None else FaultSchedule.of(fault, 1, **settings)
        return hospital(character, faults=faults, socket=True)

    return open_one


def put(there, **options):
    return there.client.put("Patient/una", content=BODY, headers=FHIR, **options)


def back(there):
    """The first answer after a while without any."""
    for _ in range(500):
        try:
            return there.client.get("Patient/una")
        except httpx.ConnectError:
            threading.Event().wait(0.01)
    return there.client.get("Patient/una")


def raw(there, *pieces):
    """What comes back for bytes as they are, until the hospital has had enough."""
    with socket.create_connection(("127.0.0.1", there.server.port), timeout=5) as line:
        for piece in pieces:
            line.sendall(piece)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while part := line.recv(65_536):
            answer += part
    return answer


@pytest.mark.parametrize("fault", ["body-cut", "length-too-long", "half-closed"])
def test_a_body_that_breaks_off_is_no_answer_and_yet_it_is_done(on_socket, fault):
    there = on_socket(fault, count=1, on=("write",))

    with pytest.raises(httpx.RemoteProtocolError):
        put(there, timeout=5)

    assert there.read("Patient", "una")["name"] == PATIENT["name"]
    assert there.journal[0].fault == fault
    assert there.client.get("Patient/una").status_code == 200


def test_a_length_that_is_too_short_cuts_the_json(on_socket):
    there = on_socket("length-too-short", count=1, on=("read",))
    whole = put(there).content

    short = there.client.get("Patient/una")

    assert short.content == whole[:-8]
    with there.new_client() as other:  # what was left over has spoilt the first one's connection
        assert other.get("Patient/una").content == whole


def test_slow_bytes_come_one_by_one(on_socket):
    there = on_socket("slow-bytes", count=1, seconds=0.001)
    began = time.monotonic()

    with there.client.stream("GET", "Patient/nobody") as answer:
        pieces = list(answer.iter_raw())

    assert len(pieces) > 20
    assert time.monotonic() - began > 0.001 * sum(map(len, pieces))


def test_a_crawling_line_ends_with_the_hospital(on_socket):
    there = on_socket("slow-bytes", seconds=30.0)
    before = threading.active_count()

    with pytest.raises(httpx.ReadTimeout):
        there.client.get("metadata", timeout=0.2)
    began = time.monotonic()
    there.close()

    assert time.monotonic() - began < 5
    assert threading.active_count() < before


def test_a_reset_in_the_middle_of_a_request_leaves_nothing_behind(on_socket):
    there = on_socket("reset-mid-request", count=1)

    with pytest.raises((httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)):
        put(there)

    assert there.read("Patient", "una") is None
    assert [(entry.fault, entry.status) for entry in there.journal] == [("reset-mid-request", 0)]
    assert put(there).status_code == 201


def test_a_line_that_is_reset_at_the_door_is_not_in_the_journal(on_socket):
    there = on_socket("connection-reset", count=1)

    with pytest.raises(httpx.NetworkError):
        put(there)

    assert there.journal == []
    assert there.struck == {"connection-reset": 1}
    assert put(there).status_code == 201


def test_where_nobody_listens_no_connection_is_made_until_somebody_does(on_socket):
    there = on_socket("connection-refused", count=1)

    with pytest.raises(httpx.ConnectError):
        put(there)

    assert there.journal == []
    assert back(there).status_code == 404
    assert there.struck == {"connection-refused": 1}


def test_an_outage_shuts_out_the_lines_that_were_open(on_socket):
    there = on_socket("connection-refused", **{"from": 100.0, "until": 200.0})
    assert put(there).status_code == 201

    there.pass_time(120)
    with pytest.raises((httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError)):
        for _ in range(100):
            there.client.get("Patient/una")
            threading.Event().wait(0.01)
    there.pass_time(100)

    assert back(there).status_code == 200


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("tls-expired", "certificate has expired"),
        ("tls-wrong-name", "mismatch"),
        ("tls-unknown-issuer", "unable to get local issuer"),
        ("tls-too-old", "PROTOCOL_VERSION"),
    ],
)
def test_a_certificate_that_does_not_hold_stops_the_client_before_it_sends(on_socket, fault, says):
    there = on_socket(fault, count=1)
    assert there.url.startswith("https://127.0.0.1:")

    with pytest.raises(httpx.ConnectError, match=f"(?i){says}"):
        put(there)

    assert there.journal == []
    assert put(there).status_code == 201


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"400"),
        (b"HELO hospital\r\n\r\n", b"400"),
        (b"GET /fhir/Patient HTTP/9.9\r\n\r\n", b"400"),
        (b"GET /fhir/Patient HTTP/1.1\r\nno colon here\r\n\r\n", b"400"),
        (b"GET /fhir/Patient HTTP/1.1\r\nBad Name: x\r\n\r\n", b"400"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET /fhir/Patient HTTP/1.1\r\n" + b"A: b\r\n" * 300 + b"\r\n", b"431"),
        (b"POST /fhir/Patient HTTP/1.1\r\nContent-Length: -5\r\n\r\n{}", b"400"),
        (b"POST /fhir/Patient HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n{}", b"413"),
        (b"POST /fhir/Patient HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", b"400"),
        (b"POST /fhir/Patient HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", b"400"),
        (b"GET /fhir/%zz%00%ff/..//../ HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
        (b"GET http://[::1/other HTTP/1.1\r\nHost: [\r\n\r\n", b"404"),
        (b"GET nowhere HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /sandbox/journal HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \xff\r\n\r\n", b"401"),
    ],
)
def test_nonsense_is_refused_in_the_form_of_fhir_and_the_hospital_goes_on(on_socket, sent, status):
    there = on_socket()

    answer = raw(there, sent)

    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
    assert fhir_json.loads(answer.partition(b"\r\n\r\n")[2])["resourceType"] == "OperationOutcome"
    assert put(there).status_code == 201


@pytest.mark.parametrize("sent", [b"", b"GET", b"PUT /fhir/Patient/una HTTP/1.1\r\nContent-Length: 500\r\n\r\n" + BODY])
def test_a_client_that_goes_away_in_the_middle_changes_nothing(on_socket, sent):
    there = on_socket()

    raw(there, sent)

    assert there.journal == []
    assert put(there).status_code == 201


def test_a_body_may_come_in_chunks_and_only_when_it_is_asked_for(on_socket):
    there = on_socket()
    head = b"PUT /fhir/Patient/una HTTP/1.1\r\nContent-Type: application/fhir+json\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(BODY[n : n + 7]), BODY[n : n + 7]) for n in range(0, len(BODY), 7))
    asked = head + b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"

    answer = raw(there, asked, chunks + b"0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created")
    assert there.read("Patient", "una")["name"] == PATIENT["name"]


def test_requests_may_follow_each_other_before_the_first_is_answered(on_socket):
    there = on_socket()
    asked = b"GET /fhir/Patient/nobody HTTP/1.1\r\nHost: localhost\r\n\r\n"

    answer = raw(there, asked * 3)

    assert answer.count(b"HTTP/1.1 404 Not Found") == 3


def test_many_clients_at_once_lose_nothing(on_socket):
    there = on_socket()

    def work(number):
        with there.new_client() as client:
            made = [client.post("Patient", json={"resourceType": "Patient"}) for _ in range(15)]
            return [answer.json()["id"] for answer in made]

    with ThreadPoolExecutor(8) as pool:
        ids = [one for found in pool.map(work, range(8)) for one in found]

    assert len(set(ids)) == 120
    assert {one["id"] for one in there.arrived("Patient")} == set(ids)
    assert [entry.number for entry in there.journal] == list(range(1, 121))


def test_it_listens_on_this_machine_only(on_socket):
    there = on_socket()

    assert there.server._listener.getsockname()[0] == "127.0.0.1"
    answer = raw(there, b"GET / HTTP/1.1\r\nHost: ehr.elsewhere.example\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 421")


class _Subscriber(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.heard.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.server.rang.set()

    def log_message(self, *_):
        pass


def test_hooks_are_called_on_this_machine_and_nowhere_else(on_socket):
    there = on_socket()
    with http.server.HTTPServer(("127.0.0.1", 0), _Subscriber) as subscriber:
        subscriber.heard, subscriber.rang = [], threading.Event()
        threading.Thread(target=subscriber.serve_forever, args=(0.01,), daemon=True).start()
        for name, host in (("here", f"127.0.0.1:{subscriber.server_port}"), ("away", "hook.elsewhere.invalid")):
            channel = {"type": "rest-hook", "endpoint": f"http://{host}/hook", "payload": "application/fhir+json"}
            asked = {"resourceType": "Subscription", "id": name, "status": "requested", "reason": "TEST"}
            whole = asked | {"criteria": "Patient?", "channel": channel}
            there.client.put(f"Subscription/{name}", content=fhir_json.encode(whole), headers=FHIR)
        there.pass_time(1)

        put(there)

        assert subscriber.rang.wait(5)
        subscriber.shutdown()
    for _ in range(500):
        if there.read("Subscription", "away")["status"] == "error":
            break
        threading.Event().wait(0.01)
    assert subscriber.heard == ["/hook/Patient/una"]
    assert there.read("Subscription", "away")["status"] == "error"
    assert there.read("Subscription", "here")["status"] == "active"
