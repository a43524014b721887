"""A small honest hospital on this machine: transactions, versions, one lock; it refuses what it is told to refuse."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TYPES = ("Patient", "CarePlan", "Procedure", "MedicationAdministration", "Observation")
_DECLARED = {
    "versioning": "versioned",
    "updateCreate": True,
    "conditionalCreate": True,
    "interaction": [{"code": code} for code in ("read", "create", "update", "search-type")],
    "searchParam": [{"name": "identifier", "type": "token"}],
}
METADATA = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "date": "2026-01-01",
    "kind": "instance",
    "fhirVersion": "4.0.1",
    "format": ["json"],
    "rest": [
        {
            "mode": "server",
            "interaction": [{"code": "transaction"}],
            "resource": [{"type": name, **_DECLARED} for name in TYPES],
        }
    ],
}


class SmallHospital:
    """What it holds: every version of each resource, the newest last."""

    def __init__(self) -> None:
        self.holds: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.refused_codes: set[str] = set()
        self.lock = threading.Lock()

    def transaction(self, bundle: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self.lock:
            if any(self._refuses(entry["resource"]) for entry in bundle["entry"]):
                return 422, refusal()
            answers = [self._put(entry["resource"]) for entry in bundle["entry"]]
        return 200, {
            "resourceType": "Bundle",
            "type": "transaction-response",
            "entry": [{"response": answer} for answer in answers],
        }

    def put(self, resource: dict[str, Any]) -> tuple[int, dict[str, Any], str, str]:
        with self.lock:
            if self._refuses(resource):
                return 422, refusal(), "", ""
            answer = self._put(resource)
            stored = self.holds[resource["resourceType"], resource["id"]][-1]
        return int(answer["status"].split()[0]), stored, answer["location"], answer["etag"]

    def _refuses(self, resource: dict[str, Any]) -> bool:
        return any(code in json.dumps(resource.get("code", {})) for code in self.refused_codes)

    def _put(self, resource: dict[str, Any]) -> dict[str, str]:
        key = (resource["resourceType"], resource["id"])
        versions = self.holds.setdefault(key, [])
        number = str(len(versions) + 1)
        versions.append({**resource, "meta": {**resource.get("meta", {}), "versionId": number}})
        status = "201 Created" if number == "1" else "200 OK"
        return {"status": status, "location": f"{key[0]}/{key[1]}/_history/{number}", "etag": f'W/"{number}"'}


def refusal() -> dict[str, Any]:
    issue = {"severity": "error", "code": "code-invalid", "expression": ["Observation.code"]}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


@contextlib.contextmanager
def running(hospital: SmallHospital) -> Iterator[str]:
    """Run it; gives its base address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hospital))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/fhir"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(hospital: SmallHospital) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one class, one branch a method
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _, _, *path = self.path.split("/")
            if path == ["metadata"]:
                self._answer(200, METADATA)
                return
            versions = hospital.holds.get((path[0], path[1]))
            if versions is None:
                self._answer(404, refusal())
            else:
                self._answer(200, versions[-1])

        def do_POST(self) -> None:
            status, body = hospital.transaction(self._body())
            self._answer(status, body)

        def do_PUT(self) -> None:
            status, body, location, etag = hospital.put(self._body())
            self._answer(status, body, Location=location, ETag=etag)

        def _body(self) -> Any:
            return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, status: int, body: dict[str, Any], **headers: str) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in headers.items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    return Handler
