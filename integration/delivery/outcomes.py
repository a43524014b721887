"""What a hospital's answer means: one pure function, one table (printed into the README).

Every entry of an answer is judged by itself. `closes` says whether the attempt is over: where the answer does not
prove what became of the write, the attempt stays open and is looked up (delivery.md, "An open attempt").
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from functools import cache

import msgspec

from integration.store.rows import Write


class Outcome(StrEnum):
    """The six things that an answer can mean for one entry."""

    ACCEPTED = "Accepted"
    ENDPOINT_DOWN = "EndpointDown"
    REFUSED = "Refused"
    UNKNOWN = "Unknown"
    CONFLICT = "Conflict"
    STOP = "Stop"


class Scope(StrEnum):
    """How far an outcome reaches."""

    RECORD = "record"
    TYPE = "type"
    HOSPITAL = "hospital"


class Rule(msgspec.Struct, frozen=True):
    """One line of the table; the first that fits decides."""

    says: str
    statuses: Collection[int]
    outcome: Outcome
    closes: bool
    then: str
    scope: Scope = Scope.RECORD
    writes: Collection[Write] = tuple(Write)
    charged: bool = False
    busy: bool | None = None  # True: only with --busy-means-not-done and a Retry-After


_FIRST = (Write.PUT, Write.CREATE, Write.CONDITIONAL_PUT, Write.POST)
_ANY_4XX = range(400, 500)

TABLE: Sequence[Rule] = (
    Rule("200 to a conditional create", (200,), Outcome.UNKNOWN, False,
         "the resource that it names is read at once and compared with everything that we ever sent",
         writes=(Write.CREATE,)),
    Rule("200, 201, 204", (200, 201, 204), Outcome.ACCEPTED, True, "id and version are kept; `have` is what was sent"),
    Rule("other 2xx", range(200, 300), Outcome.UNKNOWN, False, "looked up at once and at begin + W"),
    Rule("3xx", range(300, 400), Outcome.STOP, False, "never followed; hospital IT must give the right address",
         scope=Scope.HOSPITAL),
    Rule("401", (401,), Outcome.STOP, True, "after one fresh reading of the secret and one replay",
         scope=Scope.HOSPITAL),
    Rule("403", (403,), Outcome.STOP, True, "this resource type waits; the others go on", scope=Scope.TYPE),
    Rule("408", (408,), Outcome.UNKNOWN, False, "looked up at once and at begin + W", charged=True),
    Rule("429", (429,), Outcome.ENDPOINT_DOWN, True, "not done; the whole hospital waits as it asked",
         scope=Scope.HOSPITAL),
    Rule("404, 410 to an update", (404, 410), Outcome.CONFLICT, False, "read again: gone there, a person decides",
         writes=(Write.UPDATE,)),
    Rule("409, 412", (409, 412), Outcome.CONFLICT, False, "read again at once and compared, never blindly repeated"),
    Rule("other 4xx", _ANY_4XX, Outcome.REFUSED, True, "parked with the hospital's words, once it stands alone"),
    Rule('503 with Retry-After, where the hospital says that this means "not begun"', (503,), Outcome.ENDPOINT_DOWN,
         True, "not done; sent again later", scope=Scope.HOSPITAL, busy=True),
    Rule("500", (500,), Outcome.UNKNOWN, False, "looked up at once and at begin + W", charged=True),
    Rule("5xx", range(500, 600), Outcome.UNKNOWN, False,
         "looked up at once and at begin + W; a proxy may say so while the request goes on behind it"),
    Rule("anything else, or no status at all", (), Outcome.UNKNOWN, False, "looked up at once and at begin + W"),
)  # fmt: skip

NO_CONNECTION = Rule("no connection was made", (), Outcome.ENDPOINT_DOWN, True, "not done; sent again later",
                     scope=Scope.HOSPITAL)  # fmt: skip
CUT = Rule("the connection broke once a byte was sent, or the answer is cut, no FHIR, or does not fit the request",
           (), Outcome.UNKNOWN, False, "looked up at once and at begin + W", charged=True)  # fmt: skip
UNTRUSTED = Rule("the server's certificate does not hold", (), Outcome.STOP, True,
                 "nothing was sent; hospital IT must act", scope=Scope.HOSPITAL)  # fmt: skip
OTHER_PATIENT = Rule("the answer is about another patient or another resource", (), Outcome.STOP, False,
                     "nothing more is sent before somebody has looked", scope=Scope.HOSPITAL)  # fmt: skip
WITHOUT_STATUS = (NO_CONNECTION, CUT, UNTRUSTED, OTHER_PATIENT)


@cache
def judge(status: int | None, write: Write, *, busy: bool = False) -> Rule:
    """What a status means for an entry that was written this way; `busy`: a Retry-After from a hospital that
    documents its 503 as "not begun".
    """
    for rule in TABLE:
        if status in rule.statuses and write in rule.writes and (not rule.busy or busy):
            return rule
    return TABLE[-1]


def markdown() -> str:
    """The table as it stands in the README."""
    lines = ["| answer to a write | means | the attempt | scope | then |", "|---|---|---|---|---|"]
    for rule in (*TABLE, *WITHOUT_STATUS):
        over = "is over" if rule.closes else "stays open"
        lines.append(f"| {rule.says} | {rule.outcome} | {over} | {rule.scope} | {rule.then} |")
    return "\n".join(lines)
