"""How httpx reaches a hospital: over our own timed connections, trusting only known authorities, logging no address."""

import logging
import ssl
from collections.abc import Iterator
from http import cookiejar
from pathlib import Path
from typing import Final

import certifi
import httpcore
import httpx

from integration import errors
from integration.hospital.deadline import TimedBackend

CONNECTIONS: Final = 8
REDIRECTS: Final = frozenset(range(300, 400)) - {304}
# Shorter than any usual server's (5 s for several): a connection that the server closes in the moment of our write
# leaves that write's fate open.
_IDLE_SECONDS: Final = 2.0
_TALKATIVE: Final = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)  # a filter holds for its own logger only, so each is named


class TimedTransport(httpx.BaseTransport):
    """One hospital's connections; at most eight, HTTP/1.1, kept open between requests."""

    def __init__(self, backend: TimedBackend, context: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            http1=True,
            http2=False,
            retries=0,
            network_backend=backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; httpcore's own errors and ours come out as they are."""
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        # httpx prepares to follow a Location even when told not to; so it never sees one that leads away.
        leads_away = {b"location"} if answer.status in REDIRECTS else set()
        headers = [(name, value) for name, value in answer.headers if name.lower() not in leads_away]
        location = next((v.decode("latin-1") for n, v in answer.headers if n.lower() == b"location"), "")
        return httpx.Response(answer.status, headers=headers, stream=_Stream(answer), extensions={"location": location})

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def http_client(backend: TimedBackend, context: ssl.SSLContext) -> httpx.Client:
    """An httpx client that follows nothing, keeps no cookies, and takes nothing from the environment."""
    hush()
    return httpx.Client(
        transport=TimedTransport(backend, context),
        trust_env=False,
        follow_redirects=False,
        timeout=None,  # noqa: S113 - each request has a deadline at the socket
        cookies=cookiejar.CookieJar(policy=cookiejar.DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": "infusion-fhir", "Accept": "application/fhir+json", "Accept-Encoding": "gzip"},
    )


def trust(ca_bundle: Path | None) -> ssl.SSLContext:
    """Whom we believe: the given authorities alone, else the system's, else certifi's. Verification is never off."""
    # Not ssl.create_default_context: it takes SSL_CERT_FILE and SSLKEYLOGFILE from the environment.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if ca_bundle is not None:
            context.load_verify_locations(cafile=ca_bundle)
            return context
        system = ssl.get_default_verify_paths().openssl_cafile
        context.load_verify_locations(cafile=system if Path(system).is_file() else certifi.where())
    except OSError as wrong:
        where = str(ca_bundle or "the system's certificates")
        raise errors.ConfigError("IF-NET-14", f"{type(wrong).__name__}: no certificates to read", where=where) from None
    return context


class _OnlyWarnings(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """At INFO and DEBUG these libraries log whole addresses, and with them identifiers of patients."""
        return record.levelno >= logging.WARNING


_ONLY_WARNINGS = _OnlyWarnings()


def hush() -> None:
    """Keep addresses out of the log, whatever level somebody sets."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_ONLY_WARNINGS)
