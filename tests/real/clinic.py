"""One clinic at work: a home of its own, and the product's command line used on it as a person would.

clinic = Clinic.opened(tmp_path / "home", BASE)
clinic.takes(records)
clinic.adds("mercy", hospital.url, QUICK)
clinic.done("push")                 # runs here, must end with 0; gives what `--json` says
with clinic.pushing() as push: ...  # a process of its own, to be killed or run beside another
"""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from fhir_profiles import fhir_json
from integration import settings
from integration.cli import main
from tests.parts import postgres

PROGRAM = Path(sys.executable).with_name("infusion-fhir")
HOSPITAL = "mercy"
# Waits for servers that answer in milliseconds, and for HAPI, whose /metadata alone takes a second.
QUICK = {"deadline": "1", "wait": "4", "commit-delay": "1", "index-lag": "0.5"}
SLOW = {"deadline": "5", "wait": "12", "commit-delay": "3", "index-lag": "2"}
PATIENCE = 240.0

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and how it ended."""

    command: str
    code: int
    out: str
    err: str

    @property
    def facts(self) -> Any:
        """What `--json` printed; of a command that failed before it had anything to say, its error."""
        return json.loads(self.out or self.err)


class UnexpectedEndError(AssertionError):
    """A command of a story did not end as the story goes."""

    def __init__(self, said: Said) -> None:
        super().__init__(f"{said.command} ended with {said.code}:\n{said.out[-3000:]}\n{said.err[-3000:]}")


@dataclass(frozen=True, slots=True)
class Clinic:
    """A home folder with its identifier base."""

    home: Path
    base: str

    @classmethod
    def opened(cls, home: Path, base: str, *, postgres: str | None = None) -> Self:
        """Make the home of a new clinic, its records in a file of its own or in that PostgreSQL database."""
        clinic = cls(home, base)
        line = ("init", "--clinic", "A pretend clinic", "--identifier-base", base, "--demo-keys-inside")
        if postgres is None:
            clinic.done(*line)
            return clinic
        clinic.process(*line, environment={"INFUSION_FHIR_DATABASE_URL": postgres}).must(0)
        with (home / settings.FILE_NAME).open("a") as file:
            file.write(f'database_url = "{postgres}"\n')  # named in the file: each later command finds it there
        return clinic

    def says(self, *arguments: str) -> Said:
        """Run a command here, in this process."""
        line = [*arguments, "--home", str(self.home), "--json"]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main.main(line)
        return Said(" ".join(arguments), int(code), out.getvalue(), err.getvalue())

    def done(self, *arguments: str, code: int = 0) -> Any:
        """Run a command here that must end so; gives what it said."""
        said = self.says(*arguments)
        if said.code != code:
            raise UnexpectedEndError(said)
        return said.facts

    def process(self, *arguments: str, environment: Mapping[str, str] | None = None) -> "Process":
        """Start a command as a process of its own."""
        return Process([*arguments, "--home", str(self.home), "--json"], environment or {})

    @contextmanager
    def pushing(self, *arguments: str, wait: str = "3m") -> Iterator["Process"]:
        """Start a push as a process of its own; it does not outlive the block."""
        process = self.process("push", "--wait", wait, *arguments)
        try:
            yield process
        finally:
            process.kill()

    # -- what every story does ----------------------------------------------------------------------------------------

    def takes(self, exported: Iterable[Raw]) -> Any:
        """Import the clinic's export."""
        path = self.home / "export.ndjson"
        path.write_bytes(b"".join(fhir_json.encode(record) + b"\n" for record in exported))
        return self.done("import", str(path))

    def adds(self, url: str, waits: Mapping[str, str], **options: str) -> Any:
        """Add the hospital and enrol every patient there."""
        given = {"patients": "create", **waits, **options}
        line = [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", value)]
        page = self.done("hospital", "add", HOSPITAL, "--url", url, *line)
        self.enrols()
        return page

    def enrols(self) -> Any:
        """Enrol every patient who is stored now."""
        return self.done("enrol", "--hospital", HOSPITAL, "--all", "--yes")

    def pushes(self, code: int = 0) -> Any:
        """Push to the end, in this process; gives the hospital's part of what it said."""
        return self.done("push", "--wait", "3m", code=code)["hospitals"][0]

    def verified(self) -> dict[str, int]:
        """Let the judge look: everything must be equal. Gives the counts."""
        counts: dict[str, int] = self.done("hospital", "verify", HOSPITAL)["counts"]
        return counts


@contextmanager
def opened(database: str, home: Path, base: str) -> Iterator[Clinic]:
    """A new clinic whose records are in `sqlite` or in `postgresql`."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(postgres.database()) if database == "postgresql" else None
        yield Clinic.opened(home, base, postgres=url)


class Process:
    """A command as a process of its own."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str]) -> None:
        self._line = " ".join(arguments[:2])
        self._running = subprocess.Popen(
            [PROGRAM, *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def running(self) -> bool:
        """True while it lives."""
        return self._running.poll() is None

    def lasts(self, seconds: float) -> bool:
        """Wait so long, or until it ends; True when it still lives."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._running.wait(seconds)
        return self.running

    def kill(self) -> bool:
        """Kill -9; False when it had ended before."""
        lived = self.running
        self._running.kill()
        self._running.communicate()
        return lived

    def ends(self, within: float = PATIENCE) -> Said:
        """Wait for its end."""
        try:
            out, err = self._running.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return Said(self._line, self._running.returncode, out, err)

    def must(self, code: int) -> Any:
        """Wait for its end, which must be this one; gives what it said."""
        said = self.ends()
        if said.code != code:
            raise UnexpectedEndError(said)
        return said.facts
