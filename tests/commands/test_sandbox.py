"""`infusion-fhir sandbox`: run in a process of its own, then looked at and worked on by the other commands."""

import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from integration.sandbox import character_file, fault_kinds, fault_schedule
from tests.commands import command


class Sandbox:
    """A running one, and the commands on it."""

    def __init__(self, folder: Path, *options: str | Path, stdin: int | None = None) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.process = command.start(["sandbox", "run", "--home", self.home, *options], folder, stdin=stdin)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    @property
    def files(self) -> list[Path]:
        return list((self.folder / "home-sandboxes").iterdir())

    def run(self, *arguments: str | Path) -> command.Said:
        return command.run("sandbox", *arguments, "--home", self.home)

    def stop(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=30)
        return self.process.returncode, err


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("sandbox")
    running = Sandbox(folder, "--patients", "2", "--links", folder / "links.csv")
    yield running
    running.stop()


@pytest.fixture
def sandbox(started: Sandbox) -> Sandbox:
    """The same one for all tests, as it was at its beginning."""
    assert started.run("faults", "none").code == 0
    assert started.run("reset").code == 0
    return started


def test_it_says_where_it_is_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, "--character", "oracle-like")
    mode = stat.S_IMODE(sandbox.files[0].stat().st_mode)
    answer = httpx.get(f"{sandbox.url}/metadata", trust_env=False)

    code, err = sandbox.stop()

    assert sandbox.url.startswith("http://127.0.0.1:")
    assert answer.status_code == 200
    assert mode == 0o600
    assert code == 0
    assert "TEST: a pretend hospital" in err
    assert err.endswith("ended\n")
    assert sandbox.files == []


def test_the_links_file_tells_what_stands_for_each_patient_visit_and_member_of_staff(sandbox: Sandbox) -> None:
    lines = (sandbox.folder / "links.csv").read_text().splitlines()

    kinds = [line.partition(",")[0] for line in lines[1:]]
    assert lines[0] == "kind,id,hospital_id"
    assert [line for line in lines if line.startswith("patient,")] == [
        "patient,P-0001,sandbox-patient-0001",
        "patient,P-0002,sandbox-patient-0002",
    ]
    assert "session,S-0001-01,sandbox-visit-0001-02" in lines
    assert {"session", "assessment", "follow-up", "staff-role", "device"} <= set(kinds)


def test_the_list_shows_characters_presets_faults_and_what_runs(sandbox: Sandbox) -> None:
    told = sandbox.run("list", "--json").json
    plain = sandbox.run("list").out
    faults = sandbox.run("list", "--faults", "--json").json

    assert [one["name"] for one in told["characters"]] == character_file.names()
    assert list(told["faults"]) == fault_schedule.presets()
    assert [(one["character"], one["url"]) for one in told["running"]] == [("open", sandbox.url)]
    assert sandbox.url in plain
    assert {one["name"] for one in faults} == set(fault_kinds.KINDS)


def test_staff_edit_merge_and_reset_and_the_journal_tells_of_it(sandbox: Sandbox, tmp_path: Path) -> None:
    one, two = "Patient/sandbox-patient-0001", "Patient/sandbox-patient-0002"
    (tmp_path / "patch.json").write_text('{"gender": null}')

    assert sandbox.run("edit", one, "--set", "active=false", "--set", "language=de").out == f"{one}: now version 2\n"
    assert sandbox.run("edit", one, "--file", tmp_path / "patch.json", "--json").json[0]["version"] == 3
    there = httpx.get(f"{sandbox.url}/{one}", trust_env=False).json()
    assert (there["active"], there["language"], "gender" in there) == (False, "de", False)
    assert "now version 4" in sandbox.run("edit", one, "--merge-into", two).out
    assert "deleted version 5" in sandbox.run("edit", one, "--delete").out

    told = sandbox.run("journal")
    entries = sandbox.run("journal", "--after", "1", "--json").json
    assert "was changed by the hospital's own staff (Patient/sandbox-patient-0001, now version 2)." in told.out
    assert entries[0]["method"] == "STAFF"

    assert sandbox.run("reset").code == 0
    assert httpx.get(f"{sandbox.url}/{one}", trust_env=False).json()["meta"]["versionId"] == "1"
    assert sandbox.run("journal", "--json").json[0]["number"] == 1


