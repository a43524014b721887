"""The only immediate second try: a connection that was never made. All other waiting is the ledger's."""

from collections.abc import Callable
from typing import Final, TypeVar

import tenacity

TRIES: Final = 2
WINDOW_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = 0.1

T = TypeVar("T")


def connecting(send: Callable[[], T], never_connected: Callable[[T], bool], sleep: Callable[[float], None]) -> T:
    """Send, and once more if no connection was made; the outcome of the last try counts."""
    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(TRIES) | tenacity.stop_before_delay(WINDOW_SECONDS),
        wait=tenacity.wait_fixed(PAUSE_SECONDS),
        retry=tenacity.retry_if_result(never_connected),
        retry_error_callback=_last_outcome,
        sleep=sleep,
    )(send)


def _last_outcome(state: tenacity.RetryCallState) -> object:
    return None if state.outcome is None else state.outcome.result()
