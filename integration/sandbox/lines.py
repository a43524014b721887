"""One client's line to a pretend hospital: requests come off it, answers go onto it, until one side has had enough."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Final

from integration.sandbox import broken_lines, wire
from integration.sandbox.broken_lines import Answering
from integration.sandbox.exchange import Response
from integration.sandbox.fault_schedule import Fault
from integration.sandbox.front import Front
from integration.sandbox.wire import GoneError, Head, NonsenseError

_IDLE: Final = 120.0
Secures = Callable[[socket.socket], socket.socket]


class Line:
    """A connection and the thread behind it."""

    def __init__(
        self,
        connection: socket.socket,
        secures: Secures | None,
        front: Front,
        wait: Callable[[float], None],
        ended: Callable[[], bool],
        served: Callable[[], None],
    ) -> None:
        self._socket = connection
        self._secures = secures
        self._front = front
        self._wait = wait
        self._ended = ended
        self._served = served
        self._idle = True
        self._guard = threading.Lock()

    def serve(self) -> None:
        """Work on requests until the line ends; a client that goes away in the middle is nothing special."""
        try:
            self._socket.settimeout(_IDLE)
            if self._secures is not None:
                self._socket = self._secures(self._socket)
            with self._socket.makefile("rb") as reader:
                while not self._ended() and self._one(reader):
                    pass
        except (GoneError, OSError, ssl.SSLError, ValueError):
            pass
        finally:
            with contextlib.suppress(OSError):
                self._socket.close()

    def cut(self) -> None:
        """Cut the line, whatever happens on it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def cut_if_idle(self) -> None:
        """Cut the line if nothing was asked on it."""
        with self._guard:
            if self._idle:
                self.cut()

    def _one(self, reader: wire.Reader) -> bool:
        """Work on one request; gives whether there may be another."""
        try:
            head = wire.read_head(reader)
            with self._guard:
                self._idle = False
            if self._breaks_off(reader, head):
                return False
            if head.wants_continue:
                self._socket.sendall(wire.CONTINUE)
            body = wire.read_body(reader, head, self._front.body_cap)
        except NonsenseError as wrong:
            self._write(Head("GET", "/", {}, stays=False), self._front.nonsense(wrong), None)
            self._drain()
            return False
        answer = self._front.answer(head, body, socket=True)
        self._served()
        if answer.wait:
            self._wait(answer.wait)
        stays = answer.response is not None and self._write(head, answer.response, answer.line)
        with self._guard:
            self._idle = stays and head.stays
        return self._idle

    def _breaks_off(self, reader: wire.Reader, head: Head) -> bool:
        """Break off in the middle of a request, where a fault says so."""
        met = self._front.at_head(head)
        if met is None:
            return False
        request, fault = met
        length = int(head.headers.get("content-length", "0") or 0)
        reader.read(int(length * fault.number("keep")))
        self._front.hospital.cut_off(request, fault)
        broken_lines.reset(self._socket)
        return True

    def _write(self, head: Head, response: Response, fault: Fault | None) -> bool:
        def above(length: int) -> bytes:
            told = length if response.body or head.method != "HEAD" else None
            return wire.head_bytes(response.status, response.headers, length=told, stays=head.stays)

        body = response.body if wire.has_body(head.method, response.status) else b""
        answering = Answering(self._socket, above, body, self._wait, self._ended)
        if fault is not None:
            return broken_lines.write(answering, fault)
        answering.send(len(response.body), body)
        return True

    def _drain(self) -> None:
        """Hear the client out a little: cut off while it sends, it would never see why."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(1.0)
            for _ in range(64):
                if not self._socket.recv(65_536):
                    return
