"""The other side of `/sandbox/`: what the command line asks of a pretend hospital that runs on this machine.

Each running hospital has a file that only its user can read, with its address and its token; whoever has the file may
act as the hospital's staff.
"""

import json
import os
import ssl
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from fhir_profiles import fhir_json
from integration import errors

NOT_RUNNING: Final = "IF-SBX-22"
NO_ANSWER: Final = "IF-SBX-23"
REFUSED: Final = "IF-SBX-24"
UNUSABLE_FILE: Final = "IF-SBX-25"
_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Running:
    """A pretend hospital that runs on this machine, as its file tells of it."""

    character: str
    port: int
    url: str
    address: str
    token: str
    authority: str = ""

    @property
    def label(self) -> str:
        """How it is called where several run."""
        return f"{self.character} (port {self.port})"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask its admin API; one that does not answer or refuses raises RemoteError."""
        verify = ssl.create_default_context(cadata=self.authority) if self.authority else True
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            with httpx.Client(trust_env=False, timeout=_SECONDS, verify=verify, headers=headers) as client:
                content = None if body is None else fhir_json.encode(body)
                answer = client.request(method, f"{self.address}/sandbox/{path}", content=content)
        except httpx.HTTPError as wrong:
            says = f"the pretend hospital does not answer ({type(wrong).__name__})"
            raise errors.RemoteError(NO_ANSWER, says, where=self.label) from None
        if answer.is_success:
            return fhir_json.loads(answer.content)
        raise errors.RemoteError(REFUSED, _told(answer), where=self.label)


def _told(answer: httpx.Response) -> str:
    try:
        found = fhir_json.loads(answer.content)["issue"][0]["diagnostics"]
    except (fhir_json.JsonError, LookupError, TypeError):
        return f"the pretend hospital refused with {answer.status_code}"
    return str(found)


def write_down(folder: Path, running: Running) -> Path:
    """Write the file of a hospital that has just been started, for its user's eyes only."""
    path = folder / f"{running.port}.json"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(running), file)
    except OSError as wrong:
        says = f"the token cannot be written down: {wrong.strerror}"
        raise errors.ConfigError(UNUSABLE_FILE, says, where=str(path)) from None
    return path


def those_running(folder: Path) -> Iterator[Running]:
    """Give the hospitals that run; files that one has left behind which did not end well are taken away."""
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        running = _read(path)
        try:
            running.ask("GET", "")
        except errors.RemoteError as wrong:
            if wrong.code == NO_ANSWER:
                path.unlink(missing_ok=True)
            continue
        yield running


def the_one(folder: Path, port: int | None) -> Running:
    """Give the hospital at a port, or the only one there is."""
    if port is not None and (folder / f"{port}.json").exists():
        return _read(folder / f"{port}.json")
    running = list(those_running(folder))
    if port is None and len(running) == 1:
        return running[0]
    if not running:
        raise errors.UsageError(NOT_RUNNING, "no pretend hospital of yours runs here")
    known = ", ".join(one.label for one in running)
    says = "several pretend hospitals run" if port is None else f"none runs at port {port}"
    raise errors.UsageError(NOT_RUNNING, f"{says}; name one with --port. Running: {known}")


def _read(path: Path) -> Running:
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            found = Running(**json.load(file))
    except (OSError, ValueError, TypeError):
        raise errors.ConfigError(UNUSABLE_FILE, "the file cannot be read", where=str(path)) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise errors.ConfigError(UNUSABLE_FILE, f"others may read the token (mode {mode:04o})", where=str(path))
    return found