def test_faults_are_switched_on_while_it_runs(sandbox: Sandbox) -> None:
    switched = sandbox.run("faults", "busy")
    answer = httpx.get(f"{sandbox.url}/metadata", trust_env=False)
    told = sandbox.run("faults", "--json").json

    assert "503 with Retry-After" in switched.out
    assert answer.status_code == 503
    assert told["struck"] == {"busy": 1}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("edit", "Patient"), 2, "IF-SBX-26"),
        (("edit", "Patient/x"), 2, "IF-SBX-26"),
        (("edit", "Patient/x", "--delete", "--set", "a=b"), 2, "IF-SBX-26"),
        (("edit", "Patient/x", "--set", "nothing"), 2, "IF-SBX-26"),
        (("edit", "Encounter/x", "--merge-into", "y"), 2, "IF-SBX-26"),
        (("edit", "Patient/nobody", "--delete"), 4, "IF-SBX-24"),
        (("faults", "anser-lost"), 4, "answer-lost"),
        (("journal", "--port", "9"), 2, "IF-SBX-22"),
    ],
)
def test_a_slip_is_told_with_a_code(sandbox: Sandbox, arguments: tuple[str, ...], code: int, says: str) -> None:
    said = sandbox.run(*arguments)

    assert (said.code, said.out) == (code, "")
    assert says in said.err


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--character", "epik-like"), 2, "epic-like"),
        (("--character", "nowhere.toml"), 3, "IF-SBX-03"),
        (("--faults", "flakey"), 2, "flaky"),
        (("--patients", "nowhere.ndjson"), 2, "IF-SBX-21"),
        (("--patients", "123456789"), 2, "IF-SBX-21"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_nearest_names(
    tmp_path: Path, options: tuple[str, ...], code: int, says: str
) -> None:
    said = command.run("sandbox", "run", *options, "--home", tmp_path / "home")

    assert (said.code, said.out) == (code, "")
    assert says in said.err


def test_a_port_that_is_taken_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    port = sandbox.url.split(":")[2].partition("/")[0]

    said = command.run("sandbox", "run", "--port", port, "--home", tmp_path / "other")

    assert said.code == 2
    assert "IF-USE-16" in said.err


def test_where_none_runs_and_where_several_do_it_is_asked_which(tmp_path: Path) -> None:
    nobody = command.run("sandbox", "journal", "--home", tmp_path / "home")
    assert "IF-SBX-22" in nobody.err
    first, second = Sandbox(tmp_path), Sandbox(tmp_path, "--character", "hapi-like")
    try:
        unclear = first.run("journal")
        port = second.url.split(":")[2].partition("/")[0]
        named = first.run("reset", "--port", port, "--json")
    finally:
        first.stop()
        second.stop()

    assert (unclear.code, "hapi-like" in unclear.err) == (2, True)
    assert named.json["character"] == "hapi-like"


def test_one_that_was_killed_is_forgotten(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    sandbox.process.kill()
    sandbox.process.communicate(timeout=30)

    assert sandbox.run("list", "--json").json["running"] == []
    assert sandbox.files == []


def test_a_token_that_others_could_read_is_refused(sandbox: Sandbox) -> None:
    sandbox.files[0].chmod(0o644)

    said = sandbox.run("journal")
    sandbox.files[0].chmod(0o600)

    assert said.code == 3
    assert "IF-SBX-25" in said.err


def test_its_people_change_its_rules_while_it_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "strict.toml"
    file.write_text(
        (character_file.FOLDER / "open.toml").read_text()
        + '[[rules]]\nelement = "gender"\nrequired = true\nsays = "we want to know the gender"\n'
    )
    patient = {"resourceType": "Patient", "id": "una"}
    before = httpx.put(f"{sandbox.url}/Patient/una", json=patient, trust_env=False)

    said = sandbox.run("character", file)
    after = httpx.put(f"{sandbox.url}/Patient/una", json=patient, trust_env=False)

    assert said.code == 0
    assert said.out == "open now goes by strict.toml: Open Hospital\n"
    assert (before.status_code, after.status_code) == (201, 422)
    assert "we want to know the gender" in after.text
    assert httpx.get(f"{sandbox.url}/Patient/una", trust_env=False).status_code == 200
    assert sandbox.run("character", character_file.FOLDER / "open.toml").code == 0


def test_its_address_stays_while_it_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.toml"
    file.write_text((character_file.FOLDER / "open.toml").read_text().replace('path = "fhir"', 'path = "elsewhere"'))

    said = sandbox.run("character", file)

    assert said.code == 4
    assert "IF-SBX-28" in said.err


def test_it_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, "--until-stdin-ends", stdin=subprocess.PIPE)

    sandbox.process.communicate(timeout=30)

    assert sandbox.process.returncode == 0
    assert sandbox.files == []
