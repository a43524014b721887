"""A hospital that only swallows: takes a transaction, says that each entry was created, keeps nothing.

Run as a process of its own, so that its work is not counted: `python -m tests.benchmarks.sink` prints its port.
"""

import contextlib
import json
import re
import socketserver
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

_ENTRY = re.compile(rb'"request":\{"method":"PUT","url":"([A-Za-z]+/[A-Za-z0-9.-]+)"')
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n"
_START = b'{"resourceType":"Bundle","type":"transaction-response","entry":['
_ANSWER = b'{"response":{"status":"201 Created","location":"%s/_history/1","etag":"W/\\"1\\""}}'


def answer(request: bytes) -> bytes:
    """A transaction-response to a transaction of PUTs."""
    return _START + b",".join(_ANSWER % url for url in _ENTRY.findall(request)) + b"]}"


class _Swallow(socketserver.StreamRequestHandler):
    wbufsize = -1
    disable_nagle_algorithm = True

    def handle(self) -> None:
        while True:
            length = 0
            line = self.rfile.readline()
            if not line:
                return
            while line not in {b"\r\n", b""}:
                found = _LENGTH.match(line)
                length = int(found[1]) if found else length
                line = self.rfile.readline()
            body = answer(self.rfile.read(length))
            self.wfile.write(_HEAD % len(body) + body)
            self.wfile.flush()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@dataclass(frozen=True, slots=True)
class Sink:
    """A sink that runs."""

    url: str


@contextlib.contextmanager
def running() -> Iterator[Sink]:
    """Start a sink in another process, and end it afterwards."""
    command = [sys.executable, "-m", "tests.benchmarks.sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            port = json.loads(process.stdout.readline())["port"]
            yield Sink(f"http://127.0.0.1:{port}/fhir")
        finally:
            process.kill()


def main() -> None:
    """Serve until killed."""
    with _Server(("127.0.0.1", 0), _Swallow) as server:
        sys.stdout.write(json.dumps({"port": server.server_address[1]}) + "\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
