"""Running commands as a person types them, in this process or in one of their own."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fhir_profiles import fhir_json
from integration.cli import main

CLEAN_ENVIRONMENT = ("PATH", "LANG", "TMPDIR")


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Clinic:
    """One clinic's home, and the commands run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"

    def run(self, *arguments: str | Path) -> Said:
        """Run a command on this home."""
        return run(*arguments, "--home", self.home)

    def ok(self, *arguments: str | Path) -> Said:
        """Run a command that must end well."""
        said = self.run(*arguments)
        assert said.code == 0, (arguments, said)
        return said

    def file(self, name: str, *records: dict[str, Any] | bytes) -> Path:
        """Write records, or lines as they are, to a file of the clinic."""
        path = self.folder / name
        path.write_bytes(b"".join((r if isinstance(r, bytes) else fhir_json.encode(r)) + b"\n" for r in records))
        return path


def run(*arguments: str | Path) -> Said:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main.main([str(argument) for argument in arguments])
    return Said(code, out.getvalue(), err.getvalue())


def start(arguments: Sequence[str | Path], config: Path, *, stdin: int | None = None) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    environment = {name: os.environ[name] for name in CLEAN_ENVIRONMENT if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-c", "from integration.cli import main; main.run()", *map(str, arguments)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, "XDG_CONFIG_HOME": str(config)},
        cwd=Path(__file__).parents[2],
    )
