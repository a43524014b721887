"""Sealing while a command runs: events get their place in the chain each second, and once more at its end."""

import threading
from collections.abc import Callable
from typing import Final, Protocol

from integration.errors import StoreError
from integration.store import deliveries, events
from integration.store.database import Database

EACH: Final = 1.0


class Clock(Protocol):
    """Tells the time, in seconds since 1970."""

    def now(self) -> float:
        """The time now."""
        ...


class Sealer:
    """Seals what has no seal yet, whoever wrote it; several programs may each have one, a lease lets one work."""

    def __init__(self, database: Database, clock: Clock, owner: str, sign: Callable[[bytes], str]) -> None:
        self._database = database
        self._clock = clock
        self._owner = owner
        self._sign = sign
        self._stop = threading.Event()
        self._sealed = 0
        self._thread = threading.Thread(target=self._each_second, name="sealer", daemon=True)

    def start(self) -> None:
        """Begin to seal each second."""
        self._thread.start()

    def end(self) -> None:
        """Seal for the last time and sign a checkpoint if this run sealed anything."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._seal(last=True)

    def _each_second(self) -> None:
        while not self._stop.wait(EACH):
            try:
                self._seal(last=False)
            except StoreError:
                continue  # a full disk or a lock: what the command itself does will say so

    def _seal(self, *, last: bool) -> None:
        with self._database.read() as conn:
            waiting = deliveries.anything_unsealed(conn)
        if waiting:
            self._sealed += events.seal(self._database, self._owner, self._clock.now())
        if self._sealed:
            self._database.transact(
                lambda conn: events.checkpoint(conn, self._sign, self._clock.now(), at_once=last)
            )  # fmt: skip
