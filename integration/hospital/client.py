"""One hospital over HTTP: a request goes out, an answer or a fault comes back, and nothing is ever raised for it.

A fault says precisely whether a byte of the request was handed over: only NOT_SENT proves that nothing was. Neither
answers, faults nor log lines of ours hold an address's path or query, or a body: they may name patients.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpcore
import httpx

from fhir_profiles import fhir_json
from integration import errors
from integration.hospital import auth as auths
from integration.hospital import body, retrying, transport, url_guard
from integration.hospital.deadline import Boot, Deadline, DeadlinePassed, Exchange, Resolve, TimedBackend, TlsFailed
from integration.hospital.settings import Settings

FHIR_JSON: Final = "application/fhir+json"
_UNAUTHORIZED: Final = 401
_PROBLEMS: Final = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError)


class FaultKind(StrEnum):
    """What went wrong when there is no answer."""

    NOT_SENT = "not sent"  # no byte of the request was handed over
    CUT = "cut"  # some of it was, and what became of it is not known
    TLS = "no trusted connection"  # nothing was sent
    REDIRECT = "redirected"  # answered with another address, which is never followed
    BAD_URL = "not a request"  # an address or header that cannot be sent; nothing was


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` is relative to the hospital's base address and may carry a query."""

    method: str
    path: str = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


class NotFhir(errors.RemoteError):
    """A hospital's server answered what is no FHIR JSON: a web page, XML, or something cut or malformed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hospital answered; header names in lower case, the body unpacked."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> fhir_json.Document:
        """The FHIR resource in the body; anything else raises `NotFhir`, which never quotes it."""
        media = self.headers.get("content-type", "").split(";", 1)[0].strip().lower()
        start = self.body[:64].lstrip()[:1]
        if start == b"<" or "html" in media or "xml" in media:
            page = "html" in media or b"<html" in self.body[:2048].lower()
            raise NotFhir("IF-HOS-01" if page else "IF-HOS-02", "a web page came back" if page else "XML came back")
        try:
            document = fhir_json.loads(self.body)
        except fhir_json.JsonError as wrong:
            place = f"line {wrong.line}, column {wrong.column}"
            raise NotFhir("IF-HOS-02", f"the answer is not exact JSON ({place})") from None
        if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
            raise NotFhir("IF-HOS-02", "the answer is JSON, but no FHIR resource")
        return document


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no answer; `code` is what `infusion-fhir explain` knows it by."""

    kind: FaultKind
    says: str
    code: str = ""

    def error(self, where: str = "") -> errors.RemoteError:
        """The same as an error, for commands that cannot go on without an answer."""
        return errors.RemoteError(self.code or "IF-NET-04", self.says, where=where)


