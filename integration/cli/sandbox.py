"""`infusion-fhir sandbox`: hospitals to practise on; run, listed, looked at, and worked on as their own staff would."""

import threading
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from fhir_profiles import fhir_json
from integration import bootstrap, errors
from integration.cli import options, output
from integration.sandbox import admin, admin_client, character_file, clocks, fault_kinds, fault_schedule, residents
from integration.sandbox.admin_client import Running
from integration.sandbox.serving import SandboxServer

PORT_TAKEN: Final = "IF-USE-16"
BAD_EDIT: Final = "IF-SBX-26"

_commands = typer.Typer(no_args_is_help=True, help="Pretend hospitals to practise on, on this machine only.")

Port = Annotated[
    int | None, typer.Option("--port", help="The port of the one that is meant, where several run.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_commands, name="sandbox")


@_commands.command()
def run(
    character: Annotated[str, typer.Option("--character", help="A name (`sandbox list`), or a .toml file.")] = "open",
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)] = 0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same ids and the same faults.")] = 1,
    faults: Annotated[str, typer.Option(help="A preset, a single fault by its name, or a .toml file.")] = "none",
    patients: Annotated[
        str, typer.Option(help="Whom it has already: so many pretend patients, or a file (FHIR, or your own export).")
    ] = "0",
    links: Annotated[
        Path | None, typer.Option(help="Write which Patient each patient is, for `infusion-fhir link --file`.")
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Run a pretend hospital until it is stopped; the first line is its FHIR base address.

    Example: infusion-fhir sandbox run --character epic-like --patients 12 --faults flaky
    """
    people = residents.of(patients, seed)
    there = people.in_(character_file.load(character))
    schedule = fault_schedule.load(faults, seed)
    clock = clocks.RunningClock(bootstrap.SystemClock().now)
    if links is not None:
        _write(links, people.links_csv())
    try:
        server = SandboxServer(there, clock=clock, seed=seed, faults=schedule, port=port)
    except OSError as error:
        raise errors.UsageError(PORT_TAKEN, f"port {port} cannot be used: {error.strerror}") from None
    with server:
        authority = (server.authority or b"").decode("ascii")
        running = Running(there.name, server.port, server.url, server.address, server.token, authority)
        file = admin_client.write_down(folder(home), running)
        try:
            _say(running, there.about.title, file, as_json=as_json)
            threading.Event().wait()
        except KeyboardInterrupt:
            output.chatter("ended")
        finally:
            file.unlink(missing_ok=True)


@_commands.command("list")
def list_(
    faults: Annotated[bool, typer.Option("--faults", help="List every single fault instead.")] = False,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """List the characters and fault presets that there are, and what runs now; or every fault.

    Example: infusion-fhir sandbox list --faults
    """
    if faults:
        _list_faults(as_json=as_json)
        return
    characters = [character_file.load(name) for name in character_file.names()]
    presets = {name: fault_schedule.load(name).about for name in fault_schedule.presets()}
    running = list(admin_client.those_running(folder(home)))
    if as_json:
        output.data_json(
            {
                "characters": [{"name": c.name, "title": c.about.title, "says": c.about.says} for c in characters],
                "faults": presets,
                "running": [{"character": r.character, "port": r.port, "url": r.url} for r in running],
            }
        )
        return
    output.table(["character", "what it is like"], [[c.name, _line(c.about.says)] for c in characters])
    output.data("")
    output.table(["faults", "what they are like"], [[name, _line(about)] for name, about in presets.items()])
    output.data("")
    if running:
        output.table(["running", "port", "address"], [[one.character, one.port, one.url] for one in running])
    else:
        output.data("none runs; next: infusion-fhir sandbox run --character open")


def _list_faults(*, as_json: bool) -> None:
    kinds = sorted(fault_kinds.KINDS.values(), key=lambda kind: (kind.rows, kind.name))
    if as_json:
        rows = [{"name": k.name, "rows": list(k.rows), "on": k.on, "socket": k.socket, "says": k.says} for k in kinds]
        output.data_json(rows)
        return
    cells = [[kind.name, kind.on, "on a socket" if kind.socket else "", kind.says] for kind in kinds]
    output.table(["fault", "strikes", "only", "what happens"], cells)


@_commands.command()
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


@_commands.command()
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


@_commands.command()
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


@_commands.command()
def reset(port: Port = None, home: options.Home = None, as_json: options.Json = False) -> None:
    """Let a running pretend hospital begin anew: what arrived is forgotten, its own people stay.

    Example: infusion-fhir sandbox reset
    """
    state = admin_client.the_one(folder(home), port).ask("POST", "reset")
    if as_json:
        output.data_json(state)
        return
    output.data(f"{state['character']} has begun anew; it holds {sum(state['counts'].values())} resources of its own")


def folder(home: Path | None) -> Path:
    """The folder of the running hospitals' files: beside the home, which must stay empty until it is made."""
    its = bootstrap.home_folder(home)
    return its.with_name(f"{its.name}-sandboxes")


def _say(running: Running, title: str, file: Path, *, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {"character": running.character, "url": running.url, "page": f"{running.address}/"}
        output.data_json(told | {"token_file": str(file), "banner": admin.BANNER})
        return
    output.data(running.url)
    output.chatter(f"{admin.BANNER}: {title}")
    output.chatter(f"what arrives, live: {running.address}/")
    output.chatter(f"the token of its admin API is in {file}; Ctrl-C ends it")


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


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise errors.UsageError("IF-USE-11", f"it cannot be written: {error.strerror}", where=str(path)) from None


def _line(text: str) -> str:
    return " ".join(text.split())
