"""`infusion-fhir sandbox`: hospitals to practise on; run and listed here, worked on in sandbox_staff.py."""

import sys
import threading
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from integration import bootstrap, errors
from integration.cli import options, output, sandbox_staff
from integration.cli.sandbox_folder import folder
from integration.sandbox import admin, admin_client, character_file, clocks, fault_kinds, fault_schedule, residents
from integration.sandbox.admin_client import Running
from integration.sandbox.serving import SandboxServer

PORT_TAKEN: Final = "IF-USE-16"

_commands = typer.Typer(no_args_is_help=True, help="Pretend hospitals to practise on, on this machine only.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    sandbox_staff.register(_commands)
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
    until_stdin_ends: Annotated[
        bool, typer.Option("--until-stdin-ends", help="End with standard input: for a program that starts one.")
    ] = False,
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
            _wait(until_stdin_ends=until_stdin_ends)
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


def _say(running: Running, title: str, file: Path, *, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {"character": running.character, "url": running.url, "page": f"{running.address}/"}
        output.data_json(told | {"token_file": str(file), "banner": admin.BANNER})
        return
    output.data(running.url)
    output.chatter(f"{admin.BANNER}: {title}")
    output.chatter(f"what arrives, live: {running.address}/")
    output.chatter(f"the token of its admin API is in {file}; Ctrl-C ends it")


def _wait(*, until_stdin_ends: bool) -> None:
    """Wait for Ctrl-C; where a program has started us, also for its end, however that comes."""
    if not until_stdin_ends:
        threading.Event().wait()
    while sys.stdin.buffer.read(1):
        pass


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise errors.UsageError("IF-USE-11", f"it cannot be written: {error.strerror}", where=str(path)) from None


def _line(text: str) -> str:
    return " ".join(text.split())
