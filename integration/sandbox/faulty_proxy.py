"""A faulty line to a hospital: a reverse proxy on loopback that forwards requests and adds the faults of its rules.

    with FaultyProxy(hospital.url, [faults.Busy(When(share=0.2)), hold], seed=1) as proxy:
        client.send(proxy.url + "/Patient")
        proxy.journal()

Rules act in their order on the way in, in the opposite order on the way out. Same seed and same order of requests, same
faults. The journal holds no patient's data: methods, path templates, times; bodies only when asked for.
"""

import threading
import time
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final, Self

from integration.sandbox import line
from integration.sandbox.faults import Asked, Cut, Reply, Rule

LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}


@dataclass(slots=True)
class Exchange:
    """One request in the journal; times are those of the proxy's clock, None is "not yet" or "never"."""

    number: int
    method: str
    template: str
    bundle: str | None
    entries: int
    writes: bool
    began: float
    forwarded: float | None = None
    committed: float | None = None
    hospital_status: int | None = None
    ended: float | None = None
    client_status: int | None = None
    fault: str = ""
    body: bytes | None = None

    @property
    def in_flight(self) -> bool:
        """True while the client has got neither an answer nor a cut line."""
        return self.ended is None

    def __str__(self) -> str:
        what = f"{self.bundle} of {self.entries}" if self.bundle else f"{self.method} {self.template}"
        state = "committed" if self.committed is not None else "sent on" if self.forwarded is not None else "come in"
        return f"#{self.number} {what}: {state}{', ' + self.fault if self.fault else ''}"


class FaultyProxy:
    """The proxy: `start`, `stop` (or as a context manager), `url`, `journal`, `in_flight`."""

    def __init__(
        self,
        upstream_url: str,
        rules: Sequence[Rule] = (),
        seed: int = 0,
        *,
        keep_bodies: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        upstream = urllib.parse.urlsplit(upstream_url)
        if upstream.scheme != "http" or upstream.hostname not in LOOPBACK or upstream.port is None:
            raise ValueError("the faulty proxy only stands before a plain http server with a port on loopback")
        self.upstream = upstream_url.rstrip("/")
        self.rules = list(rules)
        self.keep_bodies = keep_bodies
        self.clock = clock
        self._base_path = upstream.path.rstrip("/")
        self._hospital = line.Hospital(upstream.hostname, upstream.port, self._base_path)
        self._journal: list[Exchange] = []
        self._lock = threading.Lock()
        self._server: line.Server | None = None
        for place, rule in enumerate(self.rules):
            rule.when.seed(f"{seed}/{place}")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The loopback port that clients talk to."""
        if self._server is None:
            raise RuntimeError("the proxy is not started")
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The hospital's FHIR base as clients see it."""
        return f"http://127.0.0.1:{self.port}{self._base_path}"

    def start(self, port: int = 0) -> Self:
        """Listens on a free loopback port, or the one given."""
        self._server = line.Server(port, self._base_path, self.exchange)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Ends: releases what is held, cuts every line, waits for its threads."""
        server, self._server = self._server, None
        if server is None:
            return
        for rule in self.rules:
            rule.free()
        self._hospital.hang_up()
        server.end()

    def journal(self) -> list[Exchange]:
        """Every request so far, oldest first, as it stood at this moment."""
        with self._lock:
            return [replace(exchange) for exchange in self._journal]

    def in_flight(self) -> list[Exchange]:
        """The requests that clients wait for now."""
        return [exchange for exchange in self.journal() if exchange.in_flight]

    def _note(self, exchange: Exchange, **what: Any) -> None:
        with self._lock:
            for name, value in what.items():
                setattr(exchange, name, value)

    def _open(self, asked: Asked) -> Exchange:
        bundle = asked.bundle
        entries = len((asked.document or {}).get("entry", [])) if bundle else 1
        with self._lock:
            exchange = Exchange(
                number=len(self._journal) + 1,
                method=asked.method,
                template=asked.template,
                bundle=bundle,
                entries=entries,
                writes=asked.is_write,
                began=self.clock(),
                body=asked.body if self.keep_bodies else None,
            )
            self._journal.append(exchange)
        return exchange

    def exchange(self, asked: Asked) -> tuple[Reply | Cut, Callable[[], None]]:
        """Passes a request through the rules, the hospital, and the rules again; the second value notes its end."""
        noted = self._open(asked)
        reply = self._through(replace(asked, body=asked.body.replace(self.url.encode(), self.upstream.encode())), noted)
        if isinstance(reply, Reply):
            # Noted before it goes out: whoever has the answer finds it in the journal.
            self._note(noted, client_status=reply.status)
            reply = self._under_our_name(reply)
        return reply, lambda: self._note(noted, ended=self.clock())

    def _through(self, asked: Asked, noted: Exchange) -> Reply | Cut:
        passed: list[Rule] = []
        for rule in self.rules:
            verdict = rule.before(asked)
            if verdict is not asked:
                self._note(noted, fault=rule.name)
            if not isinstance(verdict, Asked):
                return verdict
            asked = verdict
            passed.append(rule)
        self._note(noted, forwarded=self.clock())
        reply = self._hospital.ask(asked)
        if isinstance(reply, Cut) or reply is line.NOBODY_THERE:
            self._note(noted, fault=line.HOSPITAL_DOWN)
            return reply
        committed = self.clock() if asked.is_write and reply.committed else None
        self._note(noted, hospital_status=reply.status, committed=committed)
        return self._back(asked, reply, noted, passed)

    def _back(self, asked: Asked, reply: Reply, noted: Exchange, passed: list[Rule]) -> Reply | Cut:
        for rule in reversed(passed):
            verdict = rule.after(asked, reply)
            if verdict is not reply:
                self._note(noted, fault=rule.name)
            if isinstance(verdict, Cut):
                return verdict
            reply = verdict
        return reply

    def _under_our_name(self, reply: Reply) -> Reply:
        """The hospital's links lead back through the proxy, as they do behind any reverse proxy."""
        theirs, ours = self.upstream, self.url
        headers = tuple((name, value.replace(theirs, ours)) for name, value in reply.headers)
        return replace(reply, headers=headers, body=reply.body.replace(theirs.encode(), ours.encode()))
