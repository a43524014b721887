"""HTTP/1.1 as bytes: requests read off a connection, answers written onto it; nothing that comes in can break it.

Written out, because servers from libraries hide what a pretend hospital needs to do: answer any nonsense in FHIR's own
words, and break off in the middle of an answer.
"""

import http
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

_LINE: Final = 65_536
_HEADERS: Final = 200
_BLOCK: Final = 65_536
_DRAINED: Final = 200_000_000
_START: Final = re.compile(rb"([A-Za-z]{1,20}) (\S+) HTTP/1\.([01])\r?\n")
_HEADER: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*\r?\n")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
BODILESS: Final = frozenset({204, 304})
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Reader(Protocol):
    """Where bytes come from."""

    def readline(self, limit: int = -1, /) -> bytes:
        """Give the bytes up to the end of a line."""

    def read(self, size: int = -1, /) -> bytes:
        """Give so many bytes, fewer only where the connection ends."""


class GoneError(Exception):
    """The client has gone, before or in the middle of a request."""


class NonsenseError(Exception):
    """What came is no request that can be worked on; `status` and `says` tell the client, and the connection ends."""

    def __init__(self, status: int, says: str) -> None:
        super().__init__(says)
        self.status = status
        self.says = says


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a request's body; header names in lower case, equal ones joined with commas."""

    method: str
    target: str
    headers: Mapping[str, str]
    stays: bool  # whether the connection may be used again

    @property
    def wants_continue(self) -> bool:
        """Whether the client sends its body only when it is told to."""
        return self.headers.get("expect", "").lower() == "100-continue"


def read_head(reader: Reader) -> Head:
    """Read what stands above the body."""
    line = reader.readline(_LINE)
    if line in (b"\r\n", b"\n"):  # some clients end a body with one line too many
        line = reader.readline(_LINE)
    if not line:
        raise GoneError
    if len(line) >= _LINE:
        raise NonsenseError(414, "the address is too long")
    start = _START.fullmatch(line)
    if start is None:
        raise NonsenseError(400, "this is no HTTP/1.1 request")
    headers = _headers(reader)
    stays = _stays(headers, newer=start[3] == b"1")
    return Head(start[1].decode().upper(), start[2].decode("latin-1"), headers, stays)


def _headers(reader: Reader) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(_HEADERS):
        line = reader.readline(_LINE)
        if not line:
            raise GoneError
        if line in (b"\r\n", b"\n"):
            return headers
        found = _HEADER.fullmatch(line)
        if found is None:
            raise NonsenseError(431 if len(line) >= _LINE else 400, "a header cannot be read")
        name, value = found[1].decode().lower(), found[2].decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    raise NonsenseError(431, "there are too many headers")


def _stays(headers: Mapping[str, str], *, newer: bool) -> bool:
    said = headers.get("connection", "").lower()
    return "close" not in said and (newer or "keep-alive" in said)


def read_body(reader: Reader, head: Head, cap: int) -> bytes:
    """Read the body, unpacked; of one over the cap a byte more is kept than that, so that it is seen to be too long."""
    coding = head.headers.get("transfer-encoding", "").lower()
    length = head.headers.get("content-length", "")
    if coding and (length or coding != "chunked"):
        raise NonsenseError(400, "it is not clear where the body ends")
    if length and not re.fullmatch(r"\d{1,18}", length):
        raise NonsenseError(400, "Content-Length is no number")
    kept = cap + 1
    body = _chunked(reader, kept) if coding else _counted(reader, int(length or 0), kept)
    return unpacked(body, head, cap)


def _counted(reader: Reader, length: int, kept: int) -> bytes:
    if length > _DRAINED:
        raise NonsenseError(413, "the body is too large")
    body = _exactly(reader, min(length, kept))
    left = length - len(body)
    while left:  # read and forgotten: a client that is cut off while it sends never sees why
        left -= len(_exactly(reader, min(left, _BLOCK)))
    return body


def _chunked(reader: Reader, kept: int) -> bytes:
    body = bytearray()
    passed = 0
    while True:
        size = _CHUNK.fullmatch(reader.readline(_LINE))
        if size is None:
            raise NonsenseError(400, "a chunk of the body has no length")
        length = int(size[1], 16)
        passed += length
        if passed > _DRAINED:
            raise NonsenseError(413, "the body is too large")
        if not length:
            _headers(reader)  # trailers say nothing here
            return bytes(body)
        body += _counted(reader, length, max(0, kept - len(body)))
        if reader.readline(3) not in (b"\r\n", b"\n"):
            raise NonsenseError(400, "a chunk of the body is longer than it says")


def _exactly(reader: Reader, size: int) -> bytes:
    body = reader.read(size) if size else b""
    if len(body) < size:
        raise GoneError
    return body


def unpacked(body: bytes, head: Head, cap: int) -> bytes:
    """Unpack a body, not much further than the cap: a small one can be made that never ends."""
    coding = head.headers.get("content-encoding", "").lower()
    if coding in ("", "identity"):
        return body
    if coding not in ("gzip", "x-gzip"):
        raise NonsenseError(415, "bodies are taken plain or as gzip")
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, cap + 1)
    except zlib.error:
        raise NonsenseError(400, "the body is no gzip") from None


def head_bytes(status: int, headers: Mapping[str, str], *, length: int | None, stays: bool) -> bytes:
    """Write what stands above an answer's body; `length` None where there is none to be told."""
    lines = [f"HTTP/1.1 {status} {_phrase(status)}"]
    lines += [f"{name}: {one_line(value).decode('latin-1')}" for name, value in headers.items()]
    if length is not None and status not in BODILESS:
        lines.append(f"Content-Length: {length}")
    if not stays:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def has_body(method: str, status: int) -> bool:
    """Whether an answer has a body at all."""
    return method != "HEAD" and status not in BODILESS


def one_line(value: str) -> bytes:
    """A header's value as it goes out: what no header may hold is replaced."""
    return value.replace("\r", " ").replace("\n", " ").encode("latin-1", "replace")


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
