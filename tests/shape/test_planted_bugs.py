"""The bugs that the delivery protocol names can be planted: the run that plants them is not part of the fast tests.

Not beside the bugs, in `tests/delivery`: the first test there that fails counts as the one that caught the bug,
and these fail as soon as any is planted.
"""

from collections import Counter

import pytest

from tests.delivery.planted_bugs import BUGS, ROOT, Bug

NAMED_BY_THE_PROTOCOL = {
    "no write-ahead": "no write-ahead",
    "a dead owner's unknown rows simply dirty": "a dead owner's unknown rows simply dirty",
    "settle without the token": "settle without the token",
    "write-ahead without re-reading token": "write-ahead without re-reading the token",
    "write-ahead without re-reading want and state": "write-ahead without re-reading want and state",
    "no clock at Send": "no clock at Send",
    "a timed-out write sent again at once": "a timed-out write sent again at once",
    "no wait": "no wait",
    "last look at deadline + D, not after": "last look at the deadline, not after the wait",
    "index lag left out": "index lag left out",
    "the wait judged when the look is acted upon": "the wait judged when the look is acted upon",
    "the wait restarted with each claim": "the wait restarted with each claim",
    'rung 1 or an update "not there, PUT again"': "rung 1 or an update: not there, PUT again",
    "adopt without comparing": "adopt without comparing",
    "compare with today's want": "compare with today's want",
    "A → B → A clean with an open attempt": "A, B, A clean with an open attempt",
    "`have` := today's want": "have := today's want",
    "200 of a conditional create taken as Accepted": "200 of a conditional create taken as Accepted",
    "settle over dismissed": "settle over dismissed",
    "dismissal closes the attempt": "a dismissal closes the attempt",
    "B before A": "B before A",
    "logical reference to a parked referent": "a logical reference to a parked referent",
    "refused transaction not split": "a refused transaction is not split",
    "unknown bundle sent again whole": "an unknown bundle is sent again whole",
    "no crash limit": "no limit for a record that crashes the server",
    "endpoint fault charged to the record": "an endpoint fault charged to the record",
    "503 closes a write": "503 closes a write",
    "412 blindly repeated": "a 412 blindly repeated",
    "updates by conditional PUT": "updates by conditional PUT",
    "no version-gap check on answers": "no version-gap check on answers",
    "no version-gap check on look-ups": "no version-gap check on look-ups",
    "200 of a batch taken for all": "200 of a batch taken for all",
    "entries shifted": "entries shifted",
    "look-ups without no-cache": "look-ups without no-cache",
    "two hits: the first": "two hits: the first",
    "no search before the first POST": "no search before the first POST",
    "no search: left unknown": "no search by identifier: left unknown",
    "a superseded Refused parks the newer version": "a superseded Refused parks the newer version",
    "parked not reopened": "parked not reopened",
    "our own kills counted": "our own kills counted",
}
"""Each bug of the protocol's list, in its words, and the name under which it is planted."""

OUR_OWN = {"settle rows as they were left though somebody moved one"}
"""Bugs that only our way of doing it can have."""


def test_every_bug_that_the_protocol_names_is_planted_once() -> None:
    assert Counter(bug.name for bug in BUGS) == Counter([*NAMED_BY_THE_PROTOCOL.values(), *OUR_OWN])


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_place_to_plant_it_stands_exactly_once(bug: Bug) -> None:
    """Whoever changes that code has to plant the bug anew: otherwise nobody knows whether a test still catches it."""
    assert (ROOT / bug.file).read_text(encoding="utf-8").count(bug.old) == 1
    assert bug.new != bug.old
