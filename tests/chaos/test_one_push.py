"""One push to each pretend hospital under faults, killed with -9 five times; four hospitals side by side."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos.one_push import Result
from tests.chaos.places import PLACES

KILLS, PATIENTS = 5, 1
PATIENCE = 600


def killed(character: str, faults: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "tests.chaos", "--character", character, "--faults", faults]
    sizes = ["--kills", str(KILLS), "--patients", str(PATIENTS), "--seed", "1"]
    return subprocess.run([*line, *sizes], capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("faults", ["flaky", "hostile"])
def test_a_push_that_is_killed_five_times_is_there_once_and_equal_at_every_character(faults: str) -> None:
    with ThreadPoolExecutor(len(PLACES)) as side_by_side:
        runs = list(side_by_side.map(killed, PLACES, [faults] * len(PLACES)))

    assert [run.returncode for run in runs] == [0] * len(PLACES), "\n".join(run.stdout + run.stderr for run in runs)
    assert all("5 kills; " in run.stdout.splitlines()[-1] for run in runs)


@pytest.mark.parametrize(
    "result",
    [
        Result(kills=4, accepted=9, reckoned=9, rewritten=1),
        Result(kills=5, accepted=8, reckoned=9, rewritten=1),
        Result(kills=5, accepted=0, reckoned=0, rewritten=1),
        Result(kills=5, accepted=9, reckoned=9, rewritten=0),
        Result(kills=5, accepted=9, reckoned=9, rewritten=1, wrong=["created twice"]),
    ],
    ids=["a kill is missing", "one is missing", "nothing is there", "no order was seen", "the witness saw something"],
)
def test_a_run_fails_that_has_not_shown_what_it_should(result: Result) -> None:
    assert len(result.failures(5)) == 1
    assert Result(kills=5, accepted=9, reckoned=9, rewritten=None).failures(5) == []
