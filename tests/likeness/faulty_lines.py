"""Scenarios with a fault in them: the same on the line to HAPI and at hapi-like itself, at the first write."""

from collections.abc import Callable
from dataclasses import dataclass

from integration.sandbox import faults, refusals
from integration.sandbox.faults import Rule, When
from tests.likeness.scenario import Scenario, Step, entry, found, get, named, patient, post, pulse, put, scenario, send

P = "Patient/p-<u>"
HERE = put(P, patient("p"))
CREATE = post("Patient", patient(), If_None_Exist=named("p"))
HOW_MANY = found(f"Patient?{named('p')}")
BOTH = send(entry("PUT", P, patient("p")), entry("PUT", "Observation/o-<u>", pulse("o")))


@dataclass(frozen=True, slots=True)
class FaultyLine:
    """A scenario, the fault of hapi-like, and the rule of the line to HAPI that does the same."""

    fault: str
    rule: Callable[[], Rule]
    scenario: Scenario
    times: int

    @property
    def schedule(self) -> str:
        return f'[[fault]]\nkind = "{self.fault}"\non = ["write"]\ncount = {self.times}\n'


def once() -> When:
    return When(count=1)


def faulty(fault: str, rule: Callable[[], Rule], *steps: Step, times: int = 1) -> FaultyLine:
    return FaultyLine(fault, rule, scenario(fault, *steps), times)


ALL = (
    faulty("answer-lost", lambda: faults.CutReply(once()), CREATE, CREATE, HOW_MANY),
    faulty("answer-lost", lambda: faults.CutReply(once()), HERE, get(P)),
    faulty("answer-lost", lambda: faults.CutReply(once()), BOTH, get(P), BOTH, get(P)),
    faulty("cut-before", lambda: faults.CutBefore(once()), CREATE, HOW_MANY, CREATE, HOW_MANY),
    faulty("busy", lambda: faults.Busy(once()), HERE, get(P), HERE),
    faulty("busy-but-done", lambda: faults.Busy(once(), behind=True), CREATE, HOW_MANY, CREATE),
    faulty("error-500", lambda: faults.Busy(once(), retry_after=None, status=500), HERE, get(P), HERE),
    faulty("error-but-done", lambda: faults.Busy(once(), retry_after=None, status=500, behind=True), HERE, get(P)),
    faulty("too-many", lambda: faults.Busy(once(), status=429), BOTH, get(P), BOTH),
    faulty("retry-after-missing", lambda: faults.Busy(once(), retry_after=None, status=429), HERE, get(P), HERE),
    faulty("ignores-if-none-exist", lambda: refusals.Ignores(When(count=2)), CREATE, CREATE, HOW_MANY, times=2),
    faulty(
        "refused-422",
        lambda: refusals.RefuseCode(once(), code="8867-4"),
        put("Observation/o-<u>", pulse("o")),
        found(f"Observation?{named('o')}"),
    ),
    faulty(
        "refused-400",
        lambda: refusals.RefuseCode(once(), status=400, code="8867-4"),
        put("Observation/o-<u>", pulse("o")),
        found(f"Observation?{named('o')}"),
    ),
    faulty("transaction-refused", lambda: refusals.RefuseCode(once(), code="8867-4"), BOTH, get(P), BOTH, get(P)),
)
