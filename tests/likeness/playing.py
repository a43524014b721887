"""Scenarios played at a hospital, and its answers without what differs from one run to the next: ids, times, hosts."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from fhir_profiles import fhir_json, terminology
from tests.likeness.scenario import Aspect, Document, Scenario, Step

JSON = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
COMPARED = ("etag", "location", "content-location", "content-type", "retry-after", "last-modified")
OF_BUNDLES = ("content-type", "retry-after")
ANSWERS = ("searchset", "history", "transaction-response", "batch-response")
SETS = ("tag", "security", "profile")
CUT = 0
"""The status of an answer that never came."""

_LABEL = terminology.TEST_DATA.coding()["code"]
_PLACE = re.compile(r"\b([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")
_TIMES = frozenset({"lastUpdated", "lastModified"})


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer, as it is compared."""

    status: int
    headers: Document
    outcome: tuple[tuple[str, str], ...]
    content: Any

    def differing(self, other: "Seen") -> set[Aspect]:
        return {aspect for aspect in Aspect if getattr(self, aspect) != getattr(other, aspect)}

    def without_words(self) -> "Seen":
        """The same without the words of a refusal: those of a fault are nobody's manners."""
        if self.status < 400:
            return self
        headers = {name: value for name, value in self.headers.items() if name != "content-type"}
        return replace(self, headers=headers, outcome=tuple((severity, "") for severity, _ in self.outcome))


@dataclass(slots=True)
class Visit:
    """A client's visit at one hospital."""

    client: httpx.Client
    base: str
    word: str
    given: list[str] = field(default_factory=list)
    next_page: str = ""

    def play(self, scenario: Scenario) -> list[Seen]:
        return [self.ask(step) for step in scenario.steps]

    def ask(self, step: Step) -> Seen:
        try:
            answer = self.send(step)
        except httpx.RemoteProtocolError:
            return Seen(CUT, {}, (), None)
        document = fhir_json.loads(answer.content) if answer.content else None
        self._learn(answer, document)
        compared = OF_BUNDLES if isinstance(document, dict) and document.get("type") in ANSWERS else COMPARED
        headers = {name: self._header(name, answer.headers[name]) for name in compared if name in answer.headers}
        if not answer.content:
            headers.pop("content-type", None)
        is_outcome = isinstance(document, dict) and document.get("resourceType") == "OperationOutcome"
        content = None if is_outcome else self._alike(document)
        return Seen(answer.status_code, headers, _outcome(document) if is_outcome else (), content)

    def send(self, step: Step) -> httpx.Response:
        body = json.dumps(step.body) if isinstance(step.body, dict) else step.body
        filled = None if body is None else self._filled(body).encode()
        headers = JSON | {name: self._filled(value) for name, value in step.headers.items()}
        target = self._filled(step.target)
        address = target if target.startswith(self.base) else f"{self.base}/{target}".rstrip("/")
        return self.client.request(step.method, address, content=filled, headers=headers)

    def _filled(self, text: str) -> str:
        text = text.replace("<u>", self.word).replace("<base>", self.base).replace("<next>", self.next_page)
        for number, given in enumerate(self.given, 1):
            text = text.replace(f"<new:{number}>", given)
        return text

    def _learn(self, answer: httpx.Response, document: Any) -> None:
        """Note the ids that the hospital gave, in their order, and the way to the next page."""
        inside = document if isinstance(document, dict) else {}
        of_a_bundle = str(inside.get("type", "")) in ANSWERS
        for place in map(_place_in, inside.get("entry", [])) if of_a_bundle else _places(answer):
            for _, given in _PLACE.findall(place.removeprefix(self.base)):
                if self.word not in given and given not in self.given:
                    self.given.append(given)
        links = {one["relation"]: one["url"] for one in inside.get("link", [])}
        self.next_page = links.get("next", self.next_page)

    def _header(self, name: str, value: str) -> str:
        if name == "last-modified":
            return "a time"
        return value.lower().replace(" ", "") if name == "content-type" else self._text(value)

    def _alike(self, value: Any, key: str = "") -> Any:
        """A document without its ids and times; numbers as they are written."""
        if isinstance(value, dict):
            if value.get("resourceType") == "Bundle":
                return self._bundle(value)
            if value.get("resourceType") == "OperationOutcome":
                return _outcome(value)
            alike = {name: self._alike(child, name) for name, child in value.items()}
            return {name: child for name, child in alike.items() if child not in ([], {})}
        if isinstance(value, list):
            value = sorted(value, key=str) if key in SETS else value
            return [self._alike(one, key) for one in value if not (key == "security" and one.get("code") == _LABEL)]
        if isinstance(value, bool) or value is None:
            return value
        if not isinstance(value, str):
            return f"number {value}"
        return self._value(value, key)

    def _value(self, value: str, key: str) -> str:
        if key in _TIMES:
            return "a time"
        if key == "source":
            return re.sub(r"#.+", "#mark", value)
        if key == "id" and value in self.given:
            return f"<new:{self.given.index(value) + 1}>"
        return self._text(value)

    def _text(self, text: str) -> str:
        text = text.replace(self.base, "<base>").replace(self.word, "<u>")
        return _PLACE.sub(self._place, text)

    def _place(self, found: "re.Match[str]") -> str:
        if found[2] not in self.given:
            return found[0]
        return f"{found[1]}/<new:{self.given.index(found[2]) + 1}>"

    def _bundle(self, bundle: Document) -> Document:
        """What matters of a Bundle: not its own id, nor what its links look like."""
        return {
            "type": bundle.get("type"),
            "total": self._alike(bundle.get("total")),
            "links": sorted({one["relation"] for one in bundle.get("link", [])} & {"next", "previous"}),
            "entries": [dict(self._entry(one)) for one in bundle.get("entry", [])],
        }

    def _entry(self, entry: Document) -> Iterator[tuple[str, Any]]:
        said = entry.get("response", {})
        if "status" in said:
            said = said | {"status": str(said["status"])[:3]}
        for name, value in (entry | {"response": said}).items():
            alike = self._alike(value, name)
            if alike not in ({}, None):
                yield name, alike


def _place_in(entry: Document) -> str:
    """Where what an entry tells of is: by its location, or by its full URL."""
    return str(entry.get("response", {}).get("location") or entry.get("fullUrl", ""))


def _places(answer: httpx.Response) -> list[str]:
    return [answer.headers.get(name, "") for name in ("location", "content-location")]


def _outcome(document: Document) -> tuple[tuple[str, str], ...]:
    return tuple((one["severity"], one["code"]) for one in document.get("issue", []))
