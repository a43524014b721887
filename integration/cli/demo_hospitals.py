"""The three pretend hospitals of the demo: what each is like, how it is written to, and as a program that runs."""

import sys
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fhir_profiles import fhir_json
from integration import errors
from integration.cli import sandbox_folder
from integration.sandbox import admin_client, character_file, expecting, residents
from integration.sandbox.admin_client import Running
from integration.sandbox.character import Character
from integration.sandbox.expecting import Expected
from integration.sandbox.real_server import RealServer, ServerDidNotStartError, free_port
from mappings.projection import FULL, Projection

FAULTS: Final = "hiccups"
DID_NOT_START: Final = "IF-USE-28"
_DELAYS: Final = ("--commit-delay", "1", "--index-lag", "0.6", "--bundle-size", "20")
_QUICK: Final = ("--deadline", "1", "--wait", "4", *_DELAYS)
_PATIENT: Final = ("--deadline", "2", "--wait", "5", *_DELAYS)  # where a late answer costs a person's time

ROW: Final = """
[flowsheet."9279-1"]
row = "Resp"
units = ["/min"]
"""
"""What Mercy's people add to their hospital's file while it runs: the row that was not built yet."""


@dataclass(frozen=True, slots=True)
class Place:
    """One hospital of the demo: its name at the clinic, its character, and what the clinic agreed with it."""

    name: str
    character: str
    projection: Projection
    settings: Sequence[str]
    agreed: str

    @property
    def linked(self) -> bool:
        """Whether patients, visits and staff are the hospital's own, and linked by file."""
        return self.projection.name != FULL

    def options(self) -> list[str]:
        """Give the options of `hospital add`."""
        if not self.linked:
            return ["--patients", "create", *self.settings]
        how = ["--projection", self.projection.name]
        how += ["--codes", ",".join(self.projection.codes)] if self.projection.codes else []
        how += ["--statuses", ",".join(self.projection.statuses)] if self.projection.statuses else []
        return [*how, *self.settings]

    def like(self) -> Character:
        """Give its character as it is at first."""
        return character_file.load(self.character)


CITY: Final = Place("city", "open", Projection(), _QUICK, "Everything goes there; patients are created, not linked.")
MERCY: Final = Place(
    "mercy",
    "epic-like",
    Projection("vitals", ("8867-4", "85354-9", "59408-5", "9279-1", "8310-5", "29463-7", "8302-2"), ("final",)),
    ("--updates", "never", "--if-match", "none", *_QUICK),
    "Vital signs go there one by one, of the hospital's own patients, visits and staff. Respiratory rate (9279-1) was "
    "agreed too, but its flowsheet row is not built yet.",
)
COUNTY: Final = Place(
    "county",
    "oracle-like",
    Projection("vitals"),
    ("--busy-means-not-done", *_PATIENT),
    "Vital signs go there one by one, corrections too, of the hospital's own patients, visits and staff. It cannot be "
    "searched by our identifiers: where an answer is lost, a person must look.",
)
ALL: Final = (CITY, MERCY, COUNTY)


def mended() -> str:
    """Give Mercy's character file as its people leave it, once the row is built."""
    return (character_file.FOLDER / f"{MERCY.character}.toml").read_text(encoding="utf-8") + ROW


class Clinic:
    """The clinic's export as the demo reckons with it: who goes where, and what a hospital will hold of it."""

    def __init__(self, export: Path) -> None:
        self._raw = [fhir_json.loads(line) for line in export.read_text(encoding="utf-8").splitlines()]
        self._people = residents.of(export)
        self.patients = [str(one["id"]) for one in self._raw if one["kind"] == "patient"]

    def session_of(self, observations: Collection[str]) -> str:
        """Give the first session in which one of these was observed; of none of them, the first there is."""
        kind = "session/"
        visits = (str(one.get("visit")) for one in self._raw if one["id"] in observations)
        seen = next((visit.removeprefix(kind) for visit in visits if visit.startswith(kind)), "")
        return seen or next(str(one["id"]) for one in self._raw if one["kind"] == "session")

    def shared(self, place: Place) -> list[str]:
        """Give the patients whose data goes there: all to City, the first third to Mercy, the others to County."""
        third = -(-len(self.patients) // 3)
        some = {MERCY.name: self.patients[:third], COUNTY.name: self.patients[third:] or self.patients}
        return some.get(place.name, self.patients)

    def reckoned(self, place: Place, character: Character) -> Expected:
        """Reckon from a character alone what the hospital will hold."""
        whose = frozenset(self.shared(place))
        plans = {one["id"]: one["patient"] for one in self._raw if one["kind"] == "plan"}
        raw = [one for one in self._raw if one.get("patient", plans.get(one.get("plan"), one["id"])) in whose]
        return expecting.expected(character, raw, self._people, place.projection, linked=place.linked)


class DemoHospitals:
    """All of them as programs of their own, the very ones that `sandbox run` starts; they never outlive the demo."""

    def __init__(self, home: Path, export: Path, seed: int) -> None:
        self._home = home
        self._places = {place.name: free_port() for place in ALL}
        self._commands = {place.name: self._command(place, export, seed) for place in ALL}
        self._servers = {name: self._server(name) for name in self._places}
        self._pool = ThreadPoolExecutor(len(ALL), thread_name_prefix="hospital")
        self._starting: list[Future[RealServer]] = []

    def _command(self, place: Place, export: Path, seed: int) -> list[str]:
        links = ["--links", str(self.links(place))] if place.linked else []
        return [
            "sandbox", "run", "--character", place.character, "--faults", FAULTS, "--seed", str(seed),
            "--patients", str(export), *links, "--port", str(self._places[place.name]),
        ]  # fmt: skip

    def _server(self, name: str) -> RealServer:
        log = self._home.parent / f"{self._home.name}-{name}.log"
        start = [sys.executable, "-c", "from integration.cli import main; main.run()"]
        words = [*start, *self._commands[name], "--home", str(self._home), "--until-stdin-ends"]
        return RealServer(words, "", log, folder=self._home.parent, ready_line="http", ends_with_stdin=True)

    @property
    def commands(self) -> Mapping[str, Sequence[str]]:
        """How each of them was started, by its name."""
        return self._commands

    def links(self, place: Place) -> Path:
        """Give the file that says who is who there; the hospital writes it."""
        return self._home.parent / f"{self._home.name}-{place.name}-links.csv"

    def start(self) -> None:
        """Begin to start all of them, beside other work."""
        self._starting = [self._pool.submit(server.start) for server in self._servers.values()]

    def ready(self) -> dict[str, Running]:
        """Wait until all of them answer; gives how each is reached."""
        try:
            for one in self._starting:
                one.result()
        except ServerDidNotStartError as error:
            raise errors.UsageError(DID_NOT_START, str(error)) from None
        folder = sandbox_folder.folder(self._home)
        return {name: admin_client.the_one(folder, port) for name, port in self._places.items()}

    def stop(self) -> None:
        """Switch all of them off."""
        self._pool.shutdown()  # whoever still starts is waited for
        for server in self._servers.values():
            server.stop()
