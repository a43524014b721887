"""Drain run by hand: a real store, a clock that stands still, and a network that is this test.

`Hand` is one hospital with one lane; `Lane.send()` gives the next request that drain wants to send (everything that
concerns the store is done for real), `Lane.reply()` answers it, `Lane.kill()` is kill -9, `Lane.end()`
runs on to the end.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy import insert

from fhir_profiles import fhir_json
from integration.delivery import drain as draining
from integration.delivery import effects, pump, verdicts
from integration.delivery.bookkeeping import Bookkeeper
from integration.delivery.manners import Manners
from integration.hospital.client import Answer, Fault, FaultKind, Request
from integration.hospital.settings import Settings
from integration.store import clinic, enrolments, hospitals, lanes, ledger, tables, wants
from integration.store.database import Database
from integration.store.rows import Key, Row
from mappings import registry
from mappings.identity import Base

BASE = Base("https://records.clinic.example/fhir")
HOSPITAL = "mercy"
PATIENT = BASE.logical_id("patient", "P-1")
OTHER_PATIENT = BASE.logical_id("patient", "P-2")
A = ("CarePlan", BASE.logical_id("plan", "A"))
B = ("Observation", BASE.logical_id("observation", "B"))
C = ("Observation", BASE.logical_id("observation", "C"))
D = ("Observation", BASE.logical_id("observation", "D"))
_NAMES = {A: ("plan", "A"), B: ("observation", "B"), C: ("observation", "C"), D: ("observation", "D")}

CUT = Fault(FaultKind.CUT, "the connection broke", "IF-NET-04")
NOT_SENT = Fault(FaultKind.NOT_SENT, "no connection was made", "IF-NET-01")


class Clock:
    """A clock that moves only when the test says so."""

    def __init__(self) -> None:
        self.at = 1_790_000_000.0

    def now(self) -> float:
        return self.at

    def boot(self) -> float:
        return self.at - 1_000_000


def document(key: Key, version: int | str, refers_to: tuple[Key, ...] = ()) -> fhir_json.Document:
    """A small document of ours; `version` is its content."""
    kind, name = _NAMES[key]
    made: dict[str, Any] = {"resourceType": key[0], "id": key[1]}
    made["identifier"] = [{"system": BASE.system(kind), "value": name}]
    if refers_to:
        made["basedOn"] = [
            {"reference": f"{k}/{i}", "type": k,
             "identifier": {"system": BASE.system(_NAMES[k, i][0]), "value": _NAMES[k, i][1]}}
            for k, i in refers_to
        ]  # fmt: skip
    made["status"] = "active" if key[0] == "CarePlan" else "final"
    subject = {"system": BASE.system("patient"), "value": "P-1"}
    made["subject"] = {"type": "Patient", "identifier": subject}
    made["title" if key[0] == "CarePlan" else "note"] = (
        f"v{version}" if key[0] == "CarePlan" else [{"text": f"v{version}"}]
    )
    return made


class Hand:
    """One clinic, one hospital, one lane, and a second one for whoever asks for it."""

    def __init__(self, folder: Path, **manners: Any) -> None:
        self.clock = Clock()
        self.database = Database.open_sqlite(folder / "by-hand.db", bytes(32))
        self.manners = replace(
            Manners(HOSPITAL, BASE, deadline=10.0, wait=60.0, lease=25.0, creates_patients=True), **manners
        )
        settings = Settings(patients="create").model_dump(mode="json")
        with self.database.write() as conn:
            clinic.create(conn, "Test clinic", BASE.url, self.clock.now())
            hospitals.add(conn, HOSPITAL, "http://127.0.0.1:1/fhir", settings, {}, self.clock.now())
            enrolments.enrol(conn, HOSPITAL, [PATIENT, OTHER_PATIENT], "tester", self.clock.now())

    def want(self, key: Key, version: int | str, refers_to: tuple[Key, ...] = (), patient: str = PATIENT) -> None:
        """The clinic makes a version of a record."""
        made = registry.Made(document(key, version, refers_to), patient, 1 if key == A else 3, refers_to)
        with self.database.write() as conn:
            if refers_to and ledger.get(conn, HOSPITAL, key) is None:
                conn.execute(
                    insert(tables.reference),
                    [
                        {
                            "patient": patient,
                            "source_type": key[0],
                            "source_id": key[1],
                            "target_type": t,
                            "target_id": i,
                        }
                        for t, i in refers_to
                    ],
                )
            wished = wants.Wants(conn, self.clock.now())
            wished.add(made)
            wished.write()

    def row(self, key: Key) -> Row:
        with self.database.read() as conn:
            found = ledger.get(conn, HOSPITAL, key)
        assert found is not None, f"no row for {key}"
        return found

    def hospital(self) -> hospitals.Hospital:
        with self.database.read() as conn:
            return hospitals.get(conn, HOSPITAL)

    def later(self, seconds: float) -> None:
        self.clock.at += seconds

    def lane(self, owner: str = "one", *, dead: bool = False, at: float | None = None) -> "Lane":
        """A worker claims the lane."""
        with self.database.write() as conn:
            now = self.clock.now() if at is None else at
            claim = lanes.claim(conn, HOSPITAL, now, lease=self.manners.lease, owner=owner, is_dead=lambda _: dead)
        assert claim is not None, "no lane is due"
        return Lane(self, claim)

    def held(self, key: Key, version: int | str = 1, remote_version: str = "1", **request: Any) -> None:
        """Bring a first version to the hospital, as it always goes."""
        self.want(key, version, **request)
        lane = self.lane()
        for _ in range(3):
            send = lane.send()
            if send.ends is not None:
                break
            lane.reply(found())
        lane.reply(accepted(send.request, remote_version))
        lane.end()


class Lane:
    """One worker draining the lane."""

    def __init__(self, hand: Hand, claim: lanes.Claim) -> None:
        self.hand = hand
        self.claim = claim
        self.books = Bookkeeper(hand.database, claim, hand.manners, hand.clock.now, hand.clock.boot)
        self.generator = draining.drain(hand.manners, hand.clock.now, lambda: 0.5, claim.tries)
        self._answer: Any = None
        self._waiting: effects.Send | None = None
        self.ended: effects.Ended | None = None
        self.verdict: verdicts.Verdict | None = None

    def step(self) -> Any:
        """The next effect, or None at the end; effects on the store are not done yet."""
        try:
            effect = self.generator.send(self._answer)
        except StopIteration as over:
            self.ended = over.value
            self.books.release(over.value)
            return None
        return effect

    def perform(self, effect: Any) -> None:
        """Do one effect on the store."""
        if isinstance(effect, verdicts.Settle):
            self.verdict = effect.verdict
        works: Any = None
        self._answer = pump.perform(effect, self.books, works, pump.Tally()) if not isinstance(
            effect, verdicts.Settle) else self.books.settle(effect)  # fmt: skip

    def until(self, kind: type[Any]) -> Any:
        """Run on until drain asks for this kind of effect, which is not done."""
        while (effect := self.step()) is not None:
            if isinstance(effect, kind):
                return effect
            self.perform(effect)
        return None

    def send(self) -> effects.Send:
        """The next request."""
        effect = self.until(effects.Send)
        assert effect is not None, f"drain ended without sending: {self.ended}"
        return effect

    def reply(self, answer: Answer | Fault) -> None:
        """The hospital's answer to the request."""
        self._answer = answer

    def end(self) -> effects.Ended:
        """Run to the end; any further request is an error."""
        effect = self.until(effects.Send)
        assert effect is None, f"drain wants to send {effect}"
        assert self.ended is not None
        return self.ended

    def kill(self) -> None:
        """kill -9: nothing more happens, the lease stays."""
        self.generator.close()


