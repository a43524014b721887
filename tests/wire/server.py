"""Small real servers on loopback that misbehave exactly as told: raw sockets, one thread a connection."""

import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Wire:
    """A listener whose connections are each served by `script(connection, wire)`."""

    script: Callable[["Connection"], None]
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    connections: int = 0
    requests: list[Seen] = field(default_factory=list)
    received: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self):
        self._listener = socket.create_server((self.host, 0))
        self._caught_up, self._nudges = threading.Event(), set()
        self._threads = [threading.Thread(target=self._accept)]
        self._open: list[socket.socket] = []
        self._threads[0].start()

    @property
    def port(self):
        return self._listener.getsockname()[1]

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}/fhir"

    def finish(self):
        """Wait until everything that the client handed over has been read: it must have hung up."""
        self._nudge()
        for thread in self._threads[1:]:
            thread.join(5)

    def stop(self):
        if self.over.is_set():
            return
        self.over.set()
        self._nudge()
        self._threads[0].join()
        for sock in self._open:
            with _quietly():
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join(5)
        self._listener.close()

    def _nudge(self):
        """Come behind every connection that waits to be accepted."""
        self._caught_up.clear()
        with socket.socket() as nudge:
            nudge.bind((self.host, 0))
            self._nudges.add(nudge.getsockname())
            nudge.connect((self.host, self.port))
            self._caught_up.wait(5)

    def _accept(self):
        while True:
            sock, peer = self._listener.accept()
            if peer in self._nudges:
                sock.close()
                self._caught_up.set()
                if self.over.is_set():
                    return
                continue
            self.connections += 1
            self._open.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock,))
            thread.start()
            self._threads.append(thread)

    def _serve(self, sock):
        with sock, _quietly():
            if self.tls is not None:
                with self.tls.wrap_socket(sock, server_side=True) as wrapped:
                    self.script(Connection(wrapped, self))
            else:
                self.script(Connection(sock, self))


@dataclass
class Connection:
    """One accepted connection."""

    sock: socket.socket
    wire: Wire
    rest: bytes = b""

    def read(self):
        """The next request, whole; None when the other side has closed."""
        while b"\r\n\r\n" not in self.rest:
            if not self._more():
                return None
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
        size = int(headers.get("content-length", 0))
        while len(self.rest) < size:
            if not self._more():
                return None
        body, self.rest = self.rest[:size], self.rest[size:]
        seen = Seen(method, target, headers, body)
        self.wire.requests.append(seen)
        return seen

    def _more(self):
        got = self.sock.recv(65536)
        self.wire.received += len(got)
        self.rest += got
        return got

    def answer(self, status=200, body=b"", **headers):
        """A whole answer; header names with _ for -."""
        self.raw(head(status, length=len(body), **headers) + body)

    def raw(self, data):
        self.sock.sendall(data)

    def drip(self, data):
        """One byte now and then, until the test is over."""
        for at in range(len(data)):
            self.raw(data[at : at + 1])
            if self.wire.over.wait(0.03):
                return
        self.wire.over.wait()

    def reset(self):
        """Close so that the other side sees a reset, not an end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.sock.close()


def head(status=200, length=None, **headers):
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def answering(respond):
    """A script that answers each request of a connection with `respond(seen) -> (status, body, headers)`."""

    def script(connection):
        while (seen := connection.read()) is not None:
            status, body, headers = respond(seen)
            connection.answer(status, body, **headers)

    return script


def fhir(document, status=200, **headers):
    """An answer for `answering`."""
    return status, json.dumps(document).encode(), {"Content_Type": "application/fhir+json", **headers}


class _quietly:  # noqa: N801 - a context manager
    """The client may hang up at any time: that is what many tests are about."""

    def __enter__(self):
        return self

    def __exit__(self, kind, value, at):
        return kind is not None and issubclass(kind, OSError)
