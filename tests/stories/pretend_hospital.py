"""A hospital in a dict, for the judge's own tests: it reads and searches, as far as it was told to be able to."""

import json
import re
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qs

from integration.hospital import url_guard
from integration.hospital.capability import Capability, TypeCapability
from integration.hospital.client import Answer, Fault, Request

TYPES = ("Patient", "CarePlan", "Procedure", "MedicationAdministration", "Observation")
ALL = frozenset({"identifier", "patient", "subject"})


class PretendHospital:
    """Stands where a HospitalClient stands."""

    name = "mercy"
    base = url_guard.parse_base("http://127.0.0.1:1/fhir")
    rewrite_links = False

    def __init__(self, *, search: Collection[str] = ALL, by_system: bool | None = True, page: int = 100) -> None:
        self.holds: dict[tuple[str, str], dict[str, Any]] = {}
        self.hidden: set[tuple[str, str]] = set()  # committed, and not in the search index
        self.requests: list[Request] = []
        self._search = frozenset(search)
        self._by_system = by_system
        self._page = page

    @property
    def capability(self) -> Capability:
        """What it says of itself."""
        interactions = frozenset({"read", "create", "update", "search-type"})
        declared = TypeCapability(interactions=interactions, search_params=self._search)
        return Capability("4.0.1", types=dict.fromkeys(TYPES, declared))

    def put(self, *documents: dict[str, Any]) -> None:
        """Hold these as they are."""
        for document in documents:
            self.holds[document["resourceType"], document["id"]] = document

    def send(self, request: Request, _ends: float | None = None) -> Answer | Fault:
        """Answer a reading request."""
        self.requests.append(request)
        path, _, query = request.path.partition("?")
        if path.endswith("/_search"):
            form = parse_qs((request.body or b"").decode())
            return self._searched(path.partition("/")[0], {k: v[0] for k, v in form.items()}, 0)
        if query.startswith("page="):
            kind, start, asked = json.loads(bytes.fromhex(query.removeprefix("page=")))
            return self._searched(kind, asked, start)
        kind, _, identity = path.partition("/")
        found = self.holds.get((kind, identity))
        return _answer(404, {"resourceType": "OperationOutcome"}) if found is None else _answer(200, found)

    def _searched(self, kind: str, asked: dict[str, str], start: int) -> Answer:
        assert set(asked) - {"_count"} <= self._search, f"it cannot be searched by {set(asked)}"
        if self._by_system is None and asked.get("identifier", "").endswith("|"):
            return _answer(400, {"resourceType": "OperationOutcome"})
        hits = [d for key, d in sorted(self.holds.items()) if key[0] == kind and key not in self.hidden]
        hits = [d for d in hits if self._fits(d, asked)]
        page = hits[start : start + self._page]
        body: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
        body["entry"] = [{"resource": d, "search": {"mode": "match"}} for d in page]
        if start + self._page < len(hits):
            more = json.dumps([kind, start + self._page, asked]).encode().hex()
            body["link"] = [{"relation": "next", "url": f"http://127.0.0.1:1/fhir?page={more}"}]
        return _answer(200, body)

    def _fits(self, document: dict[str, Any], asked: dict[str, str]) -> bool:
        patient = asked.get("patient") or asked.get("subject", "").removeprefix("Patient/")
        if patient:
            return bool(document.get("subject", {}).get("reference") == f"Patient/{patient}")
        return any(self._carries(document, token) for token in re.split(r"(?<!\\),", asked["identifier"]))

    def _carries(self, document: dict[str, Any], token: str) -> bool:
        system, _, value = re.sub(r"\\([\\|,$])", r"\1", token).partition("|")
        if not value and not self._by_system:
            return False
        return any(i["system"] == system and value in ("", i["value"]) for i in document.get("identifier", []))


def _answer(status: int, document: dict[str, Any]) -> Answer:
    return Answer(status, {"content-type": "application/fhir+json"}, json.dumps(document).encode())
