"""`infusion-fhir link`: which of the hospital's Patients each of ours is."""

from pathlib import Path
from typing import Annotated

import typer

from integration import bootstrap, errors
from integration.cli import enrol, options, output
from integration.cli import hospital_options as of
from integration.delivery import admission, linking
from integration.hospital.settings import Settings
from integration.store import hospitals


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(link)


def link(
    hospital: of.Hospital,
    file: Annotated[
        Path, typer.Option("--file", help="CSV (patient,hospital_patient) or NDJSON with these two fields.")
    ],
    confirm: Annotated[
        list[str] | None,
        typer.Option("--confirm", help="A patient whom a person has compared; links in spite of a mismatch."),
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Link patients: reads the hospital's Patient and compares birth date and family name; a mismatch is held.

    Example: infusion-fhir link --hospital mercy --file links.csv --confirm P-0007
    """
    pairs = linking.read_file(file)
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation:
        with installation.database.read() as conn:
            there = hospitals.get(conn, hospital)
        settings = Settings.model_validate(there.settings)
        with output.progress() as report, admission.open_client(installation, hospital, there.url, settings) as client:
            told = enrol.counted(report, f"linking at {hospital}", len(pairs))
            done = linking.link(installation, hospital, pairs, frozenset(confirm or ()), client, told)
    not_linked = [one for one in done if one.state != "linked"]
    if as_json:
        rows = [
            {
                "patient": d.patient,
                "hospital_patient": d.remote_id,
                "line": d.line,
                "state": d.state,
                "detail": d.detail,
            }
            for d in done
        ]
        output.data_json({"hospital": hospital, "linked": len(done) - len(not_linked), "patients": rows})
    else:
        output.data(f"{len(done) - len(not_linked)} linked at {hospital}, {len(not_linked)} not")
        if not_linked:
            output.table(
                ["line", "patient", "state", "why"], [[d.line, d.patient, d.state, d.detail] for d in not_linked]
            )
    if not_linked:
        if not as_json:
            output.chatter(
                "compare them by eye; the same person: add --confirm PATIENT. More: infusion-fhir explain IF-LNK-05"
            )
        raise typer.Exit(errors.Exit.PROBLEMS)
    if not as_json:
        output.chatter(f"next: infusion-fhir push --hospital {hospital}")
