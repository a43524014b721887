"""`make bench`: measures everything and writes build/bench.json; `--table` prints the README's table from it."""

import sys
from collections.abc import Callable

from tests.benchmarks import figures, importing, mapping, memory, pushing, sandbox, sandbox_histories, sizes
from tests.benchmarks.figures import Figure

BENCHMARKS: dict[str, Callable[[sizes.Sizes], list[Figure]]] = {
    "mapping": mapping.measure,
    "pushing": pushing.measure,
    "importing": importing.measure,
    "memory": memory.measure,
    "sandbox": sandbox.measure,
    "histories": sandbox_histories.measure,
}


def main(arguments: list[str]) -> int:
    """Run all benchmarks, or those named."""
    if arguments == ["--table"]:
        print(figures.markdown(figures.read(figures.KEPT)))
        return 0
    found: list[Figure] = []
    for name in arguments or BENCHMARKS:
        print(f"{name} …", file=sys.stderr, flush=True)
        found += BENCHMARKS[name](sizes.from_environment())
    kept = figures.read(figures.KEPT) if arguments and figures.KEPT.exists() else []  # of those not run again
    names = {figure.name for figure in found}
    figures.write([*(figure for figure in kept if figure.name not in names), *found], figures.KEPT)
    print(figures.markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
