"""One push of one sample to a pretend hospital, killed with -9 again and again, with corrections in between.

The hospital meets its faults all the time and listens on a real socket; each push is a process of its own. When a push
has come to its end, somebody looks after what only a person can decide, and a last correction follows. Then three are
asked that share nothing: `hospital verify`, the hospital's own journal (witness.py), and the character, by which it is
reckoned how much must be there.
"""

import random
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fhir_profiles import fhir_json
from integration.sandbox import character_file, expecting, residents
from integration.sandbox.testing import open_hospital
from tests.chaos import witness
from tests.chaos.places import Place
from tests.real import exports
from tests.real.clinic import HOSPITAL, Clinic, Process, Said

BASE = "https://records.chaos-infusion.example/fhir"
CORRECTED, CORRECTED_LAST = 0.15, 0.4  # the share of heart rates that a correction touches
TRIES = 5  # pushes that may end before the moment at which they were to be killed
LOOK_EVERY = 0.005
LINGER = 0.06
# The hospital commits half a second late at most; the rest is for a machine on which much else runs.
WAITS = {"deadline": "2", "wait": "7", "commit-delay": "3", "index-lag": "0.5"}
LOOKS_OF_A_PERSON = 8
OVER = (0, 5)  # all is in step, or the rest is listed
MAY_BE_THERE, CRASHES = "IF-DEL-08", "IF-DEL-03"

Say = Callable[[str], None]


@dataclass(slots=True)
class Result:
    """What is known when all is over."""

    kills: int = 0
    accepted: int = 0  # by the hospital's own journal
    reckoned: int = 0  # by its character, without sending anything
    rewritten: int | None = 0  # places that hold a later version than the first; None: the hospital takes no updates
    counts: dict[str, int] = field(default_factory=dict)
    rest: Counter[str] = field(default_factory=Counter)
    struck: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def failures(self, kills: int) -> list[str]:
        """Everything that is not as it must be; empty when all is well."""
        found = list(self.wrong)
        if self.kills < kills:
            found.append(f"only {self.kills} of {kills} kills took place")
        if self.rewritten == 0:
            found.append("no correction came over an earlier version: their order was not put to the proof")
        if not self.accepted or self.accepted != self.reckoned:
            found.append(f"{self.accepted} are there, and by its character the hospital takes {self.reckoned}")
        return found


