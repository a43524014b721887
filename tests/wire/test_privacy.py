"""Nothing that may name a patient stands in a log line, an exception or a repr: not the address, not the body."""

import logging

import pytest

from integration import errors
from integration.hospital import capability, searching
from integration.hospital.auth import Auth
from integration.hospital.client import Request
from tests.wire.conftest import boot
from tests.wire.server import answering, fhir

CANARY = "Zzyzx-00417"


class Token:
    def read(self):
        return f"{CANARY}-token"


def canaries(client):
    """Everything that a caller may log or show after requests full of canaries."""
    path = f"Patient?identifier={CANARY}"
    headers = (("If-None-Exist", f"identifier={CANARY}"),)
    for request in (
        Request("GET", path),
        Request("POST", f"Patient/{CANARY}", CANARY.encode(), headers),
        Request("GET", f"/{CANARY}"),
        Request("PUT", "Patient/1", b"{}", (("If-Match", f"{CANARY}\n"),)),
    ):
        outcome = client.send(request, boot() + 1)
        yield repr(request)
        yield repr(outcome)
        yield from _shown(lambda o=outcome: o.json())
    yield from _shown(lambda: capability.read(client))
    yield from _shown(lambda: list(searching.search(client, "Patient", {"identifier": CANARY})))
    yield repr(client)


def _shown(ask):
    try:
        ask()
    except (errors.RemoteError, AttributeError) as wrong:
        while wrong is not None:
            yield f"{wrong!r} {wrong}"
            wrong = wrong.__cause__ or (None if wrong.__suppress_context__ else wrong.__context__)


def echo(seen):
    return fhir({"resourceType": "OperationOutcome", "text": CANARY}, 422, Location=f"Patient/{CANARY}")


def redirect(_seen):
    return 302, CANARY.encode(), {"Location": f"https://example.org/{CANARY}"}


def page(_seen):
    return 200, f"<html>{CANARY}".encode(), {"Content_Type": "text/html"}


def broken(_seen):
    return 200, f'{{"resourceType": "{CANARY}", "{CANARY}": 1, "{CANARY}": 2}}'.encode(), {}


def foreign_link(_seen):
    link = {"relation": "next", "url": f"https://example.org/?{CANARY}"}
    return fhir({"resourceType": "Bundle", "type": "searchset", "link": [link]})


def hang_up(connection):
    connection.read()


def nonsense(connection):
    connection.read()
    connection.raw(f"{CANARY}\r\n\r\n".encode())


@pytest.mark.parametrize(
    "script", [*map(answering, (echo, redirect, page, broken, foreign_link)), hang_up, nonsense, None]
)
def test_no_address_body_or_secret_is_logged_or_shown_at_any_level(serve, connect, caplog, script):
    wire = serve(script or hang_up)
    client = connect(wire.url, auth=Auth(Token()))
    if script is None:
        wire.stop()
    for name in (None, "httpx", "httpcore", "httpcore.connection", "httpcore.http11"):
        caplog.set_level(logging.DEBUG, logger=name)
    shown = "\n".join(canaries(client))

    assert CANARY not in caplog.text
    assert CANARY not in shown
    assert CANARY not in "".join(str(record.__dict__) for record in caplog.records)


def test_warnings_of_the_libraries_still_pass(connect, caplog):
    connect("https://ehr.example.org/fhir")
    logging.getLogger("httpx").warning("something is odd")

    assert "something is odd" in caplog.text
