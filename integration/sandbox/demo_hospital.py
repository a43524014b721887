"""The demo's hospital: a real FHIR server behind a line that is busy, loses answers, and knows one code too few."""

import threading
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from fhir_profiles import terminology
from integration.sandbox import faults, refusals, sekmet
from integration.sandbox.faulty_proxy import FaultyProxy

CODE: Final = "404640003"
SYSTEM: Final = terminology.SNOMED
DISPLAY: Final = "Dizziness"

_SHARE: Final = 0.12
_TIMES: Final = 5  # so that the demo stays short: each of them may cost a wait


class DemoHospital:
    """`start` and `stop`; `mend` teaches the hospital the code that it does not know."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._unknown_code = refusals.RefuseCode(code=CODE, system=SYSTEM)
        self._rules: list[faults.Rule] = [
            faults.Busy(faults.When(share=_SHARE, skip=1, count=_TIMES), retry_after=1),
            faults.CutReply(faults.When(share=_SHARE, skip=2, count=_TIMES)),
            self._unknown_code,
        ]
        self._seed = seed
        self._open = ExitStack()
        self._proxy: FaultyProxy | None = None
        self._failed: Exception | None = None
        self._starting = threading.Thread(target=self._start, daemon=True)

    def start(self) -> None:
        """Begin to start it, beside other work; `url` waits until it is there."""
        self._starting.start()

    def url(self) -> str:
        """The FHIR base address, as the clinic sees it; raises what went wrong at the start, if anything did."""
        self._starting.join()
        if self._failed is not None:
            raise self._failed
        if self._proxy is None:
            raise RuntimeError("the demo's hospital is not started")
        return self._proxy.url

    def stop(self) -> None:
        """Switch it off."""
        if self._starting.ident is not None:
            self._starting.join()
        self._open.close()

    def mend(self) -> None:
        """The hospital's people add the missing code to their system."""
        self._unknown_code.mend()

    def _start(self) -> None:
        try:
            server = self._open.enter_context(sekmet.server(self._folder))
            self._proxy = self._open.enter_context(FaultyProxy(server.url, self._rules, self._seed))
        except (OSError, RuntimeError) as failed:
            self._failed = failed

    def faults(self) -> dict[str, int]:
        """How often each fault came, and how many requests there were."""
        journal = [] if self._proxy is None else self._proxy.journal()
        return dict(Counter(exchange.fault for exchange in journal if exchange.fault)) | {"requests": len(journal)}
