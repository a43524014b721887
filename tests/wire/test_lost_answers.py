"""What breaks on the way is told apart precisely: nothing handed over, or something handed over and its fate open."""

import gzip
import socket
import tracemalloc
import zlib

import pytest

from integration.hospital import body
from integration.hospital.client import Answer, Fault, FaultKind, NotFhir, Request
from tests.wire.conftest import boot
from tests.wire.server import answering, fhir, head

READ = Request("GET", "metadata")
WRITE = Request("PUT", "Patient/1", b'{"resourceType":"Patient"}', (("If-Match", 'W/"1"'),))
DOCUMENT = b'{"resourceType":"Patient","id":"1"}'


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def after_the_request(*pieces):
    """A script that reads one request, sends these pieces and hangs up."""

    def script(connection):
        connection.read()
        for piece in pieces:
            connection.raw(piece)

    return script


def test_a_refused_connection_is_tried_once_more_and_was_not_sent(connect):
    client = connect(f"http://127.0.0.1:{closed_port()}/fhir")
    outcome = client.send(WRITE)

    assert outcome.kind is FaultKind.NOT_SENT
    assert outcome.code == "IF-NET-02"
    assert len(client.slept) == 1


def test_a_connection_that_comes_up_between_the_two_tries_is_used(serve, connect):
    wire = serve(answering(lambda _: (200, DOCUMENT, {})))
    answers = iter([[], ["127.0.0.1"]])
    url = f"http://localhost:{wire.port}/fhir"
    client = connect(url, resolve=lambda _host, _port: next(answers))

    assert client.send(READ).status == 200
    assert len(wire.requests) == 1


def test_a_second_try_is_not_begun_at_the_deadline(connect):
    client = connect(f"http://127.0.0.1:{closed_port()}/fhir")
    outcome = client.send(WRITE, boot() + 0.15)

    assert outcome.kind is FaultKind.NOT_SENT
    assert client.slept == []


def test_an_unknown_name_was_not_sent(connect):
    def nobody(_host, _port):
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    outcome = connect("https://ehr.example.org/fhir", resolve=nobody).send(WRITE)

    assert outcome.kind is FaultKind.NOT_SENT
    assert outcome.code == "IF-NET-03"


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "0.0.0.0", "::", "fe80::1%eth0", "::ffff:169.254.169.254"],  # noqa: S104 - that is the point
)
def test_a_name_that_leads_to_a_forbidden_address_is_not_connected_to(connect, address):
    outcome = connect("https://ehr.example.org/fhir", resolve=lambda _host, _port: [address]).send(WRITE)

    assert outcome.kind is FaultKind.NOT_SENT
    assert "not allowed" in outcome.says


def test_localhost_is_this_machine_or_nothing(connect):
    outcome = connect("http://localhost:80/fhir", resolve=lambda _host, _port: ["192.0.2.1"]).send(WRITE)

    assert outcome.kind is FaultKind.NOT_SENT


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (head(200, length=100),),
        (head(200, length=len(DOCUMENT) + 1), DOCUMENT),
        (head(200, Transfer_Encoding="chunked"), b"%x\r\n" % len(DOCUMENT), DOCUMENT),
        (head(200, Transfer_Encoding="chunked"), b"%x\r\n" % len(DOCUMENT), DOCUMENT, b"\r\n"),
        (b"HTTP/1.1 200 O",),
        (b"SSH-2.0-OpenSSH_9.2\r\n",),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n",),
        (head(200, length=1, Content_Encoding="br"), b"x"),
        (head(200, length=9, Content_Encoding="gzip"), b"not gzip!"),
        (head(200, length=20, Content_Encoding="gzip"), gzip.compress(DOCUMENT)[:20]),
        (head(200, X="y" * 200_000),),
    ],
    ids=["nothing", "head only", "short", "chunk only", "no last chunk", "half a head", "another protocol",
         "another protocol asked for", "unknown packing", "not packed", "packed and cut", "huge head"],
)  # fmt: skip
def test_a_cut_or_senseless_answer_leaves_the_fate_open(serve, connect, pieces):
    wire = serve(after_the_request(*pieces))
    client = connect(wire.url)
    outcome = client.send(WRITE)

    assert isinstance(outcome, Fault)
    assert outcome.kind is FaultKind.CUT
    assert outcome.code in ("IF-NET-04", "IF-NET-11")
    assert client.slept == []
    assert len(wire.requests) == 1


def test_a_reset_in_the_middle_of_the_request_leaves_the_fate_open(serve, connect):
    def hang_up(connection):
        connection._more()
        connection.reset()

    wire = serve(hang_up)
    outcome = connect(wire.url).send(Request("POST", "", b" " * 30_000_000))

    assert outcome.kind is FaultKind.CUT
    assert wire.connections == 1


def test_a_refusal_before_the_whole_request_was_read_is_an_answer(serve, connect):
    def too_large(connection):
        connection._more()
        connection.answer(413, b"{}", Connection="close")
        while connection._more():
            pass

    outcome = connect(serve(too_large).url).send(Request("POST", "", b" " * 3_000_000))

    assert outcome.status == 413


def test_a_success_before_the_whole_request_was_read_proves_nothing(serve, connect):
    def hasty(connection):
        connection._more()
        connection.answer(200, DOCUMENT)
        connection.reset()

    outcome = connect(serve(hasty).url).send(Request("POST", "", b" " * 30_000_000))

    assert outcome.kind is FaultKind.CUT


