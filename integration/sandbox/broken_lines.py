"""Faults of the line itself, made on a real socket: slow bytes, wrong lengths, answers that break off or never end.

Each function writes an answer its own way and tells whether the connection can still be used afterwards.
"""

import contextlib
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from integration.sandbox.fault_schedule import Fault

Writes = Callable[["Answering", Fault], bool]
_AT_ONCE: Final = struct.pack("ii", 1, 0)
_PATIENCE: Final = 300.0


@dataclass(frozen=True, slots=True)
class Answering:
    """An answer on its way out: what stands above it for any length, its body, and the line."""

    line: socket.socket
    head: Callable[[int], bytes]
    body: bytes
    wait: Callable[[float], None]
    ended: Callable[[], bool]

    def send(self, length: int, body: bytes) -> None:
        """Write the head with a length that need not be true, and a body."""
        self.line.sendall(self.head(length) + body)


def write(answering: Answering, fault: Fault) -> bool:
    """Write an answer with a fault of the line; gives whether the connection can still be used."""
    writes = _WRITES.get(fault.name)
    if writes is None:
        answering.send(len(answering.body), answering.body)
        return True
    return writes(answering, fault)


def reset(line: socket.socket) -> None:
    """Break a connection so that the other side is told of a reset, not of an end."""
    with contextlib.suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)


def _slow(answering: Answering, fault: Fault) -> bool:
    whole = answering.head(len(answering.body)) + answering.body
    for place in range(len(whole)):
        if answering.ended():
            return False
        answering.line.sendall(whole[place : place + 1])
        answering.wait(fault.number("seconds"))
    return True


def _kept(answering: Answering, fault: Fault) -> bytes:
    """What comes of a body that breaks off: never all of it."""
    length = len(answering.body)
    return answering.body[: max(0, min(length - 1, int(length * fault.number("keep"))))]


def _cut(answering: Answering, fault: Fault) -> bool:
    answering.send(max(1, len(answering.body)), _kept(answering, fault))
    return False


def _half_closed(answering: Answering, fault: Fault) -> bool:
    """The client may still send, and waits for the rest; what it sends is thrown away until it has had enough."""
    answering.send(max(1, len(answering.body)), _kept(answering, fault))
    answering.line.shutdown(socket.SHUT_WR)
    answering.line.settimeout(_PATIENCE)
    with contextlib.suppress(OSError):
        while answering.line.recv(65_536):
            pass
    return False


def _too_long(answering: Answering, fault: Fault) -> bool:
    answering.send(len(answering.body) + int(fault.number("extra")), answering.body)
    return False


def _too_short(answering: Answering, fault: Fault) -> bool:
    answering.send(max(0, len(answering.body) - int(fault.number("missing"))), answering.body)
    return False


_WRITES: Final[Mapping[str, Writes]] = {
    "slow-bytes": _slow,
    "body-cut": _cut,
    "half-closed": _half_closed,
    "length-too-long": _too_long,
    "length-too-short": _too_short,
}
