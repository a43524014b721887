"""`infusion-fhir`: the command line, one module a noun."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from integration import errors, logs
from integration.cli import failing, nouns


def build() -> typer.Typer:
    """Put the command line together."""
    app = typer.Typer(
        name="infusion-fhir",
        cls=nouns.Nouns,
        help="The bridge between a ketamine-infusion clinic's records and hospital EHRs (FHIR R4).",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def options(
        home: Annotated[Path | None, typer.Option("--home", help="The folder of the installation.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    ) -> None:
        """Options that may also stand before the command."""
        del home, as_json  # read by the options of each command

    nouns.register(app)
    return app


def main(arguments: Sequence[str]) -> int:
    """Run one command; gives its exit code."""
    as_json = "--json" in arguments
    try:
        code = build()(args=list(arguments), prog_name="infusion-fhir", standalone_mode=False)
    except errors.InfusionFhirError as error:
        return failing.told(error, as_json=as_json)
    except typer.Abort:
        return failing.misused("it was not confirmed", as_json=as_json)
    except typer.TyperException as error:
        return failing.misused(error.format_message(), as_json=as_json)
    except KeyboardInterrupt:
        return failing.interrupted(as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the entry point: nothing may show a value of a record
        return failing.bug(error, arguments, as_json=as_json)
    code = code if isinstance(code, int) else 0
    return failing.interrupted(as_json=as_json) if code == failing.INTERRUPTED else code


def run() -> None:
    """Run the command that was typed."""
    logs.quiet()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped by a service manager: as Ctrl-C
    sys.exit(main(sys.argv[1:]))
