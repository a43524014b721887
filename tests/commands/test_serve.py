"""The service answers on this machine, to whoever has the token, and every error is an OperationOutcome."""

import json
import signal
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mappings.identity import Base
from tests.commands.command import Clinic, start

BASE = Base("https://records.clinic.example/fhir")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Service:
    clinic: Clinic
    url: str
    token_file: Path
    session: str

    def ask(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        request = urllib.request.Request(self.url + path, method=method, headers=headers)  # noqa: S310 - its own address
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - its own address
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    @property
    def token(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token_file.read_text().strip()}"}

    @property
    def history(self) -> str:
        return f"/sessions/{BASE.logical_id('session', self.session)}/history"


@pytest.fixture
def service(clinic: Clinic, one_course) -> Iterator[Service]:
    clinic.ok("import", clinic.file("one.ndjson", *one_course))
    session = next(record["id"] for record in one_course if record["kind"] == "session")
    process = start(["serve", "--json", "--home", clinic.home], clinic.folder / "config")
    try:
        told = json.loads(process.stdout.readline())
        yield Service(clinic, told["url"], Path(told["token_file"]), session)
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert session not in err


def test_the_service(service: Service):
    """One start, many questions: starting it is what takes long."""
    health_needs_no_token(service)
    nothing_else_answers_without_the_token(service)
    the_history_comes_in_three_forms(service)
    the_clinics_id_is_no_address(service)
    every_error_is_an_operation_outcome(service)
    another_name_for_this_machine_is_refused(service)
    each_reading_is_an_event(service)
    assert stat.S_IMODE(service.token_file.stat().st_mode) == 0o600


def health_needs_no_token(service: Service) -> None:
    assert service.ask("/healthz").json == {"status": "alive"}
    assert service.ask("/readyz").json == {"status": "ready"}


def nothing_else_answers_without_the_token(service: Service) -> None:
    for path in (service.history, "/sessions/x/history", "/nowhere", "/docs", "/openapi.json"):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
            answer = service.ask(path, **headers)
            assert (answer.status, answer.json["resourceType"]) == (401, "OperationOutcome"), path


def the_history_comes_in_three_forms(service: Service) -> None:
    bundle = service.ask(service.history, **service.token)
    assert bundle.headers["content-type"] == "application/fhir+json"
    assert (bundle.json["resourceType"], bundle.json["type"]) == ("Bundle", "collection")
    plain = service.ask(service.history, Accept="application/json", **service.token)
    assert plain.json["id"] == service.session
    text = service.ask(service.history, Accept="text/plain", **service.token)
    assert text.body.decode().startswith(f"session {service.session}")
    assert text.headers["cache-control"] == "no-store"


def the_clinics_id_is_no_address(service: Service) -> None:
    for name in (service.session, "0" * 8 + "-0000-4000-8000-" + "0" * 12):
        answer = service.ask(f"/sessions/{name}/history", **service.token)
        assert answer.status == 404
        assert answer.json["issue"][0]["code"] == "not-found"
        assert name.encode() not in answer.body


def every_error_is_an_operation_outcome(service: Service) -> None:
    asked = {
        404: service.ask("/docs", **service.token),
        405: service.ask(service.history, method="POST", **service.token),
        406: service.ask(service.history, Accept="image/png", **service.token),
    }
    for status, answer in asked.items():
        assert answer.status == status
        assert answer.headers["content-type"] == "application/fhir+json"
        assert answer.json["resourceType"] == "OperationOutcome"


def another_name_for_this_machine_is_refused(service: Service) -> None:
    answer = service.ask(service.history, Host="evil.example:80", **service.token)
    assert answer.status == 421


def each_reading_is_an_event(service: Service) -> None:
    story = service.clinic.ok("history", "--session", service.session, "--json").json
    forms = [one["says"]["form"] for one in story["events"] if one["kind"] == "history.read"]
    assert forms == ["fhir", "json", "text", "json"]


def test_a_token_that_others_could_read_is_refused(clinic: Clinic):
    token = clinic.home / "serve.token"
    token.write_text("x" * 43)
    token.chmod(0o644)

    said = clinic.run("serve")
    assert (said.code, "IF-CFG-11" in said.err, "xxx" in said.err) == (3, True, False)
