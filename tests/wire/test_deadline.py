"""The whole request has one deadline, kept at the socket, by a clock that runs on while the machine sleeps."""

import threading

import pytest

from integration.hospital.client import Answer, Fault, FaultKind, Request
from integration.hospital.deadline import Deadline, DeadlinePassed, Exchange, TimedBackend
from integration.hospital.url_guard import parse_base
from tests.wire.conftest import boot
from tests.wire.server import answering, fhir, head

READ = Request("GET", "metadata")
WRITE = Request("POST", "", b'{"resourceType":"Bundle"}')
SOON = 0.4


class Clock:
    """A clock that the test moves."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize("drip", [head(200, length=9000) + b"x" * 9000, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 9000])
def test_a_server_that_sends_a_byte_now_and_then_does_not_outlive_the_deadline(serve, connect, drip):
    def slow(connection):
        connection.read()
        connection.drip(drip)

    began = boot()
    outcome = connect(serve(slow).url).send(WRITE, began + SOON)

    assert isinstance(outcome, Fault)
    assert outcome.kind is FaultKind.CUT
    assert outcome.code == "IF-NET-04"
    assert SOON <= boot() - began < SOON + 1


def test_endless_interim_answers_end_at_the_deadline(serve, connect):
    def endless(connection):
        connection.read()
        while not connection.wire.over.is_set():
            connection.raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)

    began = boot()
    outcome = connect(serve(endless).url).send(READ, began + SOON)

    assert outcome.kind is FaultKind.CUT
    assert boot() - began < SOON + 1


def test_a_server_that_does_not_read_a_large_request_leaves_its_fate_open_at_the_deadline(serve, connect):
    wire = serve(lambda connection: connection.wire.over.wait())
    began = boot()
    outcome = connect(wire.url).send(Request("POST", "", b" " * 40_000_000), began + SOON)

    assert outcome.kind is FaultKind.CUT
    assert boot() - began < SOON + 1


def test_a_server_that_never_finishes_the_tls_handshake_was_sent_nothing(serve, connect):
    wire = serve(lambda connection: connection.wire.over.wait())
    outcome = connect(wire.url.replace("http:", "https:")).send(WRITE, boot() + SOON)

    assert outcome.kind is FaultKind.NOT_SENT
    assert wire.requests == []


def test_a_deadline_that_is_past_sends_nothing_and_does_not_even_connect(serve, connect):
    wire = serve(answering(lambda _: fhir({"resourceType": "Bundle"})))
    outcome = connect(wire.url).send(WRITE, boot() - 0.001)

    assert outcome.kind is FaultKind.NOT_SENT
    assert outcome.code == "IF-NET-13"
    assert wire.connections == 0


def test_a_deadline_that_is_past_sends_nothing_on_a_kept_connection_either(serve, connect):
    wire = serve(answering(lambda _: fhir({"resourceType": "Bundle"})))
    client = connect(wire.url)
    first = client.send(WRITE)
    late = client.send(WRITE, boot() - 0.001)

    assert isinstance(first, Answer)
    assert late.kind is FaultKind.NOT_SENT
    assert len(wire.requests) == 1


def test_without_a_deadline_the_hospitals_own_counts_from_now(serve, connect):
    wire = serve(lambda connection: connection.read() and connection.wire.over.wait())
    began = boot()
    outcome = connect(wire.url, deadline=SOON).send(READ)

    assert outcome.kind is FaultKind.CUT
    assert SOON <= boot() - began < SOON + 1


def test_a_process_that_was_stopped_after_connecting_hands_over_no_byte(serve):
    wire = serve(lambda connection: connection.read())
    clock, backend = Clock(), TimedBackend(parse_base(wire.url))
    exchange = Exchange(Deadline(clock, clock.now + 60))
    with backend.during(exchange):
        stream = backend.connect_tcp("127.0.0.1", wire.port)
        clock.now += 61
        with pytest.raises(DeadlinePassed):
            stream.write(b"POST")
        stream.close()
    wire.finish()

    assert not exchange.written
    assert wire.received == 0


def test_the_clock_is_looked_at_again_in_the_middle_of_a_large_request(serve):
    halfway, large = threading.Event(), b"x" * 1_000_000

    def read_some(connection):
        connection._more()
        halfway.set()
        while connection._more():
            pass

    class Stopped(Clock):
        def __call__(self):
            self.now += 61 if halfway.wait(0) else 0
            return self.now

    wire = serve(read_some)
    clock, backend = Stopped(), TimedBackend(parse_base(wire.url))
    exchange = Exchange(Deadline(clock, clock.now + 60))
    with backend.during(exchange):
        stream = backend.connect_tcp("127.0.0.1", wire.port)
        stream.write(b"first piece")
        assert halfway.wait(5)
        with pytest.raises(DeadlinePassed):
            stream.write(large)
        stream.close()
    wire.finish()

    assert exchange.written
    assert wire.received == len(b"first piece")


def test_a_name_service_that_hangs_is_given_up_at_the_deadline(connect):
    hanging = threading.Event()

    def resolve(_host, _port):
        hanging.wait(5)
        return []

    began = boot()
    outcome = connect("https://ehr.example.org/fhir", resolve=resolve).send(WRITE, began + SOON)
    hanging.set()

    assert outcome.kind is FaultKind.NOT_SENT
    assert boot() - began < SOON + 1


def test_eight_threads_share_one_client_and_each_keeps_its_own_deadline(serve, connect):
    together = threading.Barrier(8)

    def some_hang(connection):
        while (seen := connection.read()) is not None:
            together.wait(5)
            if seen.body == b"hang":
                connection.wire.over.wait()
                return
            connection.answer(200, seen.body)

    client = connect(serve(some_hang).url)
    outcomes = {}

    def one(number):
        body = b"hang" if number % 2 else b"%d" % number
        outcomes[number] = client.send(Request("POST", "", body), boot() + 1)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {n: o.body for n, o in outcomes.items() if n % 2 == 0} == {n: b"%d" % n for n in (0, 2, 4, 6)}
    assert {o.kind for n, o in outcomes.items() if n % 2} == {FaultKind.CUT}
