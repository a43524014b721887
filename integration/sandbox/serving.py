"""A pretend hospital on a real socket: threads, loopback only, and every fault that a line can have.

    with SandboxServer(character, clock=RunningClock(source)) as server:
        print(server.url, server.address)

Any number of clients may talk to it at once. Whatever they send, it answers in FHIR's own form and goes on.
"""

import contextlib
import secrets
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from integration.sandbox import broken_lines, certificates, doors
from integration.sandbox.calling import Caller
from integration.sandbox.character import Character
from integration.sandbox.clocks import RunningClock
from integration.sandbox.fault_schedule import Fault, FaultSchedule
from integration.sandbox.front import Front
from integration.sandbox.lines import Line
from integration.sandbox.running import RunningHospital

LOOPBACK: Final = "127.0.0.1"
_TICK: Final = 0.2
_AWAY: Final = 0.5
_END: Final = 10.0
_QUEUE: Final = 128


class SandboxServer:
    """`start` and `stop`, or as a context manager; `url` is the FHIR base, `address` the page for people."""

    def __init__(
        self,
        character: Character,
        *,
        clock: RunningClock,
        seed: int = 0,
        faults: FaultSchedule | None = None,
        port: int = 0,
        token: str | None = None,
    ) -> None:
        schedule = faults or FaultSchedule()
        self._clock = clock
        self._certificates = certificates.Certificates() if doors.Schedules(schedule).speaks_tls else None
        self._listener: socket.socket | None = _listening(port)
        self.port = int(self._listener.getsockname()[1])
        self.token = token or secrets.token_urlsafe(32)
        scheme = "http" if self._certificates is None else "https"
        self.address = f"{scheme}://{LOOPBACK}:{self.port}"
        path = character.server.path.strip("/")
        self.url = f"{self.address}/{path}" if path else self.address
        self.hospital = RunningHospital(character, self.url, clock=clock, seed=seed, faults=schedule, on_socket=True)
        self.front = Front(self.hospital, self.token)
        self._caller = Caller(self.hospital)
        self._ended = threading.Event()
        self._due = threading.Event()
        self._lines: set[Line] = set()
        self._guard = threading.Condition()
        self._threads: list[threading.Thread] = []

    @property
    def authority(self) -> bytes | None:
        """The certificate (PEM) that clients have to trust where the hospital speaks TLS, None where it does not."""
        return None if self._certificates is None else self._certificates.authority

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> Self:
        """Open: from now on clients are served."""
        self._caller.start()
        for work in (self._take_in, self._keep_time):
            thread = threading.Thread(target=work, daemon=True, name=f"sandbox-{self.port}-{work.__name__}")
            self._threads.append(thread)
            thread.start()
        return self

    def stop(self) -> None:
        """Close: every line is cut, and every thread has ended when this comes back."""
        self._ended.set()
        self._due.set()
        self._clock.end()
        self._caller.stop()
        listener = self._listener
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for the next client
        with self._guard:
            for line in self._lines:
                line.cut()
            self._guard.wait_for(lambda: not self._lines, _END)
        for thread in self._threads:
            thread.join(_END)
        if self._listener is not None:
            self._listener.close()

    def _keep_time(self) -> None:
        """Let happen what is due, also while nobody asks for anything."""
        while not self._ended.is_set():
            try:
                wait = self.hospital.advance()
                self._caller.send_all()
            except Exception:  # noqa: BLE001  an entry point: time goes on, whatever fails in it
                wait = _TICK
            self._due.wait(wait if wait is None else max(0.001, wait))
            self._due.clear()

    def served(self) -> None:
        """Hear that a request was worked on: something may be due now, or later.

        The keeper of time is not woken for nothing: it would take turns with the line that has the next request.
        """
        if self.hospital.has_more_to_do():
            self._due.set()

    def _take_in(self) -> None:
        fault: Fault | None = None
        asked = False
        while not self._ended.is_set():
            if not asked or self.hospital.faults.is_timed:
                fault, asked = self._at_door(), True
            if fault is not None and fault.name in doors.REFUSED:
                self._away()
                asked = False
                continue
            line = self._accepted()
            if line is not None:
                self._open(line, fault)
                asked = False

    def _at_door(self) -> Fault | None:
        return self.hospital.at_door() if self.hospital.faults.guards_door else None

    def _accepted(self) -> socket.socket | None:
        listener = self._listener
        if listener is None:
            return None
        try:
            line, _ = listener.accept()
        except OSError:  # nobody came within a tick, or somebody came and went
            return None
        line.settimeout(None)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line

    def _away(self) -> None:
        """Nobody listens for a while: who comes is refused, and lines on which nothing is asked are cut."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        with self._guard:
            for line in self._lines:
                line.cut_if_idle()
        self._ended.wait(_AWAY)
        while not self._ended.is_set() and self._listener is None:
            with contextlib.suppress(OSError):  # the port may be taken for a moment
                self._listener = _listening(self.port)

    def _open(self, connection: socket.socket, fault: Fault | None) -> None:
        if fault is not None and fault.name == doors.RESET:
            broken_lines.reset(connection)
            connection.close()
            return
        secured = self._securing(fault)
        line = Line(connection, secured, self.front, self._clock.wait, self._ended.is_set, self.served)
        with self._guard:
            self._lines.add(line)
        threading.Thread(target=self._serve, args=(line,), daemon=True, name=f"sandbox-{self.port}-line").start()

    def _serve(self, line: Line) -> None:
        try:
            line.serve()
        finally:
            with self._guard:
                self._lines.discard(line)
                self._guard.notify_all()

    def _securing(self, fault: Fault | None) -> Callable[[socket.socket], socket.socket] | None:
        found = self._certificates
        if found is None:
            return None
        name = fault.name if fault is not None else ""
        if name == "tls-too-old":
            return _too_old
        context = found.contexts[name if name in found.contexts else ""]
        return lambda connection: context.wrap_socket(connection, server_side=True)


def _too_old(connection: socket.socket) -> socket.socket:
    """Hear what the client offers, and say that it is too new."""
    connection.recv(65_536)
    connection.sendall(certificates.TOO_OLD)
    raise ssl.SSLError("the client is too new for this server")


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(_QUEUE)
    except OSError:
        listener.close()
        raise
    listener.settimeout(_TICK)
    return listener
