"""The whole-request deadline, kept at the socket itself, and the knowledge whether a byte of a request went out.

httpx's time-outs are per read: a server that sends a byte now and then keeps a request alive for ever. Here every
connect, handshake, read and write is given only what is left until the request's own end, by a clock that runs on
while the machine sleeps, and that clock is looked at right before each write (delivery.md §2 and N2): a process that
was stopped between its write-ahead and its sending sends nothing.
"""

import queue
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpcore

from integration.hospital import url_guard

CONNECT_SECONDS: Final = 5.0  # for finding the address and connecting, and again for the TLS handshake
_SLICE: Final = 1.0  # the longest nap between two looks at the clock: a nap may not count time asleep
_PIECE: Final = 65536  # bytes handed over between two looks at the clock

Boot = Callable[[], float]
Resolve = Callable[[str, int], list[str]]


class DeadlinePassed(Exception):  # noqa: N818 - it is what happened, and httpcore must not know it as one of its own
    """The request's time is over; `step` says what was going on."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


class TlsFailed(Exception):  # noqa: N818 - as above
    """No trusted connection could be made; `reason` is the certificate's fault in words."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of one request, by a clock that runs on while the machine sleeps."""

    boot: Boot
    ends: float

    def left(self, step: str) -> float:
        """The seconds that are left; none left raises `DeadlinePassed`."""
        left = self.ends - self.boot()
        if left <= 0:
            raise DeadlinePassed(step)
        return left


@dataclass(slots=True)
class Exchange:
    """One request on its way: its deadline, and what became of its bytes."""

    deadline: Deadline
    written: bool = False  # some byte of it was, or may have been, handed over
    broke_off: bool = False  # the connection broke before all of it was handed over


class TimedBackend(httpcore.NetworkBackend):
    """Connects to one hospital and to nothing else; keeps each request's deadline."""

    def __init__(self, base: url_guard.Base, resolve: Resolve | None = None) -> None:
        self._base = base
        self._resolve = resolve or _resolve
        self._local = threading.local()

    @contextmanager
    def during(self, exchange: Exchange) -> Iterator[None]:
        """Make this the request of the calling thread: a connection serves one thread at a time."""
        self._local.exchange = exchange
        try:
            yield
        finally:
            self._local.exchange = None

    @property
    def exchange(self) -> Exchange:
        """The request that the calling thread is busy with."""
        current: Exchange | None = getattr(self._local, "exchange", None)
        if current is None:
            raise RuntimeError("no request is being sent by this thread")
        return current

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the request's deadline rules
        local_address: str | None = None,  # noqa: ARG002 - httpcore's interface
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - httpcore's interface
    ) -> httpcore.NetworkStream:
        """Connect to the hospital, trying each of its addresses within the time that is left."""
        if (host, port) != (self._base.host, self._base.port):
            raise httpcore.ConnectError("another server than the hospital's was asked for")
        deadline = self.exchange.deadline
        window = Deadline(deadline.boot, min(deadline.ends, deadline.boot() + CONNECT_SECONDS))
        return TimedStream(self._connected(window, deadline), self)

    def sleep(self, seconds: float) -> None:
        """Never asked for: all waiting between tries is retrying.py's."""
        raise NotImplementedError(seconds)

    def _connected(self, window: Deadline, deadline: Deadline) -> socket.socket:
        problem = "no address"
        for address in self._addresses(window, deadline):
            try:
                left = window.left("connecting")
            except DeadlinePassed:
                break
            try:
                sock = socket.create_connection((address, self._base.port), left)
            except OSError as wrong:
                problem = "time-out" if isinstance(wrong, TimeoutError) else type(wrong).__name__
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
            return sock
        deadline.left("connecting")
        raise httpcore.ConnectError(problem)

    def _addresses(self, window: Deadline, deadline: Deadline) -> list[str]:
        """The hospital's checked addresses: what is checked here is what is connected to."""
        host = self._base.host
        found: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

        def look() -> None:
            try:
                found.put(self._resolve(host, self._base.port))
            except OSError:
                found.put(None)

        # A resolver cannot be given a time-out, so it gets a thread of its own that nobody has to wait for.
        threading.Thread(target=look, name="resolve", daemon=True).start()
        try:
            addresses = found.get(timeout=window.left("finding the address"))
        except queue.Empty:
            deadline.left("finding the address")
            raise httpcore.ConnectTimeout("name service") from None
        allowed = [a for a in addresses or [] if url_guard.may_connect(host, a)]
        if not allowed:
            raise httpcore.ConnectError("name" if not addresses else "address not allowed")
        return allowed


