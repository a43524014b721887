"""What is asked of both hospitals: requests in their order, and why an answer may differ on purpose.

In every text of a scenario `<u>` is a word of its own for each run, `<base>` the hospital's FHIR base, `<new:1>` the
first id that the hospital gave in this scenario, `<next>` the last link to a next page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Document = dict[str, Any]

FRESH = {"Cache-Control": "no-cache"}
SYSTEM = "urn:example:likeness"


class Aspect(StrEnum):
    """What of an answer is compared."""

    STATUS = "status"
    HEADERS = "headers"
    OUTCOME = "outcome"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Step:
    """One request; a body that is text goes out as it stands."""

    method: str
    target: str
    body: Document | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Aspects = frozenset[Aspect]

CONTENT = frozenset({Aspect.CONTENT})
SOURCE = "HAPI leaves the mark in meta.source out of the answer when nothing was stored; what it holds has it still."
REFUSED = frozenset(Aspect)
"""One has refused what the other has done."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Why hapi-like answers otherwise on purpose, and where: by step (from 1), what of its answer."""

    why: str
    where: Mapping[int, Aspects]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A list of requests that both hospitals are asked; every answer is compared."""

    name: str
    steps: tuple[Step, ...]
    differs: Difference | None = None
    client_ids: bool = True  # False: at hospitals that give all ids themselves


def scenario(name: str, *steps: Step, **more: Any) -> Scenario:
    return Scenario(name, steps, **more)


def unlike(why: str, **where: Aspects) -> Difference:
    """A difference on purpose: `unlike("…", step_2=CONTENT)`."""
    return Difference(why, {int(step.removeprefix("step_")): aspects for step, aspects in where.items()})


def get(target: str, **headers: str) -> Step:
    return Step("GET", target, None, _headers(headers))


def post(target: str, body: Document | str, **headers: str) -> Step:
    return Step("POST", target, body, _headers(headers))


def put(target: str, body: Document | str, **headers: str) -> Step:
    return Step("PUT", target, body, _headers(headers))


def delete(target: str, **headers: str) -> Step:
    return Step("DELETE", target, None, _headers(headers))


def found(query: str) -> Step:
    """A search that is looked up anew."""
    return Step("GET", query, None, FRESH)


def send(*entries: Document, kind: str = "transaction", **headers: str) -> Step:
    """A Bundle to the base."""
    return Step("POST", "", {"resourceType": "Bundle", "type": kind, "entry": list(entries)}, _headers(headers))


def entry(method: str, url: str, resource: Document | None = None, full_url: str = "", **request: str) -> Document:
    made: Document = {"request": {"method": method, "url": url, **request}}
    if full_url:
        made["fullUrl"] = full_url
    return made if resource is None else made | {"resource": resource}


def patient(own: str = "", **more: Any) -> Document:
    """A Patient; with a name it has that name's own id, always the identifier that is named so."""
    known = {"id": f"{own}-<u>"} if own else {}
    return {"resourceType": "Patient", **known, "identifier": [identifier(own or "p")], **more}


def pulse(own: str = "", **more: Any) -> Document:
    """An Observation that refers to nobody."""
    known = {"id": f"{own}-<u>"} if own else {}
    return {
        "resourceType": "Observation",
        **known,
        "identifier": [identifier(own or "o")],
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        **more,
    }


def identifier(name: str) -> Document:
    return {"system": SYSTEM, "value": f"{name}-<u>"}


def named(name: str) -> str:
    """The search for an identifier."""
    return f"identifier={SYSTEM}|{name}-<u>"


def _headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
