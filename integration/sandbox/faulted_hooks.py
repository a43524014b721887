"""Faults of a hospital's own calls to its subscribers: not sent, sent twice, reordered, a thousand times, forged.

Each function takes the fault, the calls that the hospital wants to make, and the dice; it gives the calls that go out.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from integration.sandbox.exchange import Effect, Notify
from integration.sandbox.fault_schedule import Fault

Alters = Callable[[Fault, Sequence[Effect], random.Random], list[Effect]]


def _none(_: Fault, __: Sequence[Effect], ___: random.Random) -> list[Effect]:
    return []


def _twice(_: Fault, calls: Sequence[Effect], __: random.Random) -> list[Effect]:
    return [call for call in calls for _ in range(2)]


def _reordered(_: Fault, calls: Sequence[Effect], rng: random.Random) -> list[Effect]:
    other = list(reversed(calls)) if len(calls) == 2 else list(calls)
    if len(calls) > 2:
        rng.shuffle(other)
    return other


def _storm(fault: Fault, calls: Sequence[Effect], _: random.Random) -> list[Effect]:
    return [call for call in calls for _ in range(int(fault.number("times")))]


def _forged(_: Fault, calls: Sequence[Effect], rng: random.Random) -> list[Effect]:
    """Beside each true call comes one with a secret that somebody has guessed."""
    return [one for call in calls for one in (call, _with_secret(call, f"Bearer {rng.getrandbits(64):016x}"))]


def _bare(_: Fault, calls: Sequence[Effect], __: random.Random) -> list[Effect]:
    return [_with_secret(call, None) for call in calls]


def _with_secret(call: Effect, secret: str | None) -> Notify:
    plain = tuple((name, value) for name, value in call.headers if name.lower() in ("content-type", "accept"))
    return replace(call, headers=plain if secret is None else (*plain, ("Authorization", secret)))


STRIKES: Final[Mapping[str, Alters]] = {
    "hooks-missed": _none,
    "hooks-twice": _twice,
    "hooks-reordered": _reordered,
    "hook-storm": _storm,
    "hook-forged": _forged,
    "hook-without-secret": _bare,
    "subscription-off": _none,
}
"""What each fault of a rest-hook does, by its name."""
