"""A FHIR server to practise on: `python -m integration.sandbox.practice PORT` runs one in ./practice-hospital.

It is sekmet-fhir from PyPI, a real server with a real database, on this machine only; Ctrl-C ends it.
"""

import sys
import threading
from pathlib import Path

from integration.sandbox import sekmet


def main(arguments: list[str]) -> int:
    """Run the server until it is stopped; the first line of output is its address."""
    if len(arguments) != 1 or not arguments[0].isdigit():
        sys.stderr.write(f"{__doc__}\n")
        return 2
    with sekmet.server(Path("practice-hospital"), port=int(arguments[0])) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
