"""A bulk export at the real HAPI and at `hapi-like`: asked for, waited for, and the file as NDJSON or as a Binary."""

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from integration.sandbox.real_server import RealServer

MANY = 20_000
JSON = {"Content-Type": "application/fhir+json"}


def library(word: str) -> dict[str, Any]:
    """Something that no other test stores: an export takes all there is of a type."""
    return {"resourceType": "Library", "id": word, "status": "draft", "type": {"text": "x"}}


def answers(client: httpx.Client, base: str, word: str) -> Iterator[Any]:
    yield client.get(f"{base}/$export?_type=Library").status_code
    client.put(f"{base}/Library/{word}", json=library(word), headers=JSON)
    asked = client.get(f"{base}/$export?_type=Library", headers={"Prefer": "respond-async"})
    yield asked.status_code, asked.headers["Content-Location"].startswith(f"{base}/$export")
    ready = finished(client, asked.headers["Content-Location"])
    yield ready.status_code, ready.headers["Content-Type"].partition(";")[0]
    said = ready.json()
    yield [one["type"] for one in said["output"]], said["error"], said["request"].removeprefix(base)
    place = said["output"][0]["url"]
    lines = client.get(place, headers={"Accept": "application/fhir+ndjson"})
    yield lines.status_code, lines.headers["Content-Type"].partition(";")[0], f'"id":"{word}"' in lines.text
    yield client.get(place, headers={"Accept": "application/fhir+json"}).json()["resourceType"]


def finished(client: httpx.Client, place: str) -> httpx.Response:
    """The answer that is no longer 202; HAPI takes about a second."""
    found = (client.get(place) for _ in range(MANY))
    return next(answer for answer in found if answer.status_code != 202)


@pytest.mark.java
def test_an_export_goes_the_same_way_at_both(hapi_server: RealServer, hospital: Any) -> None:
    there, word = hospital("hapi-like"), f"l-{uuid.uuid4().hex[:12]}"
    with httpx.Client(trust_env=False, timeout=60) as client:
        real = list(answers(client, hapi_server.url, word))

    assert list(answers(there.client, there.url, word)) == real
