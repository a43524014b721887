"""Rounds of contenders that take turns in one process, so that a noisy neighbour disturbs all of them alike."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

Contender = Callable[[], int]
"""Does its work once and gives how many things it did."""


def cpu_per_thing(
    contenders: Mapping[str, Contender], rounds: int, prepare: Callable[[str], None] = lambda _: None
) -> dict[str, list[float]]:
    """CPU seconds of this process for each thing, round by round; who begins rotates; `prepare` is not counted."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for names in turns(list(contenders), rounds):
        for name in names:
            prepare(name)
            gc.collect()
            gc.freeze()  # what lies there before is nobody's work, and would be looked through again and again
            begin = time.process_time()
            things = contenders[name]()
            found[name].append((time.process_time() - begin) / things)
    return found


def turns(names: Sequence[str], rounds: int) -> Iterator[Sequence[str]]:
    """The order of each round; who begins rotates."""
    for number in range(rounds):
        first = number % len(names)
        yield [*names[first:], *names[:first]]


def ratio(slow: Sequence[float], fast: Sequence[float]) -> float:
    """The median of the ratios of each round."""
    return statistics.median(s / f for s, f in zip(slow, fast, strict=True))
