"""The body of an answer, unpacked by us: counted while it grows, so that 64 KB cannot become gigabytes."""

import zlib
from collections.abc import Iterable
from typing import Final

CAP: Final = 20 * 1024 * 1024  # bytes, unpacked
_PIECE: Final = 262_144
_GZIP: Final = 16 + zlib.MAX_WBITS
_NAMES: Final = frozenset({"gzip", "x-gzip"})


class BodyError(Exception):
    """The body is no evidence: too large, broken, or packed in a way that we did not ask for."""

    def __init__(self, says: str, code: str) -> None:
        super().__init__(says)
        self.says = says
        self.code = code


def read(chunks: Iterable[bytes], encoding: str, cap: int = CAP) -> bytes:
    """The whole body, unpacked; what is over the cap or cut raises `BodyError`."""
    named = encoding.strip().lower()
    if named in ("", "identity"):
        return _plain(chunks, cap)
    if named in _NAMES:
        return _unpacked(chunks, cap)
    raise BodyError("the answer is packed in a way that was not asked for", "IF-NET-11")


def _plain(chunks: Iterable[bytes], cap: int) -> bytes:
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > cap:
            raise _too_large(cap)
        parts.append(chunk)
    return b"".join(parts)


def _unpacked(chunks: Iterable[bytes], cap: int) -> bytes:
    parts: list[bytes] = []
    size, packed, unpacker = 0, 0, zlib.decompressobj(_GZIP)
    try:
        for chunk in chunks:
            packed += len(chunk)
            rest = chunk
            while rest:
                if unpacker.eof:  # gzip may be several parts, one after the other
                    unpacker = zlib.decompressobj(_GZIP)
                part = unpacker.decompress(rest, _PIECE)
                size += len(part)
                if size > cap or packed > cap:
                    raise _too_large(cap)
                parts.append(part)
                rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    except zlib.error:
        raise BodyError("the answer is packed, and broken", "IF-NET-04") from None
    if packed and not unpacker.eof:
        raise BodyError("the answer is packed, and cut short", "IF-NET-04")
    return b"".join(parts)


def _too_large(cap: int) -> BodyError:
    return BodyError(f"the answer is larger than {cap // (1024 * 1024)} MB", "IF-NET-11")
