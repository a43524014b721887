"""The real servers start, keep what they have acknowledged through a kill, and have the manners that we count on."""

import http.client
import json
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

from integration.sandbox.real_server import RealServer, ServerDidNotStartError
from tests.parts import servers

PATIENT = {"resourceType": "Patient", "identifier": [{"system": "urn:example:parts", "value": "1"}], "active": True}


def ask(server_url: str, method: str, path: str, document: Any = None, **headers: str) -> tuple[int, Any]:
    """One request on a connection of its own; header names with _ for -."""
    url = urllib.parse.urlsplit(server_url)
    connection = http.client.HTTPConnection("127.0.0.1", url.port, timeout=60)
    sent = {name.replace("_", "-"): value for name, value in headers.items()} | {"Accept": "application/fhir+json"}
    body = None if document is None else json.dumps(document)
    try:
        connection.request(method, url.path + path, body, sent | {"Content-Type": "application/fhir+json"})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None
    finally:
        connection.close()


def patient(logical_id: str) -> dict[str, Any]:
    return PATIENT | {"id": logical_id}


def test_sekmet_holds_what_it_acknowledged_through_a_kill(tmp_path: Path) -> None:
    with servers.sekmet(tmp_path) as hospital:
        created, _ = ask(hospital.url, "PUT", "/Patient/p-1", patient("p-1"))
        hospital.kill()
        assert not hospital.running
        hospital.start()
        found, document = ask(hospital.url, "GET", "/Patient/p-1")

    assert (created, found) == (201, 200)
    assert document["active"] is True


def test_sekmet_asks_for_a_password_when_told_to(tmp_path: Path) -> None:
    with servers.sekmet(tmp_path, users={"clinic": "pass"}) as hospital:
        without, _ = ask(hospital.url, "GET", "/Patient/p-1")
        given, _ = ask(hospital.url, "GET", "/Patient/p-1", Authorization="Basic Y2xpbmljOnBhc3M=")

    assert (without, given) == (401, 404)


@pytest.mark.java
def test_hapi_holds_what_it_acknowledged_through_a_kill(tmp_path: Path) -> None:
    with servers.hapi(db=tmp_path / "hospital") as hospital:
        created, _ = ask(hospital.url, "PUT", "/Patient/p-1", patient("p-1"))
        hospital.kill()
        hospital.start()
        found, _ = ask(hospital.url, "GET", "/Patient/p-1")

    assert (created, found) == (201, 200)


@pytest.mark.java
def test_hapi_takes_our_ids_and_a_condition_on_the_identifier(hapi_server: RealServer) -> None:
    with_our_id, _ = ask(hapi_server.url, "PUT", "/Patient/ours-1", patient("ours-1"))
    query = "identifier=urn:example:parts|7"
    document = PATIENT | {"identifier": [{"system": "urn:example:parts", "value": "7"}]}
    first, made = ask(hapi_server.url, "POST", "/Patient", document, If_None_Exist=query)
    second, same = ask(hapi_server.url, "POST", "/Patient", document, If_None_Exist=query)

    assert (with_our_id, first, second) == (201, 201, 200)
    assert made["id"] == same["id"]


@pytest.mark.java
def test_hapi_refuses_our_ids_when_told_to(hapi_without_client_ids: RealServer) -> None:
    refused, why = ask(hapi_without_client_ids.url, "PUT", "/Patient/ours-1", patient("ours-1"))
    taken, made = ask(hapi_without_client_ids.url, "POST", "/Patient", PATIENT)
    again, _ = ask(hapi_without_client_ids.url, "PUT", f"/Patient/{made['id']}", PATIENT | {"id": made["id"]})

    assert (refused, taken, again) == (404, 201, 200)
    assert why["resourceType"] == "OperationOutcome"


def test_a_server_that_ends_by_itself_is_reported_with_its_last_words(tmp_path: Path) -> None:
    hospital = servers.quick_hospital.server(tmp_path, users={"clinic": None})  # type: ignore[dict-item]

    with pytest.raises(ServerDidNotStartError, match="validation error"):
        hospital.start()
