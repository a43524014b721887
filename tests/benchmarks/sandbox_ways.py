"""The ways to a hospital that are measured: the pure machine, in process, on a socket; and sekmet on a socket.

A way sends one request at a time and waits for its answer, as one client does; its clock is the CPU time of whoever
answers, of this whole process where that is the same.
"""

import contextlib
import ctypes
import http.client
import random
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from integration.sandbox import character_file, exchange, real_server, sekmet
from integration.sandbox.exchange import Request
from integration.sandbox.machine import SandboxHospital
from integration.sandbox.real_server import RealServer
from integration.sandbox.testing import open_hospital
from tests.benchmarks.sandbox_asks import Ask

CHARACTER: Final = "open"
PEER: Final = "sekmet on a socket"
DIRECT: Final = "`handle` called directly"
_SEED: Final = 1
_HEADERS: Final = {"content-type": exchange.FHIR_JSON, "accept": exchange.FHIR_JSON}
_OPENED: Final = 1_767_603_600.0
_PATIENCE: Final = 120.0


@dataclass(frozen=True, slots=True)
class Way:
    """How requests get there; `send` gives status and body, `cpu` the CPU seconds used so far."""

    send: Callable[[Ask], tuple[int, bytes]]
    cpu: Callable[[], float] = time.process_time
    make_ready: Callable[[], None] = lambda: None


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Mapping[str, Way]]:
    """All four, each at a hospital of its own that has nothing yet."""
    with contextlib.ExitStack() as stack:
        yield {
            DIRECT: _direct(),
            "in process (httpx)": stack.enter_context(_in_process()),
            "on a socket": stack.enter_context(_on_socket(_served(folder / "sandbox"))),
            PEER: stack.enter_context(_on_socket(sekmet.server(folder / "sekmet"))),
        }


def _direct() -> Way:
    machine = SandboxHospital(character_file.load(CHARACTER), "http://127.0.0.1/fhir", _SEED, _OPENED)
    dice = random.Random(_SEED)

    def send(ask: Ask) -> tuple[int, bytes]:
        request = Request(ask.method, ask.path, ask.query, _HEADERS, ask.body)
        response, _ = machine.handle(request, _OPENED, dice)
        return response.status, response.body

    return Way(send)


@contextlib.contextmanager
def _in_process() -> Iterator[Way]:
    with open_hospital(CHARACTER, seed=_SEED) as there:

        def send(ask: Ask) -> tuple[int, bytes]:
            answer = there.client.request(ask.method, _target(ask), content=ask.body, headers=_HEADERS)
            return answer.status_code, answer.content

        yield Way(send)


@contextlib.contextmanager
def _on_socket(server: RealServer) -> Iterator[Way]:
    """A server in a process of its own, and a client that does as little as it can."""
    address = urllib.parse.urlsplit(server.url)
    with server:
        line = http.client.HTTPConnection(str(address.hostname), address.port, timeout=_PATIENCE)

        def send(ask: Ask) -> tuple[int, bytes]:
            line.request(ask.method, f"{address.path}/{_target(ask)}", ask.body or None, _HEADERS)
            answer = line.getresponse()
            return answer.status, answer.read()

        def make_ready() -> None:
            """Servers close lines on which nothing was asked while the others had their turn."""
            line.close()
            line.connect()

        with contextlib.closing(line):
            yield Way(send, _cpu_of(server), make_ready)


def _served(folder: Path) -> RealServer:
    """`infusion-fhir sandbox run`, as anybody starts it."""
    folder.mkdir()
    port = real_server.free_port()
    path = character_file.load(CHARACTER).server.path.strip("/")
    return RealServer(
        [str(Path(sys.executable).with_name("infusion-fhir")), "sandbox", "run", "--character", CHARACTER,
         "--port", str(port), "--seed", str(_SEED), "--home", str(folder)],
        f"http://127.0.0.1:{port}/{path}", folder / "server.log", folder=folder, ready_line="http",
    )  # fmt: skip


def _target(ask: Ask) -> str:
    return f"{ask.path}?{ask.query}" if ask.query else ask.path


def _cpu_of(server: RealServer) -> Callable[[], float]:
    """The CPU clock of another process, all its threads together; finer than the ticks of /proc."""
    if server.pid is None:
        raise AssertionError("the server has ended")
    clock = ctypes.c_int()
    if ctypes.CDLL(None).clock_getcpuclockid(server.pid, ctypes.byref(clock)):
        raise OSError("this machine does not tell the CPU time of another process")
    return lambda: time.clock_gettime(clock.value)
