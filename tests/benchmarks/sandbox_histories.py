"""Whole histories on virtual time: a push of 100 resources to a pretend hospital with faults, until all is there.

The pump, drain and the store are the real ones; the network is the hospital's transport in process, and whoever waits
moves the hospital's clock. So a history takes as long as its work does, and the same seed gives the same one.
"""

import contextlib
import dataclasses
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from fhir_profiles import fhir_json
from integration.audit import hospital_verify
from integration.audit.hospital_holdings import Desk
from integration.delivery import enrolling, pump, pushing
from integration.delivery.manners import Manners
from integration.hospital import capability, url_guard
from integration.hospital.client import FHIR_JSON, Answer, Fault, FaultKind, Request
from integration.hospital.settings import Settings
from integration.intake import importing
from integration.sandbox.testing import PretendHospital, open_hospital
from integration.store import hospitals
from tests.benchmarks import clinic
from tests.benchmarks.figures import Figure
from tests.benchmarks.sizes import Sizes

PRESETS: Final = ("flaky", "hostile")
HOSPITAL: Final = "mercy"
PATIENTS, OF_EACH = 5, 20
_SETTINGS: Final = Settings(
    deadline=2.0, wait=8.0, commit_delay=1.0, index_lag=1.0, bundle_size=10, in_flight=1, patients="create"
)
_LATER: Final = 60.0  # a history begins so long after the clinic has been imported
_PATIENCE: Final = 3_600.0


def measure(sizes: Sizes) -> list[Figure]:
    """Histories a second, for each preset of faults that a push is to live through."""
    with tempfile.TemporaryDirectory(prefix="infusion-fhir-bench-") as folder:
        full = Path(folder) / "full.db"
        _prepare(full)
        return [_figure(full, preset, sizes.histories) for preset in PRESETS]


def _figure(full: Path, preset: str, number: int) -> Figure:
    seconds, struck = [], 0
    for seed in range(number):
        begin = time.perf_counter()
        with _begun(full, preset, seed) as history:
            history.push()
            seconds.append(time.perf_counter() - begin)
            struck += sum(history.there.struck.values())
            history.require_all_held_once()
    name = f"a push of {PATIENTS * OF_EACH} resources, in process, {preset} ({struck / number:.1f} faults each)"
    return Figure(name, 1 / statistics.median(seconds), "histories/s")


def _prepare(full: Path) -> None:
    """A clinic of some patients, all enrolled at the hospital, and nothing of them is there yet."""
    lines = full.with_suffix(".ndjson")
    clinic.write(clinic.whole_courses(PATIENTS, OF_EACH), lines)
    with open_hospital() as there, clinic.sqlite(full) as opened:
        installation = dataclasses.replace(opened, clock=_Clock(there))
        if not importing.import_files(installation, [lines]).clean:
            raise AssertionError("the records of the benchmark are not in order")
        declared = capability.parse(fhir_json.loads(there.client.get("metadata").content)).to_json()
        settings = _SETTINGS.model_dump(mode="json")
        with installation.database.write() as conn:
            hospitals.add(conn, HOSPITAL, there.url, settings, declared, installation.clock.now())
        with installation.database.read() as conn:
            patients = enrolling.chosen(conn, None)
        enrolling.enrol(installation, HOSPITAL, patients, lambda _: None)


@contextlib.contextmanager
def _begun(full: Path, preset: str, seed: int) -> Iterator["_History"]:
    copy = full.with_name("history.db")
    shutil.copy(full, copy)
    with open_hospital(faults=preset, seed=seed) as there, clinic.sqlite(copy) as installation:
        there.pass_time(_LATER)
        yield _History(there, dataclasses.replace(installation, clock=_Clock(there)), random.Random(seed))


@dataclass(frozen=True, slots=True)
class _History:
    """One clinic's store, one hospital, and the chance that both live by."""

    there: PretendHospital
    installation: clinic.Installation
    chance: random.Random

    def push(self) -> None:
        """What `push` does at one hospital, with one thread."""
        works = pump.Works(
            database=self.installation.database,
            client=_Client(self.there),
            manners=self._manners,
            clock=self.installation.clock,
            chance=self.chance.random,
            owner=clinic.ACTOR,
            is_dead=lambda _: False,
            stop=_Stop(self.there),
            seen=lambda *_: None,
        )
        pump.pump(works, until=self.there.now() + _PATIENCE, threads=1)

    def _manners(self) -> Manners:
        with self.installation.database.read() as conn:
            return pushing.manners_of(hospitals.get(conn, HOSPITAL), self.installation.base)

    def require_all_held_once(self) -> None:
        """The judge, who shares no code with the push, finds every document there, once, equal, and nothing else."""
        self.there.set_faults("none")
        with self.installation.database.read() as conn:
            declared = capability.Capability.from_json(hospitals.get(conn, HOSPITAL).capability)
        judge: Any = _Client(self.there)
        desk = Desk(judge, declared, self.installation.base)
        verdict = hospital_verify.verify(self.installation.database, HOSPITAL, desk)
        if verdict.held != PATIENTS * OF_EACH or verdict.wrong or verdict.outstanding:
            found = f"{verdict.held} held, {verdict.wrong} wrong, {len(verdict.outstanding)} outstanding"
            raise AssertionError(f"a history has not ended well: {found}")


@dataclass(frozen=True, slots=True)
class _Clock:
    """The hospital's own clock, for both sides."""

    there: PretendHospital

    def now(self) -> float:
        return self.there.now()

    def boot(self) -> float:
        return self.there.now()


class _Stop(threading.Event):
    """Nobody stops the push; whoever waits for that lets the hospital's time pass instead."""

    def __init__(self, there: PretendHospital) -> None:
        super().__init__()
        self._there = there

    def wait(self, timeout: float | None = None) -> bool:
        """Wait, without waiting."""
        self._there.pass_time(timeout or 0.0)
        return self.is_set()


@dataclass(frozen=True, slots=True)
class _Client:
    """Where a HospitalClient stands: the same answers and faults, by the transport in process."""

    there: PretendHospital
    name: str = HOSPITAL
    rewrite_links: bool = False

    @property
    def base(self) -> url_guard.Base:
        """The hospital's address, by which page links are judged."""
        return url_guard.parse_base(self.there.url)

    def send(self, request: Request, deadline_ends: float | None = None) -> Answer | Fault:
        """Send one request; its answer must be here by the deadline."""
        now = self.there.now()
        patience = max(0.001, (now + _SETTINGS.deadline if deadline_ends is None else deadline_ends) - now)
        headers = httpx.Headers({"Content-Type": FHIR_JSON})
        headers.update(request.headers)
        try:
            answer = self.there.client.request(
                request.method, request.path, content=request.body, headers=headers, timeout=patience
            )
        except httpx.ConnectError:
            return Fault(FaultKind.NOT_SENT, "no connection was made", "IF-NET-02")
        except httpx.TransportError:
            return Fault(FaultKind.CUT, "the connection broke", "IF-NET-04")
        return Answer(answer.status_code, dict(answer.headers), answer.content)
