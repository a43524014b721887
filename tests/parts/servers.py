"""The real parts that tests run against, each a context manager on a free loopback port.

    with servers.hapi("--no-client-ids", db=tmp_path / "hospital") as hospital: ...
    with servers.sekmet(tmp_path) as hospital: ...
    with servers.validator([definitions_folder]) as hl7: hl7.errors(document)

A hospital has `url`, `stop()`, `kill()` (as kill -9), `start()`, `restart()`: on the same data if it has a file.
"""

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from integration.sandbox import real_server
from integration.sandbox import sekmet as quick_hospital
from integration.sandbox.real_server import RealServer
from tests.parts import java

LOGS = java.BUILD / "logs"
MEMORY = "1g"


@contextmanager
def hapi(*options: str, db: Path | None = None) -> Iterator[RealServer]:
    """The full HAPI FHIR R4 JPA server; options are those at the top of `hapi/src/main/java/Main.java`.

    With `db` its data outlives `kill`; without, it is in memory and gone with the process.
    """
    into = java.build("hapi")
    port = real_server.free_port()
    archive, writing = into / "classes.jsa", into / f"classes.{port}.jsa"
    line = java.sharing_classes(java.command(into / "hospital.jar", MEMORY), archive, writing)
    line += ["--port", str(port), "--stop-on-eof", *options]
    if db is not None:
        line += ["--db", str(db.resolve())]
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"hapi-{port}.log"
    try:
        with RealServer(line, f"http://127.0.0.1:{port}/fhir", log, folder=into, ready_line="READY") as server:
            yield server
    finally:
        if writing.exists():
            writing.replace(archive)


@contextmanager
def sekmet(folder: Path, *, users: dict[str, str] | None = None) -> Iterator[RealServer]:
    """The quick hospital from PyPI; its data lies in `folder` and outlives `kill`. With `users` it wants HTTP Basic."""
    with quick_hospital.server(folder, users=users) as server:
        yield server


class Validator:
    """HL7's own validator as one process: a document in, its findings out."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._one_at_a_time = threading.Lock()

    def outcome(self, document: bytes | str) -> dict[str, Any]:
        """Gives the OperationOutcome on one document, which must be JSON on one line."""
        return self.outcomes([document])[0]

    def outcomes(self, documents: Sequence[bytes | str]) -> list[dict[str, Any]]:
        """Gives one OperationOutcome for each document, in their order."""
        lines = [document.decode() if isinstance(document, bytes) else document for document in documents]
        if any("\n" in line or not line.strip() for line in lines):
            raise ValueError("the validator takes one document a line")
        with self._one_at_a_time:
            asking = threading.Thread(target=self._ask, args=(lines,))
            asking.start()  # beside the reading below: the validator answers while it is still being asked
            answers = [self._process.stdout.readline() for _ in lines]  # type: ignore[union-attr]  # told to be a pipe
            asking.join()
        if not all(answers):
            raise RuntimeError(f"the validator ended with {self._process.wait()}")
        return [json.loads(answer) for answer in answers]

    def _ask(self, lines: list[str]) -> None:
        with contextlib.suppress(BrokenPipeError):  # it has died: the missing answers tell
            self._process.stdin.writelines(line + "\n" for line in lines)  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]

    def errors(self, document: bytes | str) -> list[str]:
        """Gives what is wrong with a document: `element: what`, empty when it is clean."""
        return errors_in(self.outcome(document))


def errors_in(outcome: dict[str, Any]) -> list[str]:
    """What an OperationOutcome says is wrong; warnings and hints are left out."""
    return [said(issue) for issue in outcome["issue"] if issue["severity"] in {"error", "fatal"}]


def said(issue: dict[str, Any]) -> str:
    """One issue as a line."""
    return f"{', '.join(issue.get('expression', ['?']))}: {issue['diagnostics']}"


@contextmanager
def validator(definitions: Sequence[Path] = (), *, any_extension: bool = False) -> Iterator[Validator]:
    """HL7's validator, offline, with base R4 and the given folders of definitions; the first answer takes some seconds.

    An extension that nobody defined is an error, unless `any_extension`.
    """
    into = java.build("validator")
    archive, writing = into / "classes.jsa", into / f"classes.{real_server.free_port()}.jsa"
    line = java.sharing_classes(java.command(into / "fhir-gate.jar", "2g"), archive, writing)
    line += ["--threads", "2", "--rules", str(java.SOURCES / "validator" / "rules.ndjson")]
    for folder in definitions:
        line += ["--definitions", str(folder)]
    line += ["--any-extension"] if any_extension else []
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "validator.log").open("w") as log:
        process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        with process:  # closes its stdin: it then ends by itself
            yield Validator(process)
    finally:
        if writing.exists():
            writing.replace(archive)
