"""`infusion-fhir schema`: what the clinic's export may hold."""

import json
from typing import Annotated, Final

import typer

from integration import errors
from integration.cli import options, output
from mappings import records

UNKNOWN_KIND: Final = "IF-USE-12"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(schema)


def schema(
    kind: Annotated[str, typer.Argument(help="A kind of record; none lists the kinds.")] = "",
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Print the JSON Schema of a kind of record, for whoever writes the clinic's export.

    Example: infusion-fhir schema session
    """
    del home
    if not kind:
        _list_kinds(as_json=as_json)
        return
    if kind in records.NOT_TAKEN_YET:
        raise errors.UsageError(UNKNOWN_KIND, f"records of kind {kind} are not taken yet; lines with it are skipped")
    if kind not in records.KINDS:
        raise errors.UsageError(UNKNOWN_KIND, f"there is no such kind; the kinds are {', '.join(records.KINDS)}")
    output.data(json.dumps(records.schema(kind), indent=None if as_json else 2, ensure_ascii=False))


def _list_kinds(*, as_json: bool) -> None:
    skipped = sorted(records.NOT_TAKEN_YET)
    if as_json:
        output.data_json({"taken": list(records.KINDS), "skipped": skipped})
        return
    output.data("\n".join(records.KINDS))
    output.chatter(f"not taken yet, lines with them are skipped: {', '.join(skipped)}")
