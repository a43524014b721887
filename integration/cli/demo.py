"""`infusion-fhir demo`: the whole story in a minute, on pretend data, against a real server behind a bad line.

It types the very commands that a person would type, and nothing else.
"""

import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from integration import bootstrap, errors
from integration.audit.hospital_verify import Verdict
from integration.cli import hospital, options, output, verify_page
from integration.delivery import queue
from integration.sandbox import demo_hospital, sekmet
from integration.sandbox.demo_hospital import DemoHospital
from integration.store import records, resources
from integration.store.rows import State

NAME: Final = "general"
_SEED: Final = 7
_WAITS: Final = ("--deadline", "1", "--wait", "4", "--commit-delay", "1", "--index-lag", "0.5", "--bundle-size", "20")
_REFUSED: Final = "IF-DEL-01"
_AFTER_FAULT: Final = "the demo went wrong here: please report what stands above"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    patients: Annotated[int, typer.Option(min=1, max=200, help="How many pretend patients.")] = 12,
    seed: Annotated[int, typer.Option(help="The same seed gives the same data and the same faults.")] = _SEED,
    home: options.Home = None,
) -> None:
    """Show everything once, on pretend data: export, delivery through faults, a parked item, history, proof.

    Example: infusion-fhir demo
    """
    if not sekmet.is_installed():
        raise errors.UsageError("IF-USE-28", sekmet.NOT_INSTALLED)
    folder = home or Path(tempfile.mkdtemp(prefix="infusion-fhir-demo-")) / "clinic"
    began = bootstrap.SystemClock().boot()
    there = DemoHospital(folder.parent / f"{folder.name}-hospital", seed)
    try:
        verdict = _Demo(folder, patients, seed, there).play()
    finally:
        there.stop()
    _end(folder, verdict, there, bootstrap.SystemClock().boot() - began)


class _Demo:
    """The commands of the demo, in order."""

    def __init__(self, home: Path, patients: int, seed: int, there: DemoHospital) -> None:
        self.home = home
        self.export = home.parent / f"{home.name}-export"
        self.patients = patients
        self.seed = seed
        self.there = there

    def play(self) -> Verdict:
        self.fill()
        self.connect()
        self.say("The line is bad: it is busy at times, and loses answers after the hospital has stored the data.")
        self.type("push", "--hospital", NAME, "--wait", "40s", ends=errors.Exit.PARTLY)
        self.say("One code is not known there. What carries it is parked, everything else went on:")
        session = self.parked_session()
        self.type("queue", "list", "--hospital", NAME)
        self.say(f"Hospital IT adds the code ({demo_hospital.DISPLAY}, SNOMED CT {demo_hospital.CODE}) to its system.")
        self.there.mend()
        self.type("queue", "retry", "--hospital", NAME, "--code", _REFUSED)
        self.type("push", "--hospital", NAME, "--wait", "40s")
        self.say("The whole story of one session, as an auditor gets it:")
        self.type("history", "--session", session)
        self.say("And now the judge, who shares no code with the delivery: what does the hospital really hold?")
        return self.judge()

    def fill(self) -> None:
        self.say("A clinic makes its home and takes in its own export (pretend data).")
        self.type("init", "--clinic", "Lakeside Infusion (pretend)", "--demo-keys-inside")
        self.there.start()
        self.type("sample", "--patients", str(self.patients), "--seed", str(self.seed), "-o", str(self.export))
        self.type("import", str(self.export))

    def connect(self) -> None:
        self.say("A hospital: a real FHIR server (sekmet-fhir), which this demo starts.")
        self.type("hospital", "add", NAME, "--url", self.there.url(), "--patients", "create", *_WAITS)
        self.say("Nothing goes anywhere before somebody says for whom.")
        self.type("enrol", "--hospital", NAME, "--all", "--yes")

    def judge(self) -> Verdict:
        """`hospital verify`, with its verdict kept for the last line."""
        self.shown("hospital", "verify", NAME)
        with bootstrap.open_installation(self.home) as installation:
            verdict = hospital.judged(installation, NAME)
        for line in verify_page.text(verdict):
            output.data(line)
        return verdict

    def parked_session(self) -> str:
        """The session of something that is parked."""
        with bootstrap.open_installation(self.home) as installation, installation.database.read() as conn:
            parked = [w.row.key for w in queue.entries(conn, NAME) if w.row.state is State.PARKED]
            owners = resources.owners(conn, parked)
            sessions = sorted(record_id for kind, record_id in owners.values() if kind == "session")
            return sessions[0] if sessions else records.of_kind(conn, "session")[0].id

    def type(self, *words: str, ends: errors.Exit = errors.Exit.OK) -> None:
        """Run a command just as if it had been typed; one that ends in another way than it should ends the demo."""
        self.shown(*words)
        code = typed([*words, "--home", str(self.home)])
        if code != ends:
            output.chatter(_AFTER_FAULT)
            raise typer.Exit(code or errors.Exit.PROBLEMS)

    def shown(self, *words: str) -> None:
        """What would be typed; the home is left out, since it is the same each time."""
        output.data(f"\n$ infusion-fhir {shlex.join(words)}")

    def say(self, text: str) -> None:
        output.data(f"\n# {text}")


def typed(words: Sequence[str]) -> int:
    """Run one command of ours in this process."""
    from integration.cli import main  # noqa: PLC0415 - it knows all commands, this one too

    return main.main(words)


def _end(folder: Path, verdict: Verdict, there: DemoHospital, seconds: float) -> None:
    counted = there.faults()
    requests = counted.pop("requests")
    came = ", ".join(f"{number} times {name}" for name, number in sorted(counted.items()))
    output.data(f"\n{requests} requests on a bad line ({came}), {seconds:.0f} s")
    output.data(f"{verify_page.summary(verdict)}")
    home = shlex.quote(str(folder))
    output.data(
        f"\nLook further (the demo's hospital has been switched off, its data lies beside):\n"
        f"  infusion-fhir status --home {home}\n"
        f"  infusion-fhir hospital show {NAME} --home {home}\n"
        f"  infusion-fhir audit verify --home {home}"
    )
    if verdict.exit is not errors.Exit.OK:
        raise typer.Exit(verdict.exit)
