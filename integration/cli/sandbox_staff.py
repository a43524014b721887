"""`infusion-fhir sandbox …` at a running pretend hospital: what its own staff and IT see and do there."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from fhir_profiles import fhir_json
from integration import errors
from integration.cli import options, output
from integration.cli.sandbox_folder import folder
from integration.sandbox import admin_client, character_file

BAD_EDIT: Final = "IF-SBX-26"

Port = Annotated[
    int | None, typer.Option("--port", help="The port of the one that is meant, where several run.", show_default=False)
]


def register(commands: typer.Typer) -> None:
    """Add the commands to those of `sandbox`."""
    for one in (journal, edit, faults, character, reset):
        commands.command()(one)


def journal(
    after: Annotated[int, typer.Option(help="Only what came after this number.", min=0)] = 0,
    port: Port = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Show what arrived at a running pretend hospital, in words and in order.

    Example: infusion-fhir sandbox journal --after 100
    """
    entries = admin_client.the_one(folder(home), port).ask("GET", f"journal?after={after}")
    if as_json:
        output.data_json(entries)
        return
    for entry in entries:
        first, *rest = entry["words"]
        output.data(f"{entry['number']:>5} {entry['at'][11:23]} {first}")
        for line in rest:
            output.data(f"{'':>18} {line}")
    if not entries:
        output.chatter("nothing arrived")


def edit(
    resource: Annotated[str, typer.Argument(help="Which one: TYPE/ID, as the journal has it.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE; the value as JSON, or as plain text.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", help="A JSON merge patch; null takes a key away.")] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete it.")] = False,
    merge_into: Annotated[
        str | None, typer.Option("--merge-into", help="Merge this Patient into that one (ID).")
    ] = None,
    port: Port = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Change, delete or merge a resource at a running pretend hospital, as its staff would.

    Example: infusion-fhir sandbox edit Observation/8f2c --set status=entered-in-error
    """
    resource_type, slash, resource_id = resource.partition("/")
    wanted = [bool(set_ or file), delete, merge_into is not None]
    if not slash or not resource_id or wanted.count(True) != 1:
        says = "name TYPE/ID, and one thing to do: --set or --file, --delete, or --merge-into"
        raise errors.UsageError(BAD_EDIT, says)
    there = admin_client.the_one(folder(home), port)
    if merge_into is not None:
        if resource_type != "Patient":
            raise errors.UsageError(BAD_EDIT, "only Patients are merged")
        done = there.ask("POST", "merge", {"from": resource_id, "into": merge_into.removeprefix("Patient/")})
    elif delete:
        done = [there.ask("DELETE", f"resource/{resource_type}/{resource_id}")]
    else:
        done = [there.ask("PATCH", f"resource/{resource_type}/{resource_id}", _patch(set_ or [], file))]
    if as_json:
        output.data_json(done)
        return
    for one in done:
        output.data(f"{one['type']}/{one['id']}: {'deleted' if one['deleted'] else 'now'} version {one['version']}")


def faults(
    what: Annotated[str | None, typer.Argument(help="A preset or a single fault to meet from now on.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same faults.")] = 1,
    port: Port = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Show the faults of a running pretend hospital, or switch others on.

    Example: infusion-fhir sandbox faults answer-lost
    """
    there = admin_client.the_one(folder(home), port)
    found = there.ask("GET", "faults") if what is None else there.ask("PUT", "faults", {"faults": what, "seed": seed})
    if as_json:
        output.data_json(found)
        return
    struck = found["struck"]
    rows = [[kind["name"], struck[kind["name"]], kind["says"]] for kind in found["kinds"]]
    output.table(["fault", "struck", "what happens"], rows) if rows else output.data("no faults are switched on")


def character(
    file: Annotated[Path, typer.Argument(help="The character file to live by from now on.", show_default=False)],
    port: Port = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Change the rules of a running pretend hospital, as its IT would; what is there stays, and so does its address.

    Example: infusion-fhir sandbox character my-hospital.toml
    """
    read = character_file.load(file)  # a slip of the pen is told here, with its line
    text = file.read_text(encoding="utf-8")
    state = admin_client.the_one(folder(home), port).ask("PUT", "character", {"toml": text})
    if as_json:
        output.data_json(state)
        return
    output.data(f"{state['character']} now goes by {file.name}: {read.about.title}")


def reset(port: Port = None, home: options.Home = None, as_json: options.Json = False) -> None:
    """Let a running pretend hospital begin anew: what arrived is forgotten, its own people stay.

    Example: infusion-fhir sandbox reset
    """
    state = admin_client.the_one(folder(home), port).ask("POST", "reset")
    if as_json:
        output.data_json(state)
        return
    output.data(f"{state['character']} has begun anew; it holds {sum(state['counts'].values())} resources of its own")


def _patch(set_: list[str], file: Path | None) -> dict[str, Any]:
    patch: dict[str, Any] = {}
    if file is not None:
        try:
            found = fhir_json.loads(file.read_bytes())
        except (OSError, fhir_json.JsonError) as wrong:
            raise errors.UsageError(
                BAD_EDIT, f"the patch cannot be read ({type(wrong).__name__})", where=str(file)
            ) from None
        if not isinstance(found, dict):
            raise errors.UsageError(BAD_EDIT, "the patch is no JSON object", where=str(file))
        patch |= found
    for one in set_:
        key, equals, value = one.partition("=")
        if not key or not equals:
            raise errors.UsageError(BAD_EDIT, "--set takes KEY=VALUE")
        patch[key] = _value(value)
    return patch


def _value(text: str) -> Any:
    try:
        return fhir_json.loads(text)
    except fhir_json.JsonError:
        return text
