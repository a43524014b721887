"""`infusion-fhir demo`: the whole story in a minute, on pretend data, at three pretend hospitals on a bad day.

It types the very commands that a person would type, and nothing else.
"""

import contextlib
import io
import shlex
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from integration import bootstrap, errors
from integration.audit.hospital_verify import Verdict
from integration.cli import demo_hospitals, demo_page, failing, hospital, options, output, verify_page
from integration.cli.demo_hospitals import ALL, CITY, COUNTY, MERCY, Clinic, DemoHospitals, Place
from integration.delivery import queue
from integration.delivery.queue import Waiting
from integration.sandbox import character_file
from integration.sandbox.admin_client import Running
from integration.sandbox.expecting import Expected
from integration.store import deliveries, ledger, resources
from integration.store.rows import Key, State

_SEED: Final = 7
_REFUSED: Final = "IF-DEL-01"
_MAY_BE_THERE: Final = "IF-DEL-08"
_AFTER_FAULT: Final = "the demo went wrong here: please report what stands above"
_LOOKED: Final = "County has looked: it is not there"
_CUT: Final = "cut-before"
_ALL_BUT_EVENTS: Final = (r"^(?!  \d{4}-)",)
_WITH_BARS: Final = ("import", "push")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    patients: Annotated[int, typer.Option(min=1, max=200, help="How many pretend patients.")] = 12,
    seed: Annotated[int, typer.Option(help="The same seed gives the same data and the same faults.")] = _SEED,
    stay: Annotated[
        bool, typer.Option("--stay", help="Leave the hospitals open at the end, for a look at their pages.")
    ] = False,
    home: options.Home = None,
) -> None:
    """Show everything once, on pretend data: export, three hospitals, a bad day, parked items mended, history, proof.

    Example: infusion-fhir demo --stay
    """
    folder = (home or Path(tempfile.mkdtemp(prefix="infusion-fhir-demo-")) / "clinic").absolute()
    began = bootstrap.SystemClock().boot()
    there = DemoHospitals(folder, folder.parent / f"{folder.name}-export" / "sample.ndjson", seed)
    try:
        found = _Demo(folder, patients, seed, there).play()
        _end(folder, found, bootstrap.SystemClock().boot() - began)
        if stay:
            _stay(there)
    finally:
        there.stop()
    if any(verdict.exit is not errors.Exit.OK or verdict.held != expected for _, expected, verdict in found):
        output.chatter("not every hospital holds what was reckoned: please report what stands above")
        raise typer.Exit(errors.Exit.PROBLEMS)


