"""Where `planted_bugs` plants its bugs: not among the tests that must catch them, which run with one planted."""

from tests.delivery.planted_bugs import BUGS, ROOT


def test_each_bug_can_still_be_planted_at_exactly_one_place() -> None:
    places = {bug.name: (ROOT / bug.file).read_text().count(bug.old) for bug in BUGS}

    assert {name: times for name, times in places.items() if times != 1} == {}