def identity_of(request: Request) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, url, resource) of each entry of a request."""
    body = json.loads(request.body or b"{}")
    if body.get("resourceType") != "Bundle":
        yield request.method, request.path, body
        return
    for entry in body["entry"]:
        yield entry["request"]["method"], entry["request"]["url"], entry["resource"]


def titles(request: Request) -> list[str]:
    """The content of each document of a request: `B v1`."""
    said = []
    for _, _, resource in identity_of(request):
        content = resource.get("title") or resource["note"][0]["text"]
        said.append(f"{resource['identifier'][0]['value']} {content}")
    return said


def accepted(request: Request, version: str = "1", status: int | None = None) -> Answer:
    """The hospital did it."""
    locations = [_location(*entry, version) for entry in identity_of(request)]
    if not (request.body or b"").startswith(b'{"resourceType":"Bundle"'):
        code = status or (200 if request.method == "PUT" else 201)
        return Answer(code, {"location": locations[0], "etag": f'W/"{version}"'}, b"")
    entries = [
        {"response": {"status": f"{status or 201} Created", "location": place, "etag": f'W/"{version}"'}}
        for place in locations
    ]
    return bundle("transaction-response", entries)


def _location(method: str, url: str, resource: dict[str, Any], version: str) -> str:
    identity = (
        url.partition("/")[2] if method == "PUT" and "?" not in url else "srv-" + resource["identifier"][0]["value"]
    )
    return f"{resource['resourceType']}/{identity}/_history/{version}"


def bundle(kind: str, entries: list[dict[str, Any]]) -> Answer:
    """A Bundle as answer."""
    body = json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries}).encode()
    return Answer(200, {"content-type": "application/fhir+json"}, body)


def copy(made: dict[str, Any], version: str = "1", remote_id: str | None = None, **changes: Any) -> dict[str, Any]:
    """The hospital's copy of a document."""
    return {**made, "id": remote_id or made["id"], "meta": {"versionId": version}, **changes}


def read(made: dict[str, Any] | None) -> Answer:
    """The answer to a read by id; None: it is not there."""
    if made is None:
        return refused(404)
    return Answer(200, {}, json.dumps(made).encode())


def found(*copies: dict[str, Any]) -> Answer:
    """The answer to a search by identifier."""
    return bundle("searchset", [{"resource": c, "search": {"mode": "match"}} for c in copies])


def refused(status: int, code: str = "invalid", **headers: str) -> Answer:
    """An OperationOutcome with a status."""
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]}
    return Answer(status, headers, json.dumps(outcome).encode())


def searched_for(request: Request) -> str:
    """The identifier that a look-up asks for."""
    assert request.path.endswith("/_search"), request.path
    return parse_qs((request.body or b"").decode())["identifier"][0].rpartition("|")[2]


def lost(h: Hand, answer: object = CUT) -> Lane:
    """A first write of A whose answer is lost; the lane waits for its first look-up."""
    h.want(A, 1)
    lane = h.lane()
    send = lane.send()
    if send.ends is None:  # rung 4 looks before its first POST
        lane.reply(found())
        lane.send()
    lane.reply(answer)  # type: ignore[arg-type]
    return lane


def wait_over(h: Hand) -> Lane:
    """The lane, claimed when the wait of what was lost is over."""
    h.later(h.manners.wait)
    return h.lane()
