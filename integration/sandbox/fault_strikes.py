"""How a fault strikes: first on the request, then on the answer. Pure: time and chance come from outside.

    strike = fault_strikes.begin(fault, request, rng, now)
    … hospital.handle(strike.request, …), unless strike.answer is there, at `strike.late` seconds when that is set …
    answer = fault_strikes.finish(strike, response, rng, now)

Whoever serves (a socket, a transport in process, a simulator) sends `answer.response` after `answer.wait` seconds, cuts
the connection where it is None, and does with the line what `answer.line` names.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from integration.sandbox import faulted_answers, faulted_hooks, faulted_requests, faulted_versions
from integration.sandbox.exchange import Effect, Request, Response
from integration.sandbox.fault_kinds import Stage
from integration.sandbox.fault_schedule import Fault

_NOT_HEARD: Final = frozenset(
    {
        "connection-refused",
        "connection-reset",
        "name-not-found",
        "tls-expired",
        "tls-wrong-name",
        "tls-unknown-issuer",
        "tls-too-old",
        "reset-mid-request",
    }
)
"""Faults of the line after which the hospital has heard nothing."""

OF_THE_LINE: Final = _NOT_HEARD | {
    "name-slow", "slow-bytes", "body-cut", "length-too-long", "length-too-short", "half-closed",
}  # fmt: skip
"""Every fault of the line: whoever serves makes it, told by `Answer.line`."""

LATE: Final = frozenset({"late-commit", "gateway-late"})
"""Faults after which the hospital works on the request only later."""

OF_THE_ANSWER: Final = frozenset({"answer-lost", "answer-late"})
"""Faults of when, or whether, an answer goes out; its bytes stay what they are."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes to the client: a response or, where it is None, a connection that breaks without a byte."""

    response: Response | None
    wait: float = 0.0
    line: Fault | None = None


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault at work on one request."""

    fault: Fault
    asked: Request  # as the client sent it
    request: Request  # as the hospital hears it
    answer: Answer | None = None  # already decided: what the hospital says changes nothing for the client
    heard: bool = True  # whether the hospital handles the request at all
    late: float | None = None  # handled only after so many seconds
    act: str | None = None  # what the hospital's own staff do just before, by the name of the fault
    taken_out: faulted_requests.TakenOut | None = None


def begin(fault: Fault, request: Request, rng: random.Random, now: float) -> Strike:
    """Let a fault strike a request: tells what the hospital hears, if anything, and when."""
    plain = Strike(fault, request, request)
    if fault.kind.stage is Stage.BEFORE:
        return _before(plain, faulted_requests.STRIKES[fault.name](fault, request, rng, now))
    if fault.kind.stage is Stage.LINE and fault.name in _NOT_HEARD:
        return replace(plain, heard=False, answer=Answer(None, line=fault))
    if fault.name in LATE:
        gone = faulted_requests.page(504, "504 Gateway Time-out") if fault.name == "gateway-late" else None
        return replace(plain, late=fault.number("seconds"), answer=Answer(gone))
    if fault.kind.stage is Stage.INSIDE:
        return replace(plain, act=fault.name)
    understood = faulted_versions.UNDERSTOOD.get(fault.name)
    return plain if understood is None else replace(plain, request=understood(request))


def _before(plain: Strike, heard: faulted_requests.Heard) -> Strike:
    if heard is None or isinstance(heard, Response):
        return replace(plain, heard=False, answer=Answer(heard))
    if isinstance(heard, faulted_requests.TakenOut):
        return replace(plain, request=heard.request, taken_out=heard)
    return replace(plain, request=heard)


def finish(strike: Strike, response: Response, rng: random.Random, now: float) -> Answer:
    """Let the same fault strike the hospital's answer: tells what the client gets."""
    fault = strike.fault
    if strike.answer is not None:
        return strike.answer
    if strike.taken_out is not None:
        return Answer(strike.taken_out.put_back(response))
    if fault.kind.stage is Stage.LINE:
        wait = fault.number("seconds") if fault.name == "name-slow" else 0.0
        return Answer(response, wait, None if wait else fault)
    if fault.name == "answer-lost":
        return Answer(None)
    if fault.name == "answer-late":
        return Answer(response, fault.number("seconds"))
    if fault.kind.stage is Stage.AFTER:
        return Answer(faulted_answers.STRIKES[fault.name](fault, strike.asked, response, rng, now))
    return Answer(response)


def hooks(fault: Fault | None, calls: Sequence[Effect], rng: random.Random) -> list[Effect]:
    """Let a fault strike the hospital's own calls: gives those that go out."""
    if fault is None or not calls:
        return list(calls)
    return faulted_hooks.STRIKES[fault.name](fault, calls, rng)
