"""How a race is run: at HAPI by threads, at hapi-like by dice, where the same seed gives the same end again."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final

import httpx

from integration.sandbox.character import Character
from integration.sandbox.exchange import Request
from integration.sandbox.machine import SandboxHospital
from tests.likeness.playing import Visit
from tests.likeness.races import End, Race
from tests.likeness.scenario import Step, get

BASE: Final = "http://127.0.0.1:8080/fhir"
_SECONDS: Final = 60.0
_OVERLAPPING: Final = 0.7
"""The share of rivals that came in before the first of them was answered."""


def at_hapi(race: Race, base: str, word: str) -> End:
    """The end of one round at a real server."""
    start = threading.Barrier(len(race.rivals))
    with ExitStack() as opened:
        clients = [opened.enter_context(httpx.Client(trust_env=False, timeout=_SECONDS)) for _ in race.rivals]
        visits = [Visit(client, base, word) for client in clients]
        for step in race.before:
            visits[0].send(step)
        for visit in visits:
            visit.send(get("Patient/nobody"))  # opens its connection

        def run(visit: Visit, step: Step) -> httpx.Response:
            start.wait(_SECONDS)
            return visit.send(step)

        with ThreadPoolExecutor(len(visits)) as threads:
            answers = list(threads.map(run, visits, race.rivals))
        return _end(answers, visits[0].send(race.after))


def at_hapi_like(race: Race, character: Character, seed: int) -> End:
    """The end of one round at the pretend one; the seed says who comes first, and who overlaps with whom."""
    dice = random.Random(seed)
    transport = _Dated(SandboxHospital(character, BASE, seed), dice)
    with httpx.Client(transport=transport) as client:
        visit = Visit(client, BASE, "word")
        for step in race.before:
            visit.send(step)
        began = transport.now
        answers = []
        for step in dice.sample(race.rivals, len(race.rivals)):
            transport.began = began if dice.random() < _OVERLAPPING else None
            answers.append(visit.send(step))
        transport.began = None
        return _end(answers, visit.send(race.after))


class _Dated(httpx.BaseTransport):
    """Hands each request to the machine, a second after the one before; `began` is when it had come in."""

    def __init__(self, hospital: SandboxHospital, dice: random.Random) -> None:
        self._hospital = hospital
        self._dice = dice
        self.now = 1_700_000_000.0
        self.began: float | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.now += 1
        path = request.url.path.removeprefix("/fhir").strip("/")
        asked = Request(request.method, path, request.url.query.decode(), dict(request.headers), request.read())
        answer, _ = self._hospital.handle(asked, self.now, self._dice, began=self.began)
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)


def _end(answers: list[httpx.Response], after: httpx.Response) -> End:
    document = after.json()
    if document["resourceType"] == "Bundle":
        told = f"{document['total']} there"
    elif after.status_code == 200:
        told = f"version {document['meta']['versionId']}"
    else:
        told = f"status {after.status_code}"
    return tuple(sorted(answer.status_code for answer in answers)), told
