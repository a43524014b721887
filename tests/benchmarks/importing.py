"""Import a clinic's export on both databases: records taken in, mapped, checked and stored."""

import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from integration.intake import importing
from mappings import sample
from tests.benchmarks import clinic
from tests.benchmarks.clinic import Installation
from tests.benchmarks.figures import Figure
from tests.benchmarks.sizes import Sizes
from tests.parts import postgres

New = Callable[[Path], AbstractContextManager[Installation]]


def measure(sizes: Sizes) -> list[Figure]:
    """Rows a second, by the wall clock: a database is another process, or the disk."""
    with tempfile.TemporaryDirectory(prefix="infusion-fhir-bench-") as folder:
        lines = Path(folder) / "export.ndjson"
        number = _export(lines, sizes.imported)
        seen: dict[str, list[float]] = {"SQLite": [], "PostgreSQL": []}
        for turn in range(sizes.import_rounds):
            for name, new in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
                with new(Path(folder) / f"{name}-{turn}.db") as installation:
                    begin = time.perf_counter()
                    report = importing.import_files(installation, [lines])
                    seen[name].append(number / (time.perf_counter() - begin))
                if not report.clean:
                    raise AssertionError("the records of the benchmark are not in order")
    return [
        Figure(f"import {number:,} records into {name}", statistics.median(rates), "records/s")
        for name, rates in seen.items()
    ]


def _export(to: Path, least: int) -> int:
    patients = max(1, least // 200)
    records = list(sample.courses(patients, clinic.SEED))
    clinic.write(iter(records), to)
    return len(records)


@contextlib.contextmanager
def _sqlite(path: Path) -> Iterator[Installation]:
    with clinic.sqlite(path) as installation:
        yield installation


@contextlib.contextmanager
def _postgres(_: Path) -> Iterator[Installation]:
    with postgres.database() as url, clinic.postgres(url) as installation:
        yield installation
