"""The hospital's own calls: rest-hooks go out to subscribers on this machine, and what comes of them is told back."""

import threading
import urllib.parse
from typing import Final

import httpx

from integration.sandbox.exchange import Notify
from integration.sandbox.running import RunningHospital

HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_SECONDS: Final = 5.0


class Caller:
    """Makes the calls, one after the other, in a thread of its own; it calls nobody beyond this machine."""

    def __init__(self, hospital: RunningHospital) -> None:
        self._hospital = hospital
        self._waiting: list[Notify] = []
        self._changed = threading.Condition()
        self._ended = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to call."""
        self._thread = threading.Thread(target=self._run, daemon=True, name="sandbox-calls")
        self._thread.start()

    def stop(self) -> None:
        """Stop; what is not called yet never will be."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_SECONDS)

    def send_all(self) -> None:
        """Take over the calls that wait at the hospital."""
        calls = self._hospital.take_calls()
        if calls:
            with self._changed:
                self._waiting += calls
                self._changed.notify_all()

    def _run(self) -> None:
        with httpx.Client(trust_env=False, follow_redirects=False, timeout=_SECONDS) as client:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._ended)
                    if self._ended:
                        return
                    call = self._waiting.pop(0)
                self._hospital.answered(call, accepted=_made(client, call))


def _made(client: httpx.Client, call: Notify) -> bool:
    """Make one call; gives whether the subscriber took it."""
    try:
        if urllib.parse.urlsplit(call.url).hostname not in HOSTS:
            return False
        answer = client.request(call.method, call.url, headers=list(call.headers), content=call.body)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return False
    return answer.is_success
