"""Which faults are met when: at the door, before any request is read; at a request's head; or with the request whole.

A schedule is taken apart so that each fault is drawn as early as it strikes. At the door nobody knows yet what will be
asked for: there, `on` and `path` of a fault say nothing.
"""

from collections.abc import Callable
from typing import Final

from integration.sandbox.exchange import Request
from integration.sandbox.fault_kinds import Kind
from integration.sandbox.fault_schedule import Entry, Fault, FaultSchedule

REFUSED: Final = frozenset({"connection-refused", "name-not-found"})
TLS: Final = frozenset({"tls-expired", "tls-wrong-name", "tls-unknown-issuer", "tls-too-old"})
RESET: Final = "connection-reset"
MID_REQUEST: Final = "reset-mid-request"
AT_DOOR: Final = REFUSED | TLS | {RESET}

_KNOCK: Final = Request("GET", "")
_OUT_OF_PLAY: Final[dict[str, object]] = {"count": 0}
_FOR_ALL: Final[dict[str, object]] = {"on": ("any",), "path": "*"}


class Schedules:
    """One schedule taken apart; the dice of each fault stay what they were."""

    def __init__(self, whole: FaultSchedule) -> None:
        self.whole = whole
        self._door = _with(whole, lambda entry: _FOR_ALL if entry.kind in AT_DOOR else _OUT_OF_PLAY)
        self._head = _with(whole, lambda entry: {} if entry.kind == MID_REQUEST else _OUT_OF_PLAY)
        apart = AT_DOOR | {MID_REQUEST}
        self._request = _with(whole, lambda entry: _OUT_OF_PLAY if entry.kind in apart else {})
        at_door = [entry for entry in whole.entries if entry.kind in AT_DOOR]
        self.is_timed = any(entry.start or entry.until is not None or entry.every for entry in at_door)
        self._begun = False

    @property
    def speaks_tls(self) -> bool:
        """Whether some fault is about certificates, so that the hospital must speak TLS at all."""
        return any(kind.name in TLS for kind in self.whole.kinds)

    @property
    def guards_door(self) -> bool:
        """Whether any fault can strike before a request."""
        return any(kind.name in AT_DOOR for kind in self.whole.kinds)

    @property
    def struck(self) -> dict[str, int]:
        """How often each fault has struck so far."""
        parts = (self._door.struck, self._head.struck, self._request.struck)
        return {name: sum(part[name] for part in parts) for name in self.whole.struck}

    def at_door(self, now: float) -> Fault | None:
        """Give the fault that the next connection meets; times count from the first request."""
        return None if self.is_timed and not self._begun else self._door.choose(_KNOCK, now)

    def at_head(self, request: Request, now: float) -> Fault | None:
        """Give the fault that a request meets of which only the head is there."""
        self._begin(now)
        return self._head.choose(request, now)

    def at_request(self, request: Request, now: float, *, socket: bool) -> Fault | None:
        """Give the fault that a request meets."""
        self._begin(now)
        return self._request.choose(request, now, socket=socket)

    def _begin(self, now: float) -> None:
        """Let the time of every part count from the same request; asked about a hook, they do nothing else."""
        if not self._begun:
            self._begun = True
            for part in (self._door, self._head):
                part.choose_hook(now)

    def at_hook(self, now: float) -> Fault | None:
        """Give the fault that the hospital's own calls meet."""
        return self._request.choose_hook(now)


def only_on_sockets(schedule: FaultSchedule) -> list[Kind]:
    """Give the faults of a schedule that cannot be had without a socket."""
    return [kind for kind in schedule.kinds if kind.socket and kind.name not in AT_DOOR]


def _with(whole: FaultSchedule, changed: Callable[[Entry], dict[str, object]]) -> FaultSchedule:
    entries = [entry.model_copy(update=changed(entry)) for entry in whole.entries]
    return FaultSchedule(entries, whole.seed, about=whole.about)
