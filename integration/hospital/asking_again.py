"""Asking a busy hospital again: for commands that only read, and that nobody has to run twice because of one 429.

What is written never comes this way: when something is sent again is the ledger's to decide.
"""

from typing import Final

from integration.hospital import retry_after
from integration.hospital.client import Answer, Fault, HospitalClient, Request

PAUSES: Final = (1.0, 2.0, 4.0, 8.0)  # seconds, where the hospital does not say how long
LONGEST: Final = 30.0
_BUSY: Final = frozenset({429, 502, 503, 504})


class UnhurriedClient(HospitalClient):
    """A client for questions alone: where the hospital is busy it waits as asked, a few times, and asks again."""

    def send(self, request: Request, deadline_ends: float | None = None) -> Answer | Fault:
        """Send a question; what is still busy after the last pause is given as it came."""
        outcome = super().send(request, deadline_ends)
        for usual in PAUSES:
            pause = _pause(outcome, usual)
            if pause is None:
                break
            self._sleep(pause)
            outcome = super().send(request, deadline_ends)
        return outcome


def _pause(outcome: Answer | Fault, usual: float) -> float | None:
    """How long to wait before asking again; None: not at all, nobody sits in front of a command for so long."""
    if not isinstance(outcome, Answer) or outcome.status not in _BUSY:
        return None
    asked = retry_after.seconds(outcome.headers)
    pause = usual if asked is None else asked
    return pause if pause <= LONGEST else None
