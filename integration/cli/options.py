"""The options that every command takes, so that they are spelled, explained and read the same everywhere."""

from pathlib import Path
from typing import Annotated, Any

import typer


def _or_before(name: str) -> Any:
    """Take the option's value as given to the command, else as given before the command."""

    def taken(context: typer.Context, given: Any) -> Any:
        return given or context.find_root().params.get(name)

    return taken


Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        help="The folder of this clinic's installation. [default: INFUSION_FHIR_HOME, or the user's state folder]",
        show_default=False,
        callback=_or_before("home"),
    ),
]
"""`--home`: give it to `bootstrap.home_folder`."""

Json = Annotated[
    bool, typer.Option("--json", help="Print JSON for programs instead of text.", callback=_or_before("as_json"))
]
"""`--json`: on standard output stands JSON and nothing else."""

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
"""`--yes`: for commands that ask before they act."""