class _Demo:
    """The commands of the demo, in order."""

    def __init__(self, home: Path, patients: int, seed: int, there: DemoHospitals) -> None:
        self.home = home
        self.export = home.parent / f"{home.name}-export"
        self.patients = patients
        self.seed = seed
        self.there = there
        self.open: dict[str, Running] = {}
        self.expected: dict[str, Expected] = {}
        self.seen_there = 0  # at County, found by its people

    def play(self) -> list[tuple[Place, int, Verdict]]:
        self.fill()
        self.reckon()
        for place in ALL:
            self.connect(place)
        self.push()
        self.mend()
        self.tell()
        self.head("The judge")
        self.say("What do they really hold? The judge reads all of it afresh, and shares no code with the delivery.")
        found = [(place, self.expected[place.name].number, self.judge(place)) for place in ALL]
        return [(place, number - self.seen_there * (place is COUNTY), verdict) for place, number, verdict in found]

    def fill(self) -> None:
        self.head("A clinic, and three hospitals on this machine")
        self.say(f"Everything lies in {self.home.parent}; the clinic's home there is {self.home.name}/.")
        self.type("init", "--clinic", "Lakeside Infusion (pretend)", "--demo-keys-inside", shows=["^Lakeside"])
        self.type("sample", "--patients", str(self.patients), "--seed", str(self.seed), "-o", str(self.export))
        self.say(
            "Three pretend hospitals, each a program of its own with a page that shows what arrives. They have a bad "
            f"day (--faults {demo_hospitals.FAULTS}): answers are lost, lines break, and they are busy at times."
        )
        self.there.start()
        for words in self.there.commands.values():
            self.shown(*words, end=" &")
        self.type("import", str(self.export))
        self.open = self.there.ready()

    def reckon(self) -> None:
        """What each hospital will hold, from its character alone."""
        self.clinic = Clinic(self.export / "sample.ndjson")
        self.expected = {place.name: self.clinic.reckoned(place, place.like()) for place in ALL}

    def connect(self, place: Place) -> None:
        like, there = place.like(), self.open[place.name]
        whose = self.clinic.shared(place)
        self.head(f"{place.name}: {like.about.title}, its page: {there.address}/")
        for line in demo_page.introduced(place, like, whose, self.expected[place.name]):
            output.data(line)
        self.type("hospital", "add", place.name, "--url", there.url, *place.options(), shows=["bundles", "patients:"])
        named = [word for one in whose for word in ("--patient", one)]
        named = ["--all"] if whose == self.clinic.patients else named
        self.type("enrol", "--hospital", place.name, *named, "--yes")
        if place.linked:
            self.type("link", "--hospital", place.name, "--file", str(self.there.links(place)))

    def push(self) -> None:
        self.head("The push, to all three at once")
        self.type("push", "--wait", "40s", ends=(errors.Exit.PARTLY, errors.Exit.OK))
        self.say("Meanwhile, on the line and at the hospitals:")
        asked = {name: there.ask("GET", "faults")["struck"] for name, there in self.open.items()}
        for line in demo_page.struck(asked):
            output.data(line)
        key = self.lost_once()
        if key is not None:
            self.say("One of those whose answer did not come. It was looked up, and only then sent again, if at all:")
            self.type("queue", "show", "/".join(key), "--hospital", CITY.name)

    def mend(self) -> None:
        self.head("What waits for a person")
        parked = self.parked()
        self.story = self.clinic.session_of(parked)
        if parked:
            self.build()
        self.look()
        self.type("push", "--wait", "40s")
        there = self.open[MERCY.name]
        self.say("The last that came in at Mercy, as its own people read it:")
        after = str(there.ask("GET", "")["arrived"] - 2)
        self.type("sandbox", "journal", "--port", str(there.port), "--after", after, shows=["."])

    def build(self) -> None:
        """Mercy refuses what it has no row for; its people build the row, and what is parked is sent again."""
        self.say("Mercy has no flowsheet row for respiratory rate yet. Its readings are parked, all else went on:")
        self.type("queue", "list", "--hospital", MERCY.name, shows=["parked", "who:", "59188", "more"])
        file = self.home.parent / f"{self.home.name}-mercy.toml"
        file.write_text(demo_hospitals.mended(), encoding="utf-8")
        self.say("Mercy's people build the row: three lines more in their hospital's file.")
        output.data(demo_hospitals.ROW.strip())
        self.type("sandbox", "character", str(file), "--port", str(self.open[MERCY.name].port))
        self.expected[MERCY.name] = self.clinic.reckoned(MERCY, character_file.load(file))
        self.type("queue", "retry", "--hospital", MERCY.name, "--code", _REFUSED)

    def look(self) -> None:
        """Where a hospital cannot be searched, people look; what is not there is sent again."""
        held = self.held()
        if not held:
            return
        port, there = str(self.open[COUNTY.name].port), self.open[COUNTY.name]
        self.say("County cannot be searched by our identifiers. When a line broke, nobody could tell what arrived:")
        self.type("queue", "list", "--hospital", COUNTY.name, shows=["held", "who:", "more"])
        self.say("County's people mend the line, and look into their journal for what is held:")
        self.type("sandbox", "faults", "none", "--port", port)
        self.type("sandbox", "journal", "--port", port, shows=[_CUT, "did not come in"])
        came = {
            name for entry in there.ask("GET", "journal") for one in entry["committed"] for name in one["identifiers"]
        }
        seen = sorted("/".join(one.row.key) for one in held if one.row.identifier in came)
        if seen:  # this machine was so busy that an answer came too late: County has these, and keeps them
            self.type("queue", "dismiss", *seen, "--hospital", COUNTY.name, "--reason", "County has looked: it has it")
            self.seen_there = len(seen)
        if len(held) > len(seen):
            self.type("queue", "retry", "--hospital", COUNTY.name, "--code", _MAY_BE_THERE, "--reason", _LOOKED)

    def tell(self) -> None:
        self.head("The history of one session, as an auditor gets it")
        self.type("history", "--session", self.story, shows=_ALL_BUT_EVENTS)

    def judge(self, place: Place) -> Verdict:
        """`hospital verify`, with its verdict kept for the last table."""
        self.shown("hospital", "verify", place.name)
        with bootstrap.open_installation(self.home) as installation:
            verdict = hospital.judged(installation, place.name)
        for line in verify_page.text(verdict):
            output.data(line)
        return verdict

    def lost_once(self) -> Key | None:
        """Something at City whose first answer did not come: the one that was tried most often."""
        with bootstrap.open_installation(self.home) as installation, installation.database.read() as conn:
            keys = [row.key for _, _, row in ledger.listing(conn, CITY.name)]
            of_city = {
                key: [one.outcome for one in tries if one.hospital == CITY.name]
                for key, tries in deliveries.tries_of(conn, keys).items()
            }
        lost = [key for key, outcomes in of_city.items() if outcomes and outcomes[0] != "Accepted"]
        return max(sorted(lost), key=lambda key: len(of_city[key]), default=None)

    def parked(self) -> set[str]:
        """The clinic's ids of what is parked at Mercy."""
        with bootstrap.open_installation(self.home) as installation, installation.database.read() as conn:
            keys = [one.row.key for one in queue.entries(conn, MERCY.name) if one.row.state is State.PARKED]
            return {record_id for _, record_id in resources.owners(conn, keys).values()}

    def held(self) -> list[Waiting]:
        """What may be at County already, so that a person must look."""
        with bootstrap.open_installation(self.home) as installation, installation.database.read() as conn:
            return [one for one in queue.entries(conn, COUNTY.name) if one.row.reason == _MAY_BE_THERE]

    def type(self, *words: str, ends: Sequence[errors.Exit] = (errors.Exit.OK,), shows: Sequence[str] = ()) -> None:
        """Run a command just as if it had been typed; one that ends in another way than it should ends the demo.

        With `shows` only the lines that matter here are printed, and `…` for the others.
        """
        self.shown(*words)
        said, hints = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(said if shows else sys.stdout),
            contextlib.redirect_stderr(sys.stderr if words[0] in _WITH_BARS else hints),
        ):
            code = typed([*words, "--home", str(self.home)])
        lines = said.getvalue().splitlines()
        for line in demo_page.selected(lines, shows) if code in ends else lines:
            output.data(line)
        if code == failing.INTERRUPTED:
            raise KeyboardInterrupt
        if code not in ends:
            output.chatter(f"{hints.getvalue()}{_AFTER_FAULT}")
            raise typer.Exit(code or errors.Exit.PROBLEMS)

    def shown(self, *words: str, end: str = "") -> None:
        """What would be typed in the demo's folder; the home is left out, since it is the same each time."""
        here = f"{self.home.parent}/"
        output.data(demo_page.command([word.removeprefix(here) for word in words], end))

    def head(self, text: str) -> None:
        output.data(demo_page.heading(text))

    def say(self, text: str) -> None:
        output.data(demo_page.remark(text))


def typed(words: Sequence[str]) -> int:
    """Run one command of ours in this process."""
    from integration.cli import main  # noqa: PLC0415 - it knows all commands, this one too

    return main.main(words)


def _end(folder: Path, found: Sequence[tuple[Place, int, Verdict]], seconds: float) -> None:
    output.data(demo_page.heading(f"The end, after {seconds:.0f} s"))
    for line in demo_page.counted(found):
        output.data(line)
    home = shlex.quote(str(folder))
    output.data(
        f"\nLook further (all of this is pretend data; the folder may be deleted):\n"
        f"  infusion-fhir status --home {home}\n"
        f"  infusion-fhir hospital show {MERCY.name} --home {home}\n"
        f"  infusion-fhir queue list --all --home {home}\n"
        f"  infusion-fhir audit verify --home {home}"
    )


def _stay(there: DemoHospitals) -> None:
    """Leave the hospitals open until somebody has seen enough."""
    output.data("\nThe hospitals stay open; what arrived stands on their pages, in words. Ctrl-C ends them.")
    for name, running in there.ready().items():
        output.data(f"  {name:<8}{running.address}/")
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
