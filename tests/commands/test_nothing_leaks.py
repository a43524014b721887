"""No name, no MRN, no birth date of a patient in anything but the data that was asked for; and a safe end on Ctrl-C."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from integration import errors, logs
from integration.cli import failing
from integration.intake import reading
from mappings import records
from tests.commands.command import Clinic, Said, run, start

NAME, GIVEN, MRN, BORN = "Zzyxcanary", "Qwertcanary", "MRN-CANARY-4711", "1931-01-07"
CANARIES = (NAME, GIVEN, MRN, MRN.replace("-", ""), BORN)


@pytest.fixture
def marked(one_course) -> list[dict[str, Any]]:
    """One course whose patient has names and numbers that cannot stand anywhere by chance."""
    return [record | _marks() if record["kind"] == "patient" else record for record in one_course]


def _marks() -> dict[str, Any]:
    return {
        "names": [{"use": "official", "family": NAME, "given": [GIVEN]}],
        "identifiers": [{"system": "urn:oid:2.999.7.1", "type": "MR", "value": MRN, "active": True}],
        "birth_date": BORN,
    }


def leaks(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary.casefold() in text.casefold()]


def bad_lines(marked: list[dict[str, Any]]) -> list[dict[str, Any] | bytes]:
    """Every way to be wrong, with a canary in the very value that is wrong."""
    patient = next(record for record in marked if record["kind"] == "patient")
    observation = next(record for record in marked if record.get("measure") == "hr" and "value" in record)
    return [
        patient | {"id": MRN},
        patient | {"birth_date": f"{BORN}T00"},
        patient | {"admin_gender": NAME},
        patient | {NAME: GIVEN},
        patient | {"names": NAME},
        patient | {"updated_at": MRN},
        observation | {"patient": f"{NAME} {GIVEN}"},
        observation | {"value": observation["value"] | {"unit_ucum": NAME}},
        observation | {"measure": NAME},
        {"kind": NAME, "id": MRN},
        f'{{"kind": "patient", "id": "{MRN}", "names": [{NAME}'.encode(),
    ]


def commands(clinic: Clinic, marked: list[dict[str, Any]]) -> list[Said]:
    """Commands that go well and commands that fail, on records that carry the canaries."""
    good = clinic.file("good.ndjson", *marked)
    bad = clinic.file("bad.ndjson", *bad_lines(marked))
    documents, back = clinic.folder / "d.ndjson", clinic.folder / "b.ndjson"
    session = next(record["id"] for record in marked if record["kind"] == "session")
    said = [
        clinic.run("import", good),
        clinic.run("import", bad, "--fix-file", clinic.folder / "fix.ndjson"),
        clinic.run("import", bad, "--json"),
        clinic.run("map", good, "-o", documents),
        clinic.run("map", bad, "-o", clinic.folder / "d2.ndjson"),
        clinic.run("unmap", documents, "-o", back),
        clinic.run("unmap", bad, "-o", clinic.folder / "b2.ndjson"),
        clinic.run("validate", documents),
        clinic.run("validate", bad),
        clinic.run("status"),
        clinic.run("audit", "verify"),
        clinic.run("hospital", "add", "mercy", "--url", "http://127.0.0.1:1/fhir"),
        clinic.run("history", "--session", session, "--patient", "P-1"),
        clinic.run("backup", clinic.folder / "copy.db"),
    ]
    return [*said, clinic.run("history", "--session", "S-404")]


def test_no_canary_in_anything_that_is_said(clinic: Clinic, marked, caplog: pytest.LogCaptureFixture):
    for said in commands(clinic, marked):
        assert leaks(said.out) == []
        assert leaks(said.err) == []
    assert leaks(caplog.text) == []
    assert not (clinic.home / "faults.log").exists(), "no command met a fault of the program"


@pytest.mark.parametrize("patient_first", [True, False])
def test_an_mrn_as_the_id_of_another_record_is_shown_by_nobody_and_goes_nowhere(clinic: Clinic, marked, patient_first):
    observation = next(record for record in marked if record.get("measure") == "hr" and "value" in record)
    telling = observation | {"id": MRN}
    files = [clinic.file("all.ndjson", *marked), clinic.file("tells.ndjson", telling)]

    said = [clinic.run("import", file) for file in (files if patient_first else files[::-1])]
    said += [clinic.run(*words) for words in (("status",), ("queue", "list"), ("queue", "list", "--json"), ("push",))]
    again = clinic.run("import", files[1], "--fix-file", clinic.folder / "fix.ndjson")
    assert (said[1].code, "IF-REC-11" in said[1].out) == (1, True)
    assert ("1 records cannot be made" in said[2].out) is not patient_first
    assert (again.code, f"{files[1]}, line 1, id: IF-REC-11" in again.out) == (1, True)
    # Before its patient is known, nobody can tell that the id is an MRN.
    assert [leaks(one.out + one.err) for one in (*said[not patient_first :], again)] == [[]] * (6 + patient_first)
    story = clinic.ok("history", "--patient", observation["patient"], "--json").json
    assert MRN not in [record["id"] for record in story["records"]]


def test_what_was_asked_for_is_shown_and_only_on_standard_output(clinic: Clinic, marked):
    clinic.ok("import", clinic.file("good.ndjson", *marked))
    patient = next(record["id"] for record in marked if record["kind"] == "patient")

    said = clinic.ok("history", "--patient", patient, "--json")
    assert set(leaks(said.out)) >= {NAME, MRN, BORN}
    assert leaks(said.err) == []
    text = clinic.ok("history", "--patient", patient)
    assert leaks(text.out + text.err) == []


def test_no_canary_in_an_exception(marked):
    for number, line in enumerate(bad_lines(marked)):
        if isinstance(line, bytes):
            found = reading.read(reading.Line("f", number, line))
            assert leaks(repr(found)) == []
            continue
        with pytest.raises(records.RecordError) as caught:
            records.parse(line)
        chain: BaseException | None = caught.value
        while chain is not None:
            assert leaks(f"{chain} {chain!r}") == []
            chain = None if chain.__suppress_context__ else chain.__context__


def test_a_fault_of_the_program_shows_no_value(clinic: Clinic, capsys: pytest.CaptureFixture[str]):
    def broken(name: str) -> None:
        raise KeyError(f"{name} {MRN}")

    try:
        broken(NAME)
    except KeyError as error:
        code = failing.bug(error, ["import", "--home", str(clinic.home)], as_json=False)

    told = capsys.readouterr()
    kept = clinic.home / "faults.log"
    assert code == errors.Exit.PROBLEMS
    assert "IF-USE-99" in told.err
    assert leaks(told.out + told.err + kept.read_text()) == []
    assert "test_nothing_leaks.py" in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0


def test_a_log_line_has_only_the_keys_that_are_allowed(capsys: pytest.CaptureFixture[str]):
    error = ValueError(NAME)
    line = logs.without_values(None, "", {"event": "x", "exc_info": error, "patient": NAME, "url": f"/?q={MRN}"})

    kept = logs.only_allowed(None, "", dict(line))
    assert kept == {"event": "x", "error": "ValueError", "places": []}
    assert leaks(repr(kept)) == []


def test_ctrl_c_is_safe_and_says_how_to_go_on(clinic: Clinic, marked):
    pipe = clinic.folder / "pipe"
    os.mkfifo(pipe)
    process = start(["import", pipe, "--home", clinic.home], clinic.folder / "config")
    with pipe.open("wb"):  # opens when the command has begun to read
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert (process.returncode, out) == (130, "")
    assert "run the same command again" in err
    clinic.ok("import", clinic.file("good.ndjson", *marked))


def test_an_interrupted_command_says_so_in_json(capsys: pytest.CaptureFixture[str]):
    assert failing.interrupted(as_json=True) == 130
    assert '"code":"interrupted"' in capsys.readouterr().out


def test_files_with_records_are_for_their_owner_only(clinic: Clinic, marked):
    good = clinic.file("good.ndjson", *marked)
    written = Path(clinic.folder / "documents.ndjson")

    assert run("map", good, "-o", written, "--identifier-base", "https://x.example").code == 0
    assert written.stat().st_mode & 0o077 == 0
