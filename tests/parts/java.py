"""The Java parts, built once from their sources under `build/parts/` and again only when a source has changed."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCES = Path(__file__).parent
ROOT = SOURCES.parent.parent
BUILD = ROOT / "build" / "parts"
QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
NEEDED = "no Java or Maven: `make test` installs them, or type: apt-get install -y openjdk-17-jdk-headless maven"


class PartNotBuiltError(RuntimeError):
    """Maven failed, or is not there."""


def build(part: str) -> Path:
    """Gives the folder with the part's jar and libraries, built if need be."""
    into = BUILD / part
    stamp = into / "sources.sha256"
    with _alone(part):
        wanted = _digest(SOURCES / part)
        if not stamp.exists() or stamp.read_text() != wanted:
            if shutil.which("mvn") is None or shutil.which("java") is None:
                raise PartNotBuiltError(NEEDED)
            shutil.rmtree(into, ignore_errors=True)
            _maven(SOURCES / part, into)
            stamp.write_text(wanted)
    return into


def command(jar: Path, memory: str) -> list[str]:
    """The start of a command line that runs a jar and is ready as soon as may be."""
    return ["java", f"-Xmx{memory}", *QUICK, "-jar", str(jar)]


def sharing_classes(line: list[str], archive: Path, write_to: Path) -> list[str]:
    """Adds the class-data archive (a third off the start), or has one written at the end while there is none."""
    found = archive.exists()
    what = f"-XX:SharedArchiveFile={archive}" if found else f"-XX:ArchiveClassesAtExit={write_to}"
    return [line[0], what, "-Xlog:cds=off", "-Xlog:cds+dynamic=off", *line[1:]]


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and "target" not in p.parts):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _maven(source: Path, into: Path) -> None:
    line = ["mvn", "-q", "-B", "-f", str(source / "pom.xml"), f"-Dbuild.into={into}", "package"]
    ran = subprocess.run(line, capture_output=True, text=True, check=False, env=os.environ | {"MAVEN_OPTS": "-Xmx512m"})
    if ran.returncode:
        raise PartNotBuiltError(f"Maven could not build {source.name}:\n{(ran.stdout + ran.stderr)[-3000:]}")


@contextmanager
def _alone(part: str) -> Iterator[None]:
    """Two test runs at once build one after the other."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / f"{part}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    for name in ("hapi", "validator"):
        build(name)
