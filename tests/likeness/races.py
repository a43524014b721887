"""Races: two requests at once, and every way in which they were seen to end at the real HAPI.

An end is the statuses of all answers, lowest first, and what is there afterwards: how many, or at which version.
"""

from dataclasses import dataclass

from tests.likeness.scenario import Step, delete, entry, found, get, named, patient, post, pulse, put, send

End = tuple[tuple[int, ...], str]

P = "Patient/p-<u>"
HERE = put(P, patient("p"))
HOW_MANY = found(f"Patient?{named('p')}")


@dataclass(frozen=True, slots=True)
class Race:
    """Requests that are sent at the same moment, what is there before, and how one looks afterwards."""

    name: str
    rivals: tuple[Step, ...]
    after: Step
    ends: frozenset[End]
    before: tuple[Step, ...] = ()


def race(name: str, rivals: tuple[Step, ...], after: Step, *ends: End, before: tuple[Step, ...] = ()) -> Race:
    return Race(name, rivals, after, frozenset(ends), before)


CHANGES = put(P, patient("p", active=True))
CHANGES_TOO = put(P, patient("p", active=False))
CREATE = post("Patient", patient(), If_None_Exist=named("p"))
SEARCHED = put(f"Patient?{named('p')}", patient())
TOGETHER = send(
    entry("POST", "Patient", patient(), "urn:uuid:6f0c2a9e-1111-4000-8000-000000000001", ifNoneExist=named("p")),
    entry("POST", "Observation", pulse()),
)

ONE = "1 there"
CONDITIONAL = (((200, 201), ONE), ((201, 409), ONE))
OF_THREE = (((200, 200, 201), ONE), ((200, 201, 409), ONE), ((201, 409, 409), ONE))
CHANGED = (((200, 200), "version 3"), ((200, 409), "version 2"))

# 150 to 500 rounds each at HAPI 8.8.0, on 2 cores, showed these ends and no other.
ALL = (
    race("two conditional creates", (CREATE, CREATE), HOW_MANY, *CONDITIONAL),
    race("three conditional creates", (CREATE,) * 3, HOW_MANY, *OF_THREE),
    race("two conditional updates of nothing", (SEARCHED, SEARCHED), HOW_MANY, *CONDITIONAL),
    # a second resource needs a third request: one has made it, the next has found that, and the last sees neither
    race(
        "three conditional updates of nothing",
        (SEARCHED,) * 3,
        HOW_MANY,
        *OF_THREE,
        ((200, 201, 201), "2 there"),
    ),
    race(
        "two conditional updates of one",
        (put(f"Patient?{named('p')}", patient(active=True)), put(f"Patient?{named('p')}", patient(active=False))),
        get(P),
        *CHANGED,
        before=(HERE,),
    ),
    race("two updates", (CHANGES, CHANGES_TOO), get(P), *CHANGED, before=(HERE,)),
    race(
        "two updates of one version",
        (
            put(P, patient("p", active=True), If_Match='W/"1"'),
            put(P, patient("p", active=False), If_Match='W/"1"'),
        ),
        get(P),
        ((200, 409), "version 2"),
        before=(HERE,),
    ),
    race("two updates that change nothing", (HERE, HERE), get(P), ((200, 200), "version 1"), before=(HERE,)),
    race(
        "two PUTs to one new id",
        (CHANGES, CHANGES_TOO),
        get(P),
        ((200, 201), "version 2"),
        ((201, 409), "version 1"),
    ),
    race(
        "an update and a delete",
        (CHANGES, delete(P)),
        get(P),
        ((200, 200), "status 410"),
        ((200, 201), "version 3"),
        ((200, 409), "status 410"),
        ((200, 409), "version 2"),
        before=(HERE,),
    ),
    race(
        "two deletes",
        (delete(P), delete(P)),
        get(P),
        ((200, 200), "status 410"),
        ((200, 409), "status 410"),
        before=(HERE,),
    ),
    race(
        "two transactions with one conditional create",
        (TOGETHER, TOGETHER),
        HOW_MANY,
        ((200, 200), ONE),
        ((200, 409), ONE),
    ),
    race(
        "a transaction and a conditional create",
        (TOGETHER, CREATE),
        HOW_MANY,
        ((200, 200), ONE),
        ((200, 201), ONE),
        ((200, 409), ONE),
        ((201, 409), ONE),
    ),
    # the second of these ends leaves a reference that leads nowhere, though HAPI looks after references
    race(
        "a reference to what is being deleted",
        (put("Observation/o-<u>", pulse("o", subject={"reference": P})), delete(P)),
        get(P),
        ((200, 400), "status 410"),
        ((200, 201), "status 410"),
        ((201, 409), "version 1"),
        before=(HERE,),
    ),
    race(
        "two creates without a condition",
        (post("Patient", patient()), post("Patient", patient())),
        HOW_MANY,
        ((201, 201), "2 there"),
    ),
)
