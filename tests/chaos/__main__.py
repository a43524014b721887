"""`make chaos`: kill -9 in mid-push, then all must be equal; ends with 1 if anything is not.

Without --character the hospital is a real server behind a faulty line. With it, it is a pretend one that meets a preset
of faults, and its journal is a witness.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from integration.sandbox import fault_schedule
from tests.chaos import kills, one_push
from tests.chaos.places import PLACES


def main() -> int:
    asked = _arguments().parse_args()
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:6.1f} s] {text}", flush=True)

    with tempfile.TemporaryDirectory(prefix="infusion-fhir-chaos-") as folder:
        found = _at_a_real_server if asked.character is None else _at_a_pretend_hospital
        summary, failures = found(Path(folder), asked, say)
    well = "all equal after each" if asked.character is None else "all as it must be"
    say(f"{summary}: " + ("; ".join(why.splitlines()[0] for why in failures) or well))
    return 1 if failures else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patients", type=int, default=20)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite", help="at a real server")
    parser.add_argument("--character", choices=PLACES, help="push to this pretend hospital instead")
    parser.add_argument("--faults", choices=fault_schedule.presets(), default="hostile", help="that it meets")
    return parser


def _at_a_real_server(folder: Path, asked: argparse.Namespace, say: kills.Say) -> tuple[str, list[str]]:
    tally = kills.run(
        folder, kills=asked.kills, seed=asked.seed, patients=asked.patients, database=asked.database, say=say
    )
    return (
        f"{tally.kills} kills, {tally.committed} of them with a request in flight that the server had committed; "
        f"{tally.documents} documents of {asked.patients} patients"
    ), tally.failures(asked.kills)


def _at_a_pretend_hospital(folder: Path, asked: argparse.Namespace, say: kills.Say) -> tuple[str, list[str]]:
    result = one_push.run(
        folder, PLACES[asked.character], asked.faults,
        kills=asked.kills, seed=asked.seed, patients=asked.patients, say=say,
    )  # fmt: skip
    say(f"faults: {', '.join(f'{times} {name}' for name, times in result.struck.items())}")
    say(f"verify: {', '.join(f'{number} {what}' for what, number in result.counts.items())}")
    for why, number in result.rest.most_common():
        say(f"  {number} {why}")
    return (
        f"{asked.character}, {asked.faults}, seed {asked.seed}: {result.kills} kills; {result.accepted} resources "
        f"accepted of {asked.patients} patients, {result.reckoned} reckoned; {result.rewritten or 0} places rewritten"
    ), result.failures(asked.kills)


if __name__ == "__main__":
    sys.exit(main())
