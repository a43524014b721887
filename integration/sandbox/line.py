"""The sockets under the faulty proxy: clients on one side, the hospital on the other."""

import contextlib
import gzip
import http
import http.client
import http.server
import socket
import threading
import urllib.parse
from collections.abc import Callable
from typing import Any, Final

from integration.sandbox.faults import Asked, Cut, Reply, outcome

HOSPITAL_DOWN: Final = "hospital down"
NOBODY_THERE: Final = outcome(502, HOSPITAL_DOWN, code="transient")
OF_ONE_LINE: Final = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length"}
NO_BODY: Final = {http.HTTPStatus.NO_CONTENT, http.HTTPStatus.NOT_MODIFIED}
ANSWER_SECONDS = 300.0
END_SECONDS = 10.0


class Hospital:
    """The way to the real server: each request has its own connection, no restart leaves a dead one."""

    def __init__(self, host: str, port: int, base_path: str) -> None:
        self._host, self._port, self._base_path = host, port, base_path
        self._open: set[http.client.HTTPConnection] = set()

    def ask(self, asked: Asked) -> Reply | Cut:
        """Forwards; 502 when nobody listens there, a cut line when the hospital dies while it answers."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=ANSWER_SECONDS)
        try:
            connection.connect()
        except OSError:
            return NOBODY_THERE
        self._open.add(connection)
        try:
            return self._exchange(connection, asked)
        except (OSError, http.client.HTTPException, AttributeError):  # the last when `hang_up` has closed it under us
            return Cut()
        finally:
            self._open.discard(connection)
            connection.close()

    def hang_up(self) -> None:
        """Cuts every request under way."""
        for connection in list(self._open):
            if connection.sock is not None:
                _shut(connection.sock)

    def _exchange(self, connection: http.client.HTTPConnection, asked: Asked) -> Reply:
        headers = {k: v for k, v in asked.headers.items() if k not in OF_ONE_LINE | {"host", "accept-encoding"}}
        target = f"{self._base_path}{asked.path}" + (f"?{asked.query}" if asked.query else "")
        connection.request(asked.method, target, asked.body or None, headers | {"Accept-Encoding": "identity"})
        answer = connection.getresponse()
        body = answer.read()
        kept = tuple((name, value) for name, value in answer.getheaders() if name.lower() not in OF_ONE_LINE)
        return Reply(answer.status, kept, body)


class Server(http.server.ThreadingHTTPServer):
    """The proxy's side towards clients; loopback only."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, port: int, base_path: str, exchange: Callable[[Asked], tuple[Reply | Cut, Callable[[], None]]]
    ) -> None:
        super().__init__(("127.0.0.1", port), _Line)
        self.base_path = base_path
        self.exchange = exchange
        self._lines: set[socket.socket] = set()
        self._none_left = threading.Condition()

    def opened(self, connection: socket.socket) -> None:
        """Remembers a client's line."""
        with self._none_left:
            self._lines.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forgets it."""
        with self._none_left:
            self._lines.discard(connection)
            self._none_left.notify_all()

    def end(self) -> None:
        """Stops listening, cuts every line and waits for the threads behind them."""
        self.shutdown()
        with self._none_left:
            for connection in self._lines:
                _shut(connection)
            self._none_left.wait_for(lambda: not self._lines, END_SECONDS)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of clients that went away in the middle: killed clients are what this is for."""


class _Line(http.server.BaseHTTPRequestHandler):
    """One client's line."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the library's
        """The journal is the log: URLs carry patients' data."""

    def _serve(self) -> None:
        asked = self._read()
        if asked is None:
            self._answer(outcome(404, "outside the FHIR base", code="not-found"))
            return
        reply, ended = self.server.exchange(asked)
        try:
            self._answer(reply)
        finally:
            ended()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  the names are the library's

    def _read(self) -> Asked | None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        target = urllib.parse.urlsplit(self.path)
        if not target.path.startswith(self.server.base_path):
            return None
        headers = {name.lower(): value for name, value in self.headers.items()}
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
            del headers["content-encoding"]
        return Asked(self.command, target.path.removeprefix(self.server.base_path), target.query, headers, body)

    def _answer(self, reply: Reply | Cut) -> None:
        if isinstance(reply, Cut):
            self.close_connection = True
            _shut(self.connection)
            return
        self.send_response_only(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.status not in NO_BODY:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        body = b"" if self.command == "HEAD" or reply.status in NO_BODY else reply.body
        if reply.keep < 1:
            body = body[: int(len(body) * reply.keep)]
            self.close_connection = True
        self.wfile.write(body)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
