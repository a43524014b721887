"""Reading on where a hospital is busy: for questions alone, which may be asked as often as one likes.

`hospital verify` asks thousands of questions in a row. Hospitals limit how many they take in a second, and lines break;
neither says anything of what the hospital holds, so the same question is asked again when the hospital says so.
"""

from typing import Final

from integration.hospital import retry_after
from integration.hospital.client import Answer, Fault, FaultKind, HospitalClient, Request

TRIES: Final = 6
LONGEST: Final = 60.0  # seconds that one question waits at a time
_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})


class UnhurriedClient(HospitalClient):
    """A client that writes nothing: where it gets no answer for now, it waits and asks again."""

    def send(self, request: Request, deadline_ends: float | None = None) -> Answer | Fault:
        """Ask, and ask again while the hospital is busy or the line breaks; the last outcome counts."""
        outcome = super().send(request, deadline_ends)
        for tried in range(TRIES - 1):
            if not _is_for_now(outcome):
                break
            self._sleep(_pause(outcome, tried))
            outcome = super().send(request, deadline_ends)
        return outcome


def _is_for_now(outcome: Answer | Fault) -> bool:
    if isinstance(outcome, Fault):
        return outcome.kind is FaultKind.CUT  # where nobody listens, a person should hear of it soon
    return outcome.status in _AGAIN


def _pause(outcome: Answer | Fault, tried: int) -> float:
    """As long as the hospital asks for; else twice as long each time."""
    asked = retry_after.seconds(outcome.headers) if isinstance(outcome, Answer) else None
    return min(LONGEST, float(2**tried) / 2 if asked is None else asked)
