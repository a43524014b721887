"""`infusion-fhir link`: which of the hospital's Patients, Encounters and Practitioners each of ours is."""

from pathlib import Path
from typing import Annotated, Any

import typer

from integration import bootstrap, errors
from integration.cli import enrol, options, output
from integration.cli import hospital_options as of
from integration.delivery import admission, link_file, linking
from integration.delivery.linking import Linked
from integration.hospital.settings import Settings
from integration.store import hospitals


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(link)


def link(
    hospital: of.Hospital,
    file: Annotated[
        Path,
        typer.Option(
            "--file",
            help="CSV: patient,hospital_patient or kind,id,hospital_id (kind: patient, session, assessment, follow-up, "
            "staff-role, device). Or NDJSON with these fields.",
        ),
    ],
    confirm: Annotated[
        list[str] | None,
        typer.Option("--confirm", help="An id that a person has compared; links in spite of a mismatch."),
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Link patients, visits and staff to the hospital's own; each is read and compared there, a mismatch is held.

    Example: infusion-fhir link --hospital mercy --file links.csv --confirm P-0007
    """
    pairs = link_file.read(file)
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation:
        with installation.database.read() as conn:
            there = hospitals.get(conn, hospital)
        settings = Settings.model_validate(there.settings)
        with output.progress() as report, admission.open_reader(installation, hospital, there.url, settings) as client:
            told = enrol.counted(report, f"linking at {hospital}", len(pairs))
            done = linking.link(installation, hospital, pairs, frozenset(confirm or ()), client, told)
    not_linked = [one for one in done if one.state != "linked"]
    if as_json:
        linked = len(done) - len(not_linked)
        output.data_json({"hospital": hospital, "linked": linked, "links": [_facts(one) for one in done]})
    else:
        _say(hospital, done, not_linked)
    if not_linked:
        raise typer.Exit(errors.Exit.PROBLEMS)


def _facts(one: Linked) -> dict[str, Any]:
    pair = one.pair
    named = {"kind": pair.kind, "id": pair.id, "type": pair.type, "hospital_id": pair.remote_id, "line": pair.line}
    return {**named, "state": one.state, "detail": one.detail}


def _say(hospital: str, done: list[Linked], not_linked: list[Linked]) -> None:
    output.data(f"{len(done) - len(not_linked)} linked at {hospital}, {len(not_linked)} not")
    if not not_linked:
        output.chatter(f"next: infusion-fhir push --hospital {hospital}")
        return
    rows = [[one.pair.line, one.pair.kind, one.pair.id, one.state, one.detail] for one in not_linked]
    output.table(["line", "kind", "id", "state", "why"], rows)
    output.chatter("compare them by eye; the same one: add --confirm ID. More: infusion-fhir explain IF-LNK-05")
