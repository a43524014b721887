"""When a push is killed, and what was in flight then."""

import random
import time
from dataclasses import dataclass

from integration.sandbox.faults import Hold
from integration.sandbox.faulty_proxy import FaultyProxy
from tests.real.clinic import Process

PATIENCE = 60.0  # seconds in which a push sends what it is to be killed at
LOOK_EVERY = 0.005
LINGER = 0.06


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment of a kill; `committed`: the hospital had done a request whose answer the push never got."""

    seconds: float
    requests: int
    in_flight: tuple[str, ...]
    committed: bool

    def __str__(self) -> str:
        flying = "; ".join(self.in_flight) or "nothing"
        return f"killed {self.seconds:.3f} s after its start, at request {self.requests}; in flight: {flying}"


def kill_while_held(push: Process, proxy: FaultyProxy, hold: Hold, skip: int) -> Moment | None:
    """Kill when the hospital has committed a write, after `skip` others, and its answer is being held back."""
    began = time.monotonic()
    hold.arm(skip=skip, count=1)
    waited = 0.0
    while push.running and waited < PATIENCE and not hold.wait_until_held(LOOK_EVERY * 10):
        waited += LOOK_EVERY * 10
    moment = _kill(push, proxy, began)
    hold.release()
    return moment


def kill_after(push: Process, proxy: FaultyProxy, requests: int, chance: random.Random) -> Moment | None:
    """Kill a random little while after so many requests have come, whatever they have come to."""
    began = time.monotonic()
    while push.running and len(proxy.journal()) < requests:
        push.lasts(LOOK_EVERY)
    push.lasts(chance.uniform(0, LINGER))
    return _kill(push, proxy, began)


def _kill(push: Process, proxy: FaultyProxy, began: float) -> Moment | None:
    at = time.monotonic() - began
    flying = proxy.in_flight()
    if not push.kill():
        return None  # it was faster
    journal = proxy.journal()
    held = {one.number for one in journal if one.in_flight and one.writes and one.committed is not None}
    says = tuple(f"{one}{', its answer held back' if one.number in held else ''}" for one in flying)
    return Moment(at, len(journal), says, any(one.number in held for one in flying))
