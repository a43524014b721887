"""Kill -9 in mid-push, over and over: new changes, a kill, a push to its end, and the judge must find all equal.

The hospital is a real server behind the faulty proxy. Each round brings new patients and corrections of what was
delivered before, and another rung and kind of bundle, so that first writes and later ones are killed on each of them.
"""

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from integration.sandbox import real_server
from integration.sandbox.faults import Busy, CutReply, Hold, When
from integration.sandbox.faulty_proxy import FaultyProxy
from tests.chaos import moments
from tests.chaos.moments import Moment
from tests.parts import servers
from tests.real import exports
from tests.real.clinic import HOSPITAL, QUICK, Clinic, UnexpectedEndError, opened

BASE = "https://records.chaos-infusion.example/fhir"
BUNDLE_SIZE = 20
CORRECTED, CORRECTED_ALONE = 0.03, 0.5  # the share of heart rates, with new patients and without
TRIES = 5  # pushes that may end before the moment at which they were to be killed
RUNGS = (1, 2, 4)  # conditional updates, rung 3, race by themselves (delivery.md §4)
BUNDLES = ("transaction", "batch", "single")

Say = Callable[[str], None]


@dataclass(slots=True)
class Tally:
    """What happened, for the summary."""

    kills: int = 0
    committed: int = 0
    documents: int = 0
    wrong: list[str] = field(default_factory=list)

    def failures(self, kills: int) -> list[str]:
        """Everything that is not as it must be; empty when all is well."""
        found = list(self.wrong)
        if self.kills < kills:
            found.append(f"only {self.kills} of {kills} kills took place")
        if self.committed * 2 < self.kills:
            found.append(f"only {self.committed} of {self.kills} kills met a request that the server had committed")
        return found


@dataclass(slots=True)
class Round:
    """One kill and what surrounds it."""

    number: int
    new: Sequence[exports.Raw]
    rung: int
    bundle: str


class Chaos:
    """One run: a clinic, a hospital and a seed."""

    def __init__(self, clinic: Clinic, hospital_url: str, seed: int, say: Say) -> None:
        self.clinic = clinic
        self.upstream = hospital_url
        self.seed = seed
        self.say = say
        self.chance = random.Random(f"chaos/{seed}")
        self.port = real_server.free_port()
        self.exported: list[exports.Raw] = []
        self.held: set[exports.Key] = set()  # every document that was ever made: nothing is taken away again
        self.tally = Tally()

    def run(self, kills: int, patients: int) -> Tally:
        """Kill so often; the patients come in with the kills."""
        with self.proxy("start") as (proxy, _):
            self.clinic.adds(proxy.url, QUICK, bundle_size=str(BUNDLE_SIZE))
        people = exports.by_patient(exports.courses(patients, self.seed))
        for number in range(1, kills + 1):
            some = [record for one in people[number - 1 :: kills] for record in one]
            self.round(Round(number, some, self.chance.choice(RUNGS), self.chance.choice(BUNDLES)), kills)
        self.tally.documents = len(self.held)
        self.checked("audit", "verify")
        return self.tally

    @contextmanager
    def proxy(self, name: str) -> Iterator[tuple[FaultyProxy, Hold]]:
        """A proxy with fresh faults, always at the same address: the hospital's as the clinic knows it."""
        hold = Hold(armed=False)
        rules = [Busy(When(share=0.05, count=1)), CutReply(When(share=0.1, count=2)), hold]
        proxy = FaultyProxy(self.upstream, rules, seed=hash_of(f"{self.seed}/{name}"))
        with contextlib.closing(_Ending(proxy)):
            yield proxy.start(self.port), hold

    def round(self, this: Round, kills: int) -> None:
        self.say(f"kill {this.number} of {kills}: rung {this.rung}, {this.bundle}")
        self.clinic.done("hospital", "set", HOSPITAL, "--rung", str(this.rung), "--bundle", this.bundle)
        for attempt in range(TRIES):
            changed = self.changes(this, attempt)
            with self.proxy(f"{this.number}/{attempt}") as (proxy, hold):
                moment = self.killed(this, proxy, hold)
                if moment is not None:
                    self.tally.kills += 1
                    self.tally.committed += moment.committed
                    self.say(f"  {changed}")
                    self.say(f"  {moment}")
                self.finished(proxy)
            if moment is not None:
                return
        self.say("  the push always ended before its moment")

    def changes(self, this: Round, attempt: int) -> str:
        """Import new patients, and newer versions of what is there."""
        new = list(this.new) if attempt == 0 else []
        share = CORRECTED if new else CORRECTED_ALONE
        edits = exports.corrected(self.exported, share, self.chance, this.number * TRIES + attempt)
        self.exported += [*new, *edits]
        self.held |= exports.documents_of(new, BASE).keys()
        made = self.clinic.takes([*new, *edits])["documents"]
        self.clinic.enrols()
        return f"{made['new']} documents new, {made['changed']} changed"

    def killed(self, this: Round, proxy: FaultyProxy, hold: Hold) -> Moment | None:
        """Start a push and kill it; None when it was faster."""
        with self.clinic.pushing() as push:
            if this.number % 2:
                return moments.kill_while_held(push, proxy, hold, self.chance.randint(0, 5))
            return moments.kill_after(push, proxy, self.chance.randint(1, 12), self.chance)

    def finished(self, proxy: FaultyProxy) -> None:
        """Push to the end; then the judge must find everything, once, and equal."""
        before = len(proxy.journal())
        with self.clinic.pushing() as push:
            said = push.ends()
        if said.code:
            self.fail(f"push ended with {said.code}: {said.out} {said.err}")
            return
        told = ", ".join(f"{n} {what}" for what, n in said.facts["hospitals"][0]["outcomes"].items())
        self.say(f"  push to its end: {len(proxy.journal()) - before} requests: {told}")
        verdict = self.checked("hospital", "verify", HOSPITAL)
        counts = verdict.get("counts", {})
        self.say(f"  verify: {verdict.get('summary')}; {len(self.held)} documents were made")
        if counts and not counts.get("held") == counts.get("expected") == len(self.held):
            self.fail(f"{len(self.held)} documents should be held, not {counts}")

    def checked(self, *command: str) -> dict[str, Any]:
        """Run a command that must find nothing wrong."""
        try:
            said: dict[str, Any] = self.clinic.done(*command)
        except UnexpectedEndError as error:
            self.fail(str(error))
            return {}
        return said

    def fail(self, why: str) -> None:
        """Note what is wrong, and go on: a later kill may tell more."""
        self.say(f"  WRONG: {why}")
        self.tally.wrong.append(why)


@dataclass(frozen=True, slots=True)
class _Ending:
    """What closes a proxy that was started at a port of our choice."""

    proxy: FaultyProxy

    def close(self) -> None:
        self.proxy.stop()


def hash_of(text: str) -> int:
    """A number for a text, the same in each process."""
    return random.Random(text).getrandbits(32)


def run(folder: Path, *, kills: int, seed: int, patients: int, database: str, say: Say) -> Tally:
    """Run against sekmet, with everything below a folder that is empty now."""
    with contextlib.ExitStack() as stack:
        hospital = stack.enter_context(servers.sekmet(folder / "hospital"))
        clinic = stack.enter_context(opened(database, folder / "home", BASE))
        return Chaos(clinic, hospital.url, seed, say).run(kills, patients)
