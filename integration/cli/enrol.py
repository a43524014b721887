"""`infusion-fhir enrol` and `unenrol`: which patients may be disclosed to which hospital."""

import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from integration import bootstrap, errors
from integration.cli import hospital_options as of
from integration.cli import options, output
from integration.delivery import enrolling
from integration.store import ledger
from integration.store.rows import State

Patients = Annotated[list[str] | None, typer.Option("--patient", help="The clinic's id of a patient; may be repeated.")]
All = Annotated[bool, typer.Option("--all", help="Every patient stored now; those who come later are not included.")]

_ASKED = 10


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(enrol)
    app.command()(unenrol)


def enrol(
    hospital: of.Hospital,
    patient: Patients = None,
    everyone: All = False,
    yes: options.Yes = False,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Let a hospital have everything stored of these patients, now and when it changes.

    Example: infusion-fhir enrol --hospital mercy --patient P-0001 --patient P-0002
    """
    wanted = _wanted(patient, everyone)
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation:
        new = enrolling.not_enrolled(installation, hospital, wanted)
        if new:
            asked = f"Disclose everything stored of {_people(new)} to {hospital}, now and when it changes?"
            confirm(asked, yes, as_json)
        with output.progress() as report:
            done = enrolling.enrol(installation, hospital, new, counted(report, f"enrolling at {hospital}", len(new)))
        with installation.database.read() as conn:
            rows = ledger.counts(conn, hospital)
    held = rows.get(State.HELD, 0)
    if as_json:
        output.data_json(
            {"hospital": hospital, "enrolled": done, "rows": {s.value: n for s, n in sorted(rows.items())}}
        )
        return
    output.data(f"{done} enrolled at {hospital}; {rows.get(State.DIRTY, 0)} resources are to be sent, {held} are held")
    if held:
        output.chatter(f"held: patients are linked there. Next: infusion-fhir link --hospital {hospital} --file F")
    elif done:
        output.chatter(f"next: infusion-fhir push --hospital {hospital}")


def unenrol(
    hospital: of.Hospital,
    patient: Patients = None,
    everyone: All = False,
    yes: options.Yes = False,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Stop sending what is of these patients; nothing that is there is taken back.

    Example: infusion-fhir unenrol --hospital mercy --patient P-0001
    """
    wanted = _wanted(patient, everyone)
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation:
        there = enrolling.enrolled(installation, hospital, wanted)
        if there:
            asked = f"Stop sending what is of {_people(there)} to {hospital}? What is there already stays there."
            confirm(asked, yes, as_json)
        with output.progress() as report:
            told = counted(report, f"ending at {hospital}", len(there))
            ended = enrolling.unenrol(installation, hospital, there, told)
    arriving = [(one.patient, kind, identity) for one in ended for kind, identity in one.may_arrive]
    if as_json:
        may_arrive = [{"patient": p, "type": kind, "id": identity} for p, kind, identity in arriving]
        output.data_json({"hospital": hospital, "ended": len(ended), "may_still_arrive": may_arrive})
        return
    output.data(f"{len(ended)} ended at {hospital}; nothing that is there was taken back")
    if arriving:
        output.data("already on its way, and may still arrive:")
        output.table(["patient", "type", "id"], arriving)
        output.chatter("its fate is looked up by: infusion-fhir push")


def confirm(question: str, yes: bool, as_json: bool) -> None:
    """Ask before something that a person must want; where nobody can answer, `--yes` is needed."""
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise errors.UsageError("IF-USE-25", question, next_step="add --yes")
    typer.confirm(question, abort=True, err=True)


def counted(report: output.Report, what: str, total: int) -> Callable[[int], None]:
    """A counter that moves a progress bar."""
    done = 0

    def told(number: int) -> None:
        nonlocal done
        done += number
        report(what, done, total)

    return told


def _wanted(patients: Sequence[str] | None, everyone: bool) -> list[str] | None:
    if everyone == bool(patients):
        raise errors.UsageError("IF-USE-26", "either --patient ID (may be repeated) or --all")
    return None if everyone else list(patients or ())


def _people(patients: Sequence[str]) -> str:
    if len(patients) > _ASKED:
        return f"{len(patients)} patients"
    return f"{len(patients)} patient{'s' if len(patients) > 1 else ''} ({', '.join(patients)})"
