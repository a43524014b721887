"""A pretend hospital on a clock of its own: each request comes a second after the one before."""

import json
import random
from dataclasses import dataclass
from typing import Any

from fhir_profiles import fhir_json
from integration.sandbox.exchange import Effect, Request, Response
from integration.sandbox.machine import SandboxHospital
from integration.sandbox.manners import Manners
from integration.sandbox.open_manners import Open

BASE = "http://127.0.0.1:8080/fhir"
START = 1_700_000_000.0
JSON = {"content-type": "application/fhir+json", "accept": "application/fhir+json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass
class Said:
    """An answer, read."""

    response: Response
    effects: list[Effect]

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def headers(self) -> dict[str, str]:
        return self.response.headers

    @property
    def json(self) -> Any:
        return fhir_json.loads(self.response.body)

    @property
    def ids(self) -> list[str]:
        return [entry["resource"]["id"] for entry in self.json.get("entry", [])]

    @property
    def statuses(self) -> list[str]:
        return [entry["response"]["status"][:3] for entry in self.json["entry"]]

    @property
    def issue(self) -> str:
        assert self.json["resourceType"] == "OperationOutcome"
        return self.json["issue"][0]["code"]

    def link(self, relation: str) -> str | None:
        return next((one["url"] for one in self.json["link"] if one["relation"] == relation), None)


class Asked:
    """The hospital, the time, and the dice."""

    def __init__(self, manners: Manners | None = None, seed: int = 1) -> None:
        self.hospital = SandboxHospital(manners or Open(), BASE, seed)
        self.rng = random.Random(seed)
        self.now = START

    def __call__(self, method: str, target: str, document: Any = None, **headers: str) -> Said:
        self.now += 1
        return Said(*self.hospital.handle(self.request(method, target, document, **headers), self.now, self.rng))

    def request(self, method: str, target: str, document: Any = None, **headers: str) -> Request:
        path, _, query = target.removeprefix(BASE).lstrip("/").partition("?")
        body = document if isinstance(document, bytes) else b"" if document is None else written(document)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Request(method, path, query, JSON | named, body)

    def overlapping(self, method: str, target: str, document: Any, began: float, **headers: str) -> Said:
        """A request that had arrived at `began` and is worked on now."""
        self.now += 1
        request = self.request(method, target, document, **headers)
        return Said(*self.hospital.handle(request, self.now, self.rng, began=began))

    def form(self, path: str, form: str) -> Said:
        self.now += 1
        return Said(*self.hospital.handle(Request("POST", path, "", FORM, form.encode()), self.now, self.rng))

    def count(self) -> int:
        return sum(1 for _ in self.hospital.store.everything())


def written(document: Any) -> bytes:
    return fhir_json.encode(fhir_json.loads(json.dumps(document)))


def patient(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:clinic:patient", "value": f"P-{number}"}],
        "name": [{"family": "Testperson", "given": ["Ada", "Zoë"]}],
        "birthDate": "1980-02-29",
        **more,
    }


def pulse(number: int = 1, patient_id: str = "p1", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "identifier": [{"system": "urn:clinic:observation", "value": f"O-{number}"}],
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}], "text": "Heart rate"},
        "subject": {"reference": f"Patient/{patient_id}"},
        "effectiveDateTime": "2026-03-01T10:00:00+01:00",
        "valueQuantity": {"value": 70 + number, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
        **more,
    }


def entry(method: str, url: str, resource: Any = None, full_url: str = "", **request: str) -> dict[str, Any]:
    made: dict[str, Any] = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        made["resource"] = resource
    if full_url:
        made["fullUrl"] = full_url
    return made


def bundle(kind: str, *entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
