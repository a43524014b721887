"""`make chaos`: kill -9 in mid-push, then all must be equal; ends with 1 if anything is not."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos import kills


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patients", type=int, default=20)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    asked = parser.parse_args()
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:6.1f} s] {text}", flush=True)

    with tempfile.TemporaryDirectory(prefix="infusion-fhir-chaos-") as folder:
        tally = kills.run(
            Path(folder), kills=asked.kills, seed=asked.seed, patients=asked.patients, database=asked.database, say=say
        )
    failures = tally.failures(asked.kills)
    say(
        f"{tally.kills} kills, {tally.committed} of them with a request in flight that the server had committed; "
        f"{tally.documents} documents of {asked.patients} patients: "
        + ("all equal after each" if not failures else "; ".join(why.splitlines()[0] for why in failures))
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