class OnePush:
    """A clinic, its sample, and a hospital of one character that meets one preset of faults."""

    def __init__(self, folder: Path, place: Place, patients: int, seed: int, say: Say) -> None:
        self.place = place
        self.seed = seed
        self.say = say
        self.exported = exports.courses(patients, seed)
        self.file = folder / "sample.ndjson"
        self.file.write_bytes(b"".join(fhir_json.encode(record) + b"\n" for record in self.exported))
        self.people = residents.of(self.file) if place.linked else residents.Residents()
        self.there = open_hospital(place.character, seed=seed, socket=True, patients=self.file if place.linked else ())
        self.clinic = Clinic.opened(folder / "home", BASE)
        self.made = witness.Made(BASE)
        self.waves = 0
        self.result = Result()

    def run(self, faults: str, kills: int) -> Result:
        """Kill so often, push to the end, correct once more, and ask all three."""
        self.chance = random.Random(f"chaos/{self.place.character}/{faults}/{self.seed}")
        with self.there:
            self.connect()
            self.there.set_faults(faults, self.seed)
            for number in range(1, kills + 1):
                self.say(f"kill {number} of {kills}")
                self.killed(kills)
            self.finished()
            self.correct(CORRECTED_LAST)
            self.finished()
            self.result.struck = {name: times for name, times in self.there.struck.items() if times}
            self.judged()
        return self.result

    # -- the clinic ---------------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """Import, enrol, and link where patients, visits and staff are the hospital's own."""
        self.makes(self.exported)
        self.clinic.adds(self.there.url, WAITS, **self.place.options)
        if self.place.linked:
            links = self.file.with_name("links.csv")
            links.write_text(self.people.links_csv())
            self.clinic.done("link", "--hospital", HOSPITAL, "--file", str(links))

    def makes(self, new: Sequence[exports.Raw]) -> None:
        """Import records, and let the witness know what is made of them."""
        self.made.add(exports.documents_of(new, BASE, among=self.exported).values())
        self.clinic.takes(new)

    def correct(self, share: float) -> None:
        """Import newer versions of some readings, be they delivered, in flight or still to be sent."""
        self.waves += 1
        new = [self.place.corrected(one) for one in exports.corrected(self.exported, share, self.chance, self.waves)]
        self.exported = [*self.exported, *new]
        self.makes(new)
        self.say(f"  {len(new)} readings corrected")

    # -- kills --------------------------------------------------------------------------------------------------------

    def killed(self, kills: int) -> None:
        """Start a push and kill it at a moment of chance; then a correction, before the next one begins."""
        most = max(1, int(len(self.made.versions) * self.place.requests / (kills + 1)))
        for _ in range(TRIES):
            with self.clinic.pushing() as push:
                died = self.dies(push, self.chance.randint(1, most))
            self.correct(CORRECTED)
            if died:
                self.result.kills += 1
                return
        self.say("  the push always ended before its moment")

    def dies(self, push: Process, requests: int) -> bool:
        """Kill it a random little while after so many requests have come; False when it was faster."""
        before = self.there.running.arrived()
        while push.running and self.there.running.arrived() < before + requests:
            push.lasts(LOOK_EVERY)
        push.lasts(self.chance.uniform(0, LINGER))
        if not push.kill():
            return False
        last = self.there.journal[-1]
        meets = f", {last.fault}" if last.fault else ""
        self.say(f"  killed at request {last.number}: {last.method} {last.path or 'a bundle'} ({last.status}{meets})")
        return True

    # -- to the end ---------------------------------------------------------------------------------------------------

    def finished(self) -> None:
        """Push to the end, and again after somebody has looked at what may or may not be there."""
        for _ in range(LOOKS_OF_A_PERSON):
            with self.clinic.pushing() as push:
                said = push.ends()
            self.must(said)
            if not self.looked_after():
                return
        self.wrong("somebody has looked and looked, and still answers are lost")

    def looked_after(self) -> bool:
        """A person looks in the hospital's system, as `explain` says, and decides; True: something is to be sent."""
        groups = self.clinic.done("queue", "list", "--hospital", HOSPITAL)["groups"]
        waiting = [row for group in groups if (group["state"], group["reason"]) == ("held", MAY_BE_THERE)
                   for row in group["rows"]]  # fmt: skip
        unlucky = [row["key"] for group in groups if group["reason"] == CRASHES for row in group["rows"]]
        for key in unlucky:
            (page,) = self.clinic.done("queue", "show", key, "--hospital", HOSPITAL)
            self.say(f"  three lost requests in a row, none of which arrived: {page['tries']}")
        there = {one["value"] for kind in {row["type"] for row in waiting} for document in self.there.arrived(kind)
                 for one in document.get("identifier", [])}  # fmt: skip
        found = [row["key"] for row in waiting if row["identifier"] in there]
        lost = [row["key"] for row in waiting if row["identifier"] not in there]
        for act, keys, why in (("dismiss", found, "it is there"), ("retry", lost, "it is not there")):
            if keys:
                self.clinic.done("queue", act, *keys, "--hospital", HOSPITAL, "--reason", f"looked: {why}")
        if unlucky:
            self.clinic.done("queue", "retry", *unlucky, "--hospital", HOSPITAL)
        if waiting:
            self.say(f"  a person looked at {len(waiting)}: {len(found)} are there, {len(lost)} are not")
        return bool(lost or unlucky)

    def must(self, said: Said) -> bool:
        """A command must have come to its end, with everything in step or with a rest."""
        if said.code not in OVER:
            self.wrong(f"{said.command} ended with {said.code}: {said.out[-2000:]} {said.err[-2000:]}")
        return said.code in OVER

    # -- the three ----------------------------------------------------------------------------------------------------

    def judged(self) -> None:
        """Ask the judge, the journal and the character, and compare what they say."""
        said = self.clinic.says("hospital", "verify", HOSPITAL)
        if not self.must(said):
            return
        verdict: dict[str, Any] = said.facts
        self.result.counts = verdict["counts"]
        commits = witness.commits(self.there)
        for why in witness.wrongs(commits, self.made):
            self.wrong(why)
        standing = witness.standing(commits, self.made)
        self.result.accepted = len(standing)
        later = {commit.place for commit in commits if commit.version > 1}
        self.result.rewritten = len(later) if self.place.updates else None
        self.counted(len(standing))
        self.listed([*verdict["outstanding"], *verdict["dismissed"]], witness.behind(standing, self.made))
        self.result.reckoned = expecting.expected(
            character_file.load(self.place.character), self.exported, self.people, self.place.projection,
            linked=self.place.linked,
        ).number  # fmt: skip

    def counted(self, journal: int) -> None:
        """All that the journal has must be found there by the judge, once and equal."""
        counts = self.result.counts
        if counts["held"] != counts["expected"] or counts["held"] + counts["unacknowledged"] != journal:
            self.wrong(f"the journal has {journal}, and the judge finds {counts}")

    def listed(self, rest: Sequence[dict[str, Any]], behind: Collection[witness.Record]) -> None:
        """Whatever is not there, or not in its newest version, must be listed with its reason."""
        self.result.rest = Counter(f"{one['state']} {one['reason']} {one['detail']}".strip() for one in rest)
        named = {(one["type"], one["id"]) for one in rest if one["reason"]}
        for record in sorted(behind):
            if self.made.keys[record] not in named:
                self.wrong(f"{record[1]} is there in an older version, and nobody says so")
        if len(named) < len(rest):
            self.wrong(f"{len(rest) - len(named)} are listed without a reason")

    def wrong(self, why: str) -> None:
        """Note what is wrong, and go on."""
        self.say(f"  WRONG: {why}")
        self.result.wrong.append(why)


def run(folder: Path, place: Place, faults: str, *, kills: int, seed: int, patients: int, say: Say) -> Result:
    """Run one, with everything below a folder that is empty now."""
    return OnePush(folder, place, patients, seed, say).run(faults, kills)
