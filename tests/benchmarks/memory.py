"""Peak memory of an import, few and many observations, each in a process of its own."""

import itertools
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from integration.intake import importing
from mappings import sample
from tests.benchmarks import clinic
from tests.benchmarks.clinic import Raw
from tests.benchmarks.figures import ROOT, Figure
from tests.benchmarks.sizes import Sizes


def measure(sizes: Sizes) -> list[Figure]:
    """Peak resident memory in MB; the second one's ratio is many over few: it must not grow with the export."""
    few, many = sizes.in_memory
    least, most = _peak(few), _peak(many)
    return [
        Figure(f"peak memory of importing {few:,} observations", least, "MB"),
        Figure(f"peak memory of importing {many:,} observations ({most / least:.2f} times the other)", most, "MB"),
    ]


def _peak(observations: int) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.memory", str(observations)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) / 1024


def main(observations: int) -> None:
    """Import so many observations and print the peak in KiB."""
    with tempfile.TemporaryDirectory(prefix="infusion-fhir-bench-") as folder:
        lines = Path(folder) / "export.ndjson"
        clinic.write(_some(observations), lines)
        with clinic.sqlite(Path(folder) / "clinic.db") as installation:
            if not importing.import_files(installation, [lines]).clean:
                raise AssertionError("the records of the benchmark are not in order")
    print(_peak_so_far())


def _peak_so_far() -> int:
    """The peak in KiB of this program alone: `ru_maxrss` would begin with what its parent had when it started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def _some(observations: int) -> Iterator[Raw]:
    """Whole courses until so many observations are reached."""
    left = itertools.count(observations, -1)
    for raw in sample.courses(1_000_000, clinic.SEED):
        yield raw
        if raw["kind"] == "observation" and next(left) <= 1:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
