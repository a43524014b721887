"""The clocks that a pretend hospital can live by: one that goes by itself, and one that stands until it is moved.

Neither reads the machine's time of day: whoever starts a hospital hands that in.
"""

import threading
from collections.abc import Callable
from typing import Final, Protocol

EPOCH: Final = 1_767_603_600.0
"""When a hospital opens whose clock nobody has set: 5 January 2026, 09:00 UTC."""


class Clock(Protocol):
    """What time it is at the hospital, in seconds since 1970."""

    def now(self) -> float:
        """Give the time."""

    def wait(self, seconds: float) -> None:
        """Let so much time pass for one request, while the others go on."""

    def move(self, seconds: float) -> None:
        """Put the clock forward."""


class SteppingClock:
    """A clock without time: each look at it is a millisecond later, and waiting moves it. Every run is the same."""

    def __init__(self, start: float = EPOCH, step: float = 0.001) -> None:
        self._at = start
        self._step = step
        self._lock = threading.Lock()

    def now(self) -> float:
        """Give the time, a step later than last time."""
        with self._lock:
            self._at += self._step
            return self._at

    def wait(self, seconds: float) -> None:
        """Put the clock forward; nobody waits."""
        self.move(seconds)

    def move(self, seconds: float) -> None:
        """Put the clock forward."""
        with self._lock:
            self._at += seconds


class RunningClock:
    """A clock that goes: whatever `source` says, moved by what was asked for. Waiting really waits."""

    def __init__(self, source: Callable[[], float], start: float | None = None) -> None:
        self._source = source
        self._ahead = 0.0 if start is None else start - source()
        self._ended = threading.Event()

    def now(self) -> float:
        """Give the time."""
        return self._source() + self._ahead

    def wait(self, seconds: float) -> None:
        """Wait, unless the hospital closes meanwhile."""
        self._ended.wait(seconds)

    def move(self, seconds: float) -> None:
        """Put the clock forward."""
        self._ahead += seconds

    def end(self) -> None:
        """Wake all who wait: the hospital closes."""
        self._ended.set()
