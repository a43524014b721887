"""Who only reads asks again where a hospital is busy, as it asks for; and gives up where nobody listens."""

import socket

import pytest

from integration.hospital.client import FaultKind, Request
from integration.hospital.unhurried import TRIES, UnhurriedClient
from tests.wire.server import answering

READ = Request("GET", "Observation/1")
DOCUMENT = b'{"resourceType":"Observation","id":"1"}'


def served(serve, *answers):
    """A server that gives these answers in order, the last one for ever."""
    left = list(answers)
    return serve(answering(lambda _: left.pop(0) if len(left) > 1 else left[0]))


def test_a_rate_limit_is_waited_for_as_long_as_the_hospital_says(serve, connect):
    wire = served(serve, (429, b"", {"Retry-After": "7"}), (429, b"", {"Retry-After": "3"}), (200, DOCUMENT, {}))
    client = connect(wire.url, kind=UnhurriedClient)

    assert client.send(READ).body == DOCUMENT
    assert client.slept == [7.0, 3.0]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_without_a_word_about_when_it_waits_twice_as_long_each_time(serve, connect, status):
    wire = served(serve, (status, b"", {}), (status, b"", {}), (status, b"", {}), (200, DOCUMENT, {}))
    client = connect(wire.url, kind=UnhurriedClient)

    assert client.send(READ).status == 200
    assert client.slept == [0.5, 1.0, 2.0]


def test_an_absurd_wait_is_cut_short_and_in_the_end_the_answer_stands(serve, connect):
    wire = served(serve, (503, b"", {"Retry-After": "9999999999"}))
    client = connect(wire.url, kind=UnhurriedClient)

    assert client.send(READ).status == 503
    assert client.slept == [60.0] * (TRIES - 1)
    assert len(wire.requests) == TRIES


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 410])
def test_what_is_an_answer_is_asked_for_once(serve, connect, status):
    wire = served(serve, (status, DOCUMENT, {}))
    client = connect(wire.url, kind=UnhurriedClient)

    assert client.send(READ).status == status
    assert client.slept == []


def test_an_answer_that_breaks_off_is_asked_for_again(serve, connect):
    wire = served(serve, (200, DOCUMENT[:5], {"Content-Length": "99"}), (200, DOCUMENT, {}))
    client = connect(wire.url, kind=UnhurriedClient)

    assert client.send(READ).body == DOCUMENT


def test_where_nobody_listens_it_says_so_soon(connect):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = connect(f"http://127.0.0.1:{port}/fhir", kind=UnhurriedClient)

    assert client.send(READ).kind is FaultKind.NOT_SENT
    assert len(client.slept) == 1
