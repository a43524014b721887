"""Rounds of contenders that take turns in one process, so that a noisy neighbour disturbs all of them alike."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

Contender = Callable[[], int]
"""Does its work once and gives how many things it did."""


def cpu_per_thing(
    contenders: Mapping[str, Contender], rounds: int, prepare: Callable[[str], None] = lambda _: None
) -> dict[str, list[float]]:
    """CPU seconds of this process for each thing, round by round; who begins rotates; `prepare` is not counted."""
    names = list(contenders)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            prepare(name)
            gc.collect()
            gc.freeze()  # what lies there before is nobody's work, and would be looked through again and again
            begin = time.process_time()
            things = contenders[name]()
            found[name].append((time.process_time() - begin) / things)
    return found


def ratio(slow: Sequence[float], fast: Sequence[float]) -> float:
    """The median of the ratios of each round."""
    return statistics.median(s / f for s, f in zip(slow, fast, strict=True))