class HospitalClient:
    """Sends requests to one hospital; up to eight threads may share it."""

    def __init__(
        self,
        name: str,
        url: str,
        auth: auths.Auth,
        boot: Boot,
        *,
        deadline: float = 60.0,
        ca_bundle: Path | None = None,
        rewrite_links: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        resolve: Resolve | None = None,
    ) -> None:
        self.name = name
        self.base = url_guard.parse_base(url)
        self.rewrite_links = rewrite_links
        self._auth = auth
        self._boot = boot
        self._deadline = deadline
        self._sleep = sleep
        self._backend = TimedBackend(self.base, resolve)
        self._http = transport.http_client(self._backend, transport.trust(ca_bundle))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def send(self, request: Request, deadline_ends: float | None = None) -> Answer | Fault:
        """Send a request whose last byte must be handed over, and whose answer must be here, by `deadline_ends`.

        The time is the boot clock's; without one it is the hospital's deadline from now. A 401 is tried once more
        if the secret has changed meanwhile.
        """
        ends = self._boot() + self._deadline if deadline_ends is None else deadline_ends
        used = self._auth.header()
        outcome = self._connecting(request, ends, used)
        if isinstance(outcome, Answer) and outcome.status == _UNAUTHORIZED and self._auth.refresh(used):
            outcome = self._connecting(request, ends, self._auth.header())
        return outcome

    def _connecting(self, request: Request, ends: float, authorization: str | None) -> Answer | Fault:
        def once() -> Answer | Fault:
            return self._once(request, ends, authorization)

        def never_connected(outcome: Answer | Fault) -> bool:
            unsent = isinstance(outcome, Fault) and outcome.kind is FaultKind.NOT_SENT
            return unsent and self._boot() + 2 * retrying.PAUSE_SECONDS < ends

        return retrying.connecting(once, never_connected, self._sleep)

    def _once(self, request: Request, ends: float, authorization: str | None) -> Answer | Fault:
        exchange = Exchange(Deadline(self._boot, ends))
        try:
            prepared = self._prepared(request, ends, authorization)
        except (ValueError, httpx.InvalidURL, httpx.UnsupportedProtocol):
            return Fault(FaultKind.BAD_URL, "the request's address or headers cannot be sent", "IF-NET-10")
        try:
            with self._backend.during(exchange):
                return self._exchanged(prepared, exchange)
        except DeadlinePassed as passed:
            return _late(exchange, passed)
        except TlsFailed as failed:
            return Fault(FaultKind.TLS, failed.reason, failed.code)
        except body.BodyError as wrong:
            return Fault(FaultKind.CUT, wrong.says, wrong.code)
        except _PROBLEMS as problem:
            return _problem(exchange, problem)

    def _prepared(self, request: Request, ends: float, authorization: str | None) -> httpx.Request:
        headers = dict(request.headers)
        if request.body is not None and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = FHIR_JSON
        if authorization is not None:
            headers["Authorization"] = authorization
        # Waiting for a free connection is the one wait that is not at a socket.
        waits = {"pool": max(0.0, ends - self._boot())}
        url = url_guard.join(self.base, request.path)
        return self._http.build_request(
            request.method, url, content=request.body, headers=headers, extensions={"timeout": waits}
        )

    def _exchanged(self, prepared: httpx.Request, exchange: Exchange) -> Answer | Fault:
        exchange.deadline.left("starting")
        answer = self._http.send(prepared, stream=True)
        try:
            if answer.status_code in transport.REDIRECTS:
                return _redirected(self.base, answer.extensions["location"])
            if answer.is_informational or (exchange.broke_off and answer.is_success):
                return Fault(FaultKind.CUT, "the server answered before it had the whole request", "IF-NET-04")
            content = body.read(answer.iter_raw(), answer.headers.get("content-encoding", ""))
            return Answer(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, content)
        finally:
            answer.close()


def open_client(
    name: str,
    url: str,
    settings: Settings,
    boot: Boot,
    *,
    environ: Mapping[str, str],
    sleep: Callable[[float], None] = time.sleep,
    kind: "type[HospitalClient] | None" = None,
) -> HospitalClient:
    """The client that a hospital's settings ask for; its secret and certificates are read now."""
    return (kind or HospitalClient)(
        name,
        url,
        auths.open_auth(settings, environ),
        boot,
        deadline=settings.deadline,
        ca_bundle=settings.ca_bundle,
        rewrite_links=settings.rewrite_links,
        sleep=sleep,
    )


def _late(exchange: Exchange, passed: DeadlinePassed) -> Fault:
    if exchange.written:
        return Fault(FaultKind.CUT, f"no full answer within the deadline (it passed while {passed.step})", "IF-NET-04")
    return Fault(FaultKind.NOT_SENT, f"the deadline passed while {passed.step}; nothing was sent", "IF-NET-13")


def _problem(exchange: Exchange, problem: Exception) -> Fault:
    """A fault of the network, in our own words: theirs may hold the address."""
    if exchange.written:
        return Fault(FaultKind.CUT, "the connection broke before the whole answer was here", "IF-NET-04")
    if isinstance(problem, httpcore.LocalProtocolError | httpx.LocalProtocolError):
        return Fault(FaultKind.BAD_URL, "the request's address or headers cannot be sent", "IF-NET-10")
    if isinstance(problem, httpcore.PoolTimeout):
        return Fault(FaultKind.NOT_SENT, "no connection was free before the deadline; nothing was sent", "IF-NET-13")
    if isinstance(problem, httpcore.ConnectError) and str(problem) == "name":
        return Fault(FaultKind.NOT_SENT, "the server's name is not known to the name service", "IF-NET-03")
    return Fault(FaultKind.NOT_SENT, f"no connection could be made ({_why(problem)})", "IF-NET-02")


def _why(problem: Exception) -> str:
    if isinstance(problem, httpcore.ConnectError | httpcore.ConnectTimeout):
        return str(problem) or type(problem).__name__  # our own words, from deadline.py
    return type(problem).__name__


def _redirected(base: url_guard.Base, location: str) -> Fault:
    where = "another address of the same server" if url_guard.is_same_origin(base, location) else "another server"
    return Fault(FaultKind.REDIRECT, f"the server sent us on to {where}; redirects are never followed", "IF-NET-09")
