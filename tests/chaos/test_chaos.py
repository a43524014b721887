"""Kills on PostgreSQL as our own database; and that a run says so when it has not proven what it should."""

from pathlib import Path

import pytest

from tests.chaos import kills
from tests.chaos.kills import Tally


@pytest.mark.slow
def test_kills_in_mid_push_on_postgresql_leave_everything_equal(tmp_path: Path) -> None:
    said: list[str] = []

    tally = kills.run(tmp_path, kills=2, seed=2, patients=2, database="postgresql", say=said.append)

    assert tally.failures(2) == [], "\n".join(said)
    assert (tally.kills, tally.documents > 0) == (2, True)


@pytest.mark.parametrize(
    "tally",
    [Tally(kills=9, committed=9), Tally(kills=10, committed=4), Tally(kills=10, committed=10, wrong=["1 twice"])],
    ids=["a kill is missing", "too few kills met a committed request", "something was there twice"],
)
def test_a_run_fails_that_has_not_proven_what_it_should(tally: Tally) -> None:
    assert len(tally.failures(10)) == 1
    assert Tally(kills=10, committed=5).failures(10) == []
