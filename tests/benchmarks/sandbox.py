"""How fast a pretend hospital answers: the machine alone, in process, on a socket; against sekmet in the same run."""

import gc
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.benchmarks import rounds, sandbox_asks, sandbox_ways
from tests.benchmarks.figures import Figure
from tests.benchmarks.sandbox_asks import Ask, Course
from tests.benchmarks.sandbox_ways import DIRECT, PEER, Way
from tests.benchmarks.sizes import Sizes

FLOOR: Final = 20.0
_WITH_FLOOR: Final = ("read", "search")
_OK: Final = (200, 201)


@dataclass(slots=True)
class _Seen:
    """Seconds a request, round by round."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def measure(sizes: Sizes) -> list[Figure]:
    """Requests a second of one client, and CPU time of whoever answers, for each kind of request and each way."""
    course = Course(sizes)
    with tempfile.TemporaryDirectory(prefix="infusion-fhir-bench-") as folder:
        with sandbox_ways.opened(Path(folder)) as ways:
            seen = _seen(ways, course, sizes.sandbox_rounds)
    return [figure for kind, name in seen for figure in _figures(kind, name, seen)]


def _seen(ways: Mapping[str, Way], course: Course, number: int) -> dict[tuple[str, str], _Seen]:
    """Rounds in which all ways take turns, kind by kind; before and after them all hold the same."""
    for way in ways.values():
        _all_done(way, course.loads())
    _require_equal(ways, course)
    seen = {(kind, name): _Seen() for kind in course.kinds for name in ways}
    for turn, names in enumerate(rounds.turns(list(ways), number)):
        for kind, (many, asks) in course.kinds.items():
            asked = asks(many, turn)
            for name in names:
                _timed(ways[name], asked, seen[kind, name])
    _require_equal(ways, course)
    return seen


def _timed(way: Way, asks: Sequence[Ask], seen: _Seen) -> None:
    way.make_ready()
    gc.collect()
    cpu, begin = way.cpu(), time.perf_counter()
    _all_done(way, asks)
    seen.wall.append((time.perf_counter() - begin) / len(asks))
    seen.cpu.append((way.cpu() - cpu) / len(asks))


def _all_done(way: Way, asks: Sequence[Ask]) -> None:
    for ask in asks:
        status, _ = way.send(ask)
        if status not in _OK:
            raise AssertionError(f"{ask.method} {ask.path or 'Bundle'} was answered with {status}")


def _require_equal(ways: Mapping[str, Way], course: Course) -> None:
    """All hold the same: each page shows the same resources at the same versions, out of as many."""
    for way in ways.values():
        way.make_ready()
    for ask in course.searches():
        pages = {name: sandbox_asks.shown(way.send(ask)[1]) for name, way in ways.items()}
        unequal = [name for name, page in pages.items() if page != pages[PEER]]
        if unequal or len(pages[PEER][1]) != sandbox_asks.PAGE:
            raise AssertionError(f"not the same page of {sandbox_asks.PAGE} as {PEER}: {unequal}")


def _figures(kind: str, name: str, seen: Mapping[tuple[str, str], _Seen]) -> list[Figure]:
    ours, peers = seen[kind, name], seen[kind, PEER]
    faster = None if name == PEER else rounds.ratio(peers.wall, ours.wall)
    cheaper = None if name == PEER else rounds.ratio(peers.cpu, ours.cpu)
    floor = FLOOR if name == DIRECT and kind.startswith(_WITH_FLOOR) else None
    what = f"sandbox, {kind}, {name}"
    return [
        Figure(what, 1 / statistics.median(ours.wall), "requests/s", faster, floor),
        Figure(f"{what}: CPU of the server", statistics.median(ours.cpu) * 1e6, "µs CPU", cheaper),
    ]
