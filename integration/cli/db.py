"""`infusion-fhir db upgrade`: bring an older database to the shape that this release needs."""

import typer

from integration import bootstrap, settings
from integration.cli import options, output
from integration.store import clinic, events, schema


def register(app: typer.Typer) -> None:
    """Add the commands."""
    noun = typer.Typer(help="Look after the database.", no_args_is_help=True)
    noun.callback()(_noun)
    noun.command()(upgrade)
    app.add_typer(noun, name="db")


def _noun() -> None:
    """Look after the database."""


def upgrade(home: options.Home = None, as_json: options.Json = False) -> None:
    """Upgrade the database, all of it or not at all; make a backup first.

    Example: infusion-fhir backup before.db && infusion-fhir db upgrade
    """
    folder = bootstrap.home_folder(home)
    configured = settings.load(folder)
    database = bootstrap.database_of(folder, configured)
    try:
        before, after = schema.upgrade(database)
        with database.write() as conn:
            clinic.require(conn, configured.installation)
            if before != after:
                said = {"before": before, "after": after}
                now = bootstrap.SystemClock().now()
                events.append(conn, "schema.upgraded", bootstrap.actor_of(["", "db"]), said, at=now)
    finally:
        database.close()
    if as_json:
        output.data_json({"before": before, "after": after})
    elif before == after:
        output.data(f"the database has revision {after} already: nothing to do")
    else:
        output.data(f"upgraded from revision {before} to {after}")