def test_a_kept_connection_that_closes_under_the_next_request_leaves_its_fate_open(serve, connect):
    def one_answer_only(connection):
        connection.read()
        connection.answer(200, DOCUMENT)
        connection.read()

    wire = serve(one_answer_only)
    client = connect(wire.url)
    first, second = client.send(WRITE), client.send(WRITE)

    assert isinstance(first, Answer)
    assert second.kind is FaultKind.CUT
    assert (wire.connections, len(wire.requests)) == (1, 2)


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_connection_that_was_closed_while_idle_is_not_used_again(serve, connect, how):
    def hang_up_after(connection):
        connection.read()
        connection.answer(200, DOCUMENT)
        if how == "reset":
            connection.reset()

    wire = serve(hang_up_after)
    client = connect(wire.url)
    first = client.send(WRITE)
    wire.finish()
    second = client.send(WRITE)

    assert (first.status, second.status) == (200, 200)
    assert wire.connections == 2


def test_requests_share_a_connection(serve, connect):
    wire = serve(answering(lambda _: (200, DOCUMENT, {})))
    client = connect(wire.url)
    for _ in range(5):
        client.send(READ)

    assert (wire.connections, len(wire.requests)) == (1, 5)


@pytest.mark.parametrize(
    "packed", [gzip.compress(DOCUMENT), gzip.compress(DOCUMENT[:10]) + gzip.compress(DOCUMENT[10:]), DOCUMENT]
)
def test_a_packed_answer_is_unpacked(serve, connect, packed):
    headers = {} if packed is DOCUMENT else {"Content_Encoding": "gzip"}
    wire = serve(answering(lambda _: (200, packed, headers)))
    answer = connect(wire.url).send(READ)

    assert answer.body == DOCUMENT
    assert wire.requests[0].headers["accept-encoding"] == "gzip"


def test_an_answer_that_unpacks_without_measure_is_stopped_while_it_grows(serve, connect):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(10_000_000)
    bomb = b"".join(packer.compress(zeros) for _ in range(20)) + packer.flush()  # 200 MB in 200 KB
    client = connect(serve(answering(lambda _: (200, bomb, {"Content_Encoding": "gzip"}))).url)
    tracemalloc.start()
    outcome = client.send(READ)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert outcome.kind is FaultKind.CUT
    assert outcome.code == "IF-NET-11"
    assert peak < 80_000_000


def test_an_answer_without_end_is_stopped_at_the_cap(serve, connect):
    def endless(connection):
        connection.read()
        connection.raw(head(200, Transfer_Encoding="chunked"))
        while True:
            connection.raw(b"100000\r\n" + bytes(0x100000) + b"\r\n")

    outcome = connect(serve(endless).url).send(READ)

    assert outcome.code == "IF-NET-11"


def test_many_empty_gzip_parts_are_stopped_too():
    with pytest.raises(body.BodyError):
        body.read([gzip.compress(b"")] * 1000, "gzip", cap=10_000)


def test_a_status_that_is_no_success_is_an_answer(serve, connect):
    wire = serve(answering(lambda _: fhir({"resourceType": "OperationOutcome"}, 422)))
    answer = connect(wire.url).send(WRITE)

    assert answer.status == 422
    assert answer.json() == {"resourceType": "OperationOutcome"}


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_body_is_an_answer(serve, connect, status):
    answer = connect(serve(after_the_request(head(status, ETag='W/"3"', Content_Encoding="gzip"))).url).send(WRITE)

    assert (answer.status, answer.body, answer.headers["etag"]) == (status, b"", 'W/"3"')


@pytest.mark.parametrize(
    ("media", "content", "code"),
    [
        ("text/html", b"<!DOCTYPE html><html><title>Sign in</title>", "IF-HOS-01"),
        ("application/fhir+json", b"<html></html>", "IF-HOS-01"),
        ("application/fhir+xml", b'<Patient xmlns="http://hl7.org/fhir"/>', "IF-HOS-02"),
        ("application/fhir+json", b"", "IF-HOS-02"),
        ("application/fhir+json", DOCUMENT[:-3], "IF-HOS-02"),
        ("application/fhir+json", b"\xef\xbb\xbf" + DOCUMENT, "IF-HOS-02"),
        ("application/fhir+json", b'{"resourceType":"Patient","a":1,"a":2}', "IF-HOS-02"),
        ("application/fhir+json", b'{"resourceType":"Patient","a":NaN}', "IF-HOS-02"),
        ("application/fhir+json", b'{"resourceType":"Patient","a":"\\ud800"}', "IF-HOS-02"),
        ("application/fhir+json", b'{"resourceType":"Patient","a":"\xff"}', "IF-HOS-02"),
        ("application/fhir+json", b'{"resourceType":"Patient","a":' + b"9" * 5000 + b"}", "IF-HOS-02"),
        ("application/fhir+json", b'{"resourceType":"Patient","a":' + b"[" * 2000 + b"]" * 2000 + b"}", "IF-HOS-02"),
        ("application/json", b"[]", "IF-HOS-02"),
        ("application/json", b'{"error":"no"}', "IF-HOS-02"),
    ],
)
def test_what_is_no_exact_fhir_json_is_named_and_never_quoted(media, content, code):
    with pytest.raises(NotFhir) as caught:
        Answer(200, {"content-type": media}, content).json()

    assert caught.value.code == code
    assert "Patient" not in str(caught.value)
    assert "Sign in" not in str(caught.value)


def test_numbers_of_an_answer_keep_their_digits():
    answer = Answer(200, {}, b'{"resourceType":"Observation","valueQuantity":{"value":72.50}}')

    assert str(answer.json()["valueQuantity"]["value"]) == "72.50"