class TimedStream(httpcore.NetworkStream):
    """A connection whose every read and write is bounded by the deadline of the request that uses it."""

    def __init__(self, sock: socket.socket, backend: TimedBackend) -> None:
        self._sock = sock
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline rules
        """Read what has come, waiting no longer than the request's end."""
        deadline = self._backend.exchange.deadline
        while True:
            left = deadline.left("waiting for the answer")
            try:
                return self._sock.recv(max_bytes)
            except (BlockingIOError, ssl.SSLWantReadError):
                self._wait(select.POLLIN, left)
            except ssl.SSLWantWriteError:
                self._wait(select.POLLOUT, left)
            except OSError as wrong:
                raise httpcore.ReadError(type(wrong).__name__) from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the deadline rules
        """Hand bytes over piece by piece, looking at the clock before each."""
        exchange = self._backend.exchange
        rest = memoryview(buffer)
        while rest:
            left = exchange.deadline.left("sending")
            try:
                # A TLS record may be half out when the call fails; a plain send has sent nothing then.
                exchange.written = exchange.written or isinstance(self._sock, ssl.SSLSocket)
                sent = self._sock.send(rest[:_PIECE])
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._wait(select.POLLOUT, left)
            except ssl.SSLWantReadError:
                self._wait(select.POLLIN, left)
            except OSError as wrong:
                exchange.broke_off = True
                raise httpcore.WriteError(type(wrong).__name__) from None
            else:
                exchange.written = True
                rest = rest[sent:]

    def close(self) -> None:
        """Close the connection."""
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the deadline rules
    ) -> httpcore.NetworkStream:
        """Make the connection a trusted one; a certificate that does not hold raises `TlsFailed`."""
        deadline = self._backend.exchange.deadline
        try:
            self._sock.settimeout(min(deadline.left("connecting"), CONNECT_SECONDS))
            wrapped = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname)
        except OSError as wrong:
            self.close()
            deadline.left("connecting")
            raise _handshake_failed(wrong) from None
        except DeadlinePassed:
            self.close()
            raise
        wrapped.setblocking(False)
        return TimedStream(wrapped, self._backend)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a connection: whether the other side has closed it, above all."""
        if info == "is_readable":
            return self._is_readable()
        if info == "ssl_object":
            return self._sock if isinstance(self._sock, ssl.SSLSocket) else None
        return self._sock if info == "socket" else None

    def _is_readable(self) -> bool:
        if self._sock.fileno() < 0:
            return True
        asked = select.poll()
        asked.register(self._sock, select.POLLIN)
        return bool(asked.poll(0))

    def _wait(self, event: int, left: float) -> None:
        asked = select.poll()
        asked.register(self._sock, event)
        asked.poll(max(1, int(min(left, _SLICE) * 1000)))


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


# OpenSSL's numbers: X509_V_ERR_… of x509_vfy.h
_NOT_YET, _EXPIRED, _OTHER_NAME, _OTHER_IP = 9, 10, 62, 64


def _handshake_failed(wrong: OSError) -> Exception:
    if isinstance(wrong, ssl.SSLCertVerificationError):
        return _certificate(wrong.verify_code)
    if _is_end(wrong) or not isinstance(wrong, ssl.SSLError):
        return httpcore.ConnectError("time-out" if isinstance(wrong, TimeoutError) else "closed in the TLS handshake")
    return TlsFailed("no TLS 1.2 or newer could be agreed on, or the port does not speak TLS", "IF-NET-08")


def _is_end(wrong: OSError) -> bool:
    """The line ended, which builds of Python tell in different words (Debian's 3.11.2: SSLZeroReturnError)."""
    return isinstance(wrong, ssl.SSLEOFError | ssl.SSLZeroReturnError)


def _certificate(number: int) -> TlsFailed:
    if number == _EXPIRED:
        return TlsFailed("its certificate has expired", "IF-NET-05")
    if number == _NOT_YET:
        return TlsFailed("its certificate is not valid yet", "IF-NET-05")
    if number in (_OTHER_NAME, _OTHER_IP):
        return TlsFailed("its certificate is for another name", "IF-NET-06")
    return TlsFailed("its certificate comes from an authority that is not trusted here", "IF-NET-07")
