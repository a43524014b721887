"""The benchmarks run and give figures of the promised form; no timing is asserted here."""

from pathlib import Path
from types import ModuleType

import pytest

from tests.benchmarks import figures, importing, mapping, memory, pushing, sandbox, sandbox_histories
from tests.benchmarks.figures import Figure
from tests.benchmarks.sizes import from_environment

TINY = from_environment({"INFUSION_BENCH_SCALE": "0.001"})


@pytest.mark.parametrize("benchmark", [mapping, pushing, importing, memory, sandbox, sandbox_histories])
def test_a_benchmark_gives_figures_that_are_kept_and_shown(benchmark: ModuleType, tmp_path: Path) -> None:
    found: list[Figure] = benchmark.measure(TINY)
    figures.write(found, tmp_path / "bench.json")

    assert figures.read(tmp_path / "bench.json") == found
    assert all(figure.value > 0 and figure.name and figure.unit for figure in found)
    assert all(figure.ratio is not None for figure in found if figure.floor is not None)
    assert figures.markdown(found).count("\n") == len(found) + 1
