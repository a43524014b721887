"""The demo's hospital: a real FHIR server behind a line that is busy, loses answers, and knows one code too few."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from integration.sandbox import faults, refusals, sekmet
from integration.sandbox.faulty_proxy import FaultyProxy

CODE: Final = "404640003"
SYSTEM: Final = "http://snomed.info/sct"
DISPLAY: Final = "Dizziness"

_BUSY_SHARE: Final = 0.06
_CUT_SHARE: Final = 0.08


class DemoHospital:
    """`start` and `stop`; `mend` teaches the hospital the code that it does not know."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._server = sekmet.server(folder)
        self._unknown_code = refusals.RefuseCode(code=CODE, system=SYSTEM)
        self._rules: list[faults.Rule] = [
            faults.Busy(faults.When(share=_BUSY_SHARE, skip=1), retry_after=1),
            faults.CutReply(faults.When(share=_CUT_SHARE, skip=2)),
            self._unknown_code,
        ]
        self._seed = seed
        self._open = ExitStack()
        self._proxy: FaultyProxy | None = None
        self._failed: Exception | None = None

    def start(self) -> None:
        """Start it; a failure is kept for `require`, so that it may be started beside other work."""
        try:
            self._open.enter_context(self._server)
            self._proxy = self._open.enter_context(FaultyProxy(self._server.url, self._rules, self._seed))
        except (OSError, RuntimeError) as failed:
            self._failed = failed

    def stop(self) -> None:
        """Switch it off."""
        self._open.close()

    def require(self) -> None:
        """Raise what went wrong at the start, if anything did."""
        if self._failed is not None:
            raise self._failed

    @property
    def url(self) -> str:
        """The FHIR base address, as the clinic sees it."""
        if self._proxy is None:
            raise RuntimeError("the demo's hospital is not started")
        return self._proxy.url

    def mend(self) -> None:
        """The hospital's people add the missing code to their system."""
        self._unknown_code.mend()

    def faults(self) -> dict[str, int]:
        """How often each fault came, and how many requests there were."""
        journal = [] if self._proxy is None else self._proxy.journal()
        return dict(Counter(exchange.fault for exchange in journal if exchange.fault)) | {"requests": len(journal)}
