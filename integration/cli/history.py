"""`infusion-fhir history`: the whole story of one session or patient."""

from typing import Annotated

import typer

from fhir_profiles import fhir_json
from integration import bootstrap, errors
from integration.audit import history as histories
from integration.audit import history_forms, history_text
from integration.cli import options, output


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(history)


def history(
    session: Annotated[str, typer.Option("--session", help="The clinic's id of a session.")] = "",
    patient: Annotated[str, typer.Option("--patient", help="The clinic's id of a patient.")] = "",
    fhir: Annotated[bool, typer.Option("--fhir", help="Print a FHIR collection Bundle.")] = False,
    every: Annotated[bool, typer.Option("--all", help="List every observation, also those without news.")] = False,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Show what was recorded and sent, what each hospital answered, and what is outstanding; that you ask is recorded.

    Example: infusion-fhir history --session S-0001
    """
    if bool(session) == bool(patient):
        raise errors.UsageError("IF-USE-98", "say exactly one of --session ID and --patient ID")
    kind, record_id = ("session", session) if session else ("patient", patient)
    form = "fhir" if fhir else "json" if as_json else "text"
    with bootstrap.open_installation(bootstrap.home_folder(home)) as clinic:
        story = histories.read(clinic, kind, record_id, how=form)
        base = clinic.base
    if fhir:
        output.data(fhir_json.encode(history_forms.as_bundle(story, base)).decode())
    elif as_json:
        output.data_json(history_forms.as_json(story))
    else:
        output.data(history_text.as_text(story, every=every))
    if story.altered:
        raise typer.Exit(errors.Exit.PROBLEMS)
