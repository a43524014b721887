"""Faults in the bytes of an answer: cut JSON, bytes that are no text, numbers that are none, bombs.

Each function takes the fault, the bytes and the dice, and gives other bytes. Nothing here knows FHIR.
"""

import random
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from integration.sandbox.fault_schedule import Fault

Damages = Callable[[Fault, bytes, random.Random], bytes]

_MEGABYTE: Final = 1_000_000
_DEEP: Final = b'"extension":'


def _cut(fault: Fault, body: bytes, _: random.Random) -> bytes:
    return body[: max(1, min(len(body) - 1, int(len(body) * fault.number("keep"))))]


def _first_member(member: bytes) -> Damages:
    """Put something behind the first brace of a JSON object."""

    def damage(_: Fault, body: bytes, __: random.Random) -> bytes:
        at = body.find(b"{") + 1
        comma = b"" if body[at : at + 1] in (b"}", b"") else b","
        return body[:at] + member + comma + body[at:]

    return damage


def _twice(_: Fault, body: bytes, __: random.Random) -> bytes:
    """A key a second time, with another value; which counts, no two readers agree on."""
    at = body.rfind(b"}")
    return body[:at] + b',"resourceType":"Basic"' + body[at:] if at > 0 else body


def _deep(fault: Fault, body: bytes, _: random.Random) -> bytes:
    levels = int(fault.number("levels"))
    at = body.rfind(b"}")
    nest = b"," + _DEEP + (b"[{" + _DEEP) * levels + b"[]" + b"}]" * levels
    return body[:at] + nest + body[at:] if at > 0 else body


def _huge(fault: Fault, body: bytes, _: random.Random) -> bytes:
    """Blanks between two members: legal JSON, and an answer that nobody wants in memory."""
    at = body.rfind(b"}")
    return body[:at] + b" " * int(fault.number("megabytes") * _MEGABYTE) + body[at:]


def _bomb(fault: Fault, body: bytes, _: random.Random) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    at = body.rfind(b"}")
    blanks = b" " * _MEGABYTE
    parts = [packer.compress(body[:at])]
    parts += [packer.compress(blanks) for _ in range(int(fault.number("megabytes")))]
    return b"".join([*parts, packer.compress(body[at:]), packer.flush()])


DAMAGES: Final[Mapping[str, Damages]] = {
    "truncated": _cut,
    "bad-utf8": _first_member(b'"language":"\xff\xfe"'),
    "byte-order-mark": lambda _, body, __: b"\xef\xbb\xbf" + body,
    "half-character": _first_member(b'"language":"\\ud800"'),
    "nul-character": _first_member(b'"language":"e\x00n"'),
    "duplicate-key": _twice,
    "not-a-number": _first_member(b'"score":NaN'),
    "long-number": _first_member(b'"score":' + b"9" * 5000),
    "deep": _deep,
    "huge": _huge,
    "gzip-bomb": _bomb,
}
"""What each fault in the bytes does, by its name."""
