"""A clinic at its command line: what is typed, what comes out, and a small export of its own."""

import contextlib
import io
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fhir_profiles import fhir_json
from integration.cli import main
from mappings import sample

QUICK = ("--deadline", "1", "--wait", "4", "--commit-delay", "1", "--index-lag", "0.5")
PATIENT = "P-0001"


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, read as JSON."""
        return json.loads(self.out)


class Clinic:
    """One home folder and the commands that are typed there."""

    def __init__(self, home: Path, *init: str) -> None:
        self.home = home
        self.ok("init", "--clinic", "Lakeside (pretend)", "--demo-keys-inside", *init)

    def run(self, *words: str) -> Said:
        """Type a command."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main.main([*words, "--home", str(self.home)])
        return Said(code, out.getvalue(), err.getvalue())

    def ok(self, *words: str) -> Said:
        """Type a command that must end with 0."""
        said = self.run(*words)
        assert said.code == 0, f"{words}: {said.code}\n{said.out}\n{said.err}"
        return said

    def takes(self, records: Sequence[dict[str, Any]]) -> Said:
        """Import these records."""
        file = self.home.parent / f"{self.home.name}.ndjson"
        file.write_bytes(b"".join(fhir_json.encode(record) + b"\n" for record in records))
        return self.ok("import", str(file))

    def connects(self, url: str, *more: str, name: str = "mercy") -> Said:
        """Add a hospital with short waits."""
        return self.ok("hospital", "add", name, "--url", url, *QUICK, *more)


def export(sessions: int = 2, *, patients: int = 1, seed: int = 1) -> list[dict[str, Any]]:
    """The clinic's export: each patient with their plan, some sessions, and what was observed there."""
    everything = list(sample.courses(patients, seed))
    plans = {record["id"]: record["patient"] for record in everything if record["kind"] == "plan"}
    kept: dict[str, list[str]] = {}
    for record in everything:
        if record["kind"] == "session" and record["status"] == "completed":
            kept.setdefault(plans[record["plan"]], []).append(record["id"])
    chosen = {f"session/{one}" for many in kept.values() for one in many[:sessions]}
    return [record for record in everything if _is_kept(record, chosen)]


def _is_kept(record: dict[str, Any], sessions: set[str]) -> bool:
    if record["kind"] == "session":
        return f"session/{record['id']}" in sessions
    return record["kind"] in {"patient", "plan"} or record.get("visit") in sessions


def newer(record: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A later version of a record."""
    return {**record, "updated_at": "2026-11-01T10:00:00-05:00", **changes}


def corrected(record: dict[str, Any], value: int) -> dict[str, Any]:
    """A later version of an observation, with another value."""
    released = "2026-11-01T10:00:00-05:00"
    return newer(record, status="corrected", issued=released, value={**record["value"], "value": value})


def hospital_has(url: str, kind: str, identity: str) -> dict[str, Any] | None:
    """What the hospital itself gives for an id."""
    return _asked("GET", f"{url}/{kind}/{identity}", None)


def put_there(url: str, document: dict[str, Any]) -> None:
    """Somebody at the hospital writes a resource."""
    _asked("PUT", f"{url}/{document['resourceType']}/{document['id']}", json.dumps(document).encode())


def delete_there(url: str, kind: str, identity: str) -> None:
    """Somebody at the hospital deletes a resource."""
    _asked("DELETE", f"{url}/{kind}/{identity}", None)


def _asked(method: str, url: str, body: bytes | None) -> dict[str, Any] | None:
    request = urllib.request.Request(url, body, {"Content-Type": "application/fhir+json"}, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - a loopback server of the test
            return dict(json.loads(answer.read() or b"{}"))
    except urllib.error.HTTPError as refused:
        with refused:
            if refused.code in {404, 410}:
                return None
            raise
