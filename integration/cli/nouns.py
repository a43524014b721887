"""Every command by name, with its sentence; the module of a noun is imported when one of its commands was typed.

Importing all of them takes longer than most commands do. A test holds that the sentences here are those of the modules.
"""

import importlib
from typing import Any, Final

import typer
import typer.main
from typer.core import TyperGroup

_NOUNS: Final = {
    "init": {
        "init": "Make a home: settings, keys, an empty database.",
    },
    "sample": {
        "sample": "Write pretend courses of treatment; every record is marked as test data.",
    },
    "schema": {
        "schema": "Print the JSON Schema of a kind of record, for whoever writes the clinic's export.",
    },
    "import_": {
        "import": "Import records; good lines are kept whatever the others are, and nothing is taken twice.",
    },
    "map_": {
        "map": "Write the FHIR documents of records to a file; of several versions of a record the newest counts.",
        "unmap": "Write what documents carry of the clinic's records to a file, a record a line.",
    },
    "validate": {
        "validate": "Check FHIR R4 documents; lines that are records of the clinic are checked as records.",
    },
    "hospital": {
        "hospital": "The hospitals that we exchange with.",
    },
    "enrol": {
        "enrol": "Let a hospital have everything stored of these patients, now and when it changes.",
        "unenrol": "Stop sending what is of these patients; nothing that is there is taken back.",
    },
    "link": {
        "link": "Link patients, visits and staff to the hospital's own; each is read and compared there, a "
        "mismatch is held.",
    },
    "push": {
        "push": "Send what hospitals should hold and do not, through every fault; stop at any moment and run it again.",
    },
    "status": {
        "status": "Say what is stored, how far each hospital is in step, and what waits for whom.",
    },
    "queue": {
        "queue": "What is not in step, grouped by reason; retry and dismiss.",
    },
    "history": {
        "history": "Show what was recorded and sent, what each hospital answered, and what is outstanding; "
        "that you ask is recorded.",
    },
    "audit": {
        "audit": "Check the audit trail.",
    },
    "explain": {
        "explain": "Say what a code means.",
    },
    "serve": {
        "serve": "Serve health pages and session histories on 127.0.0.1 until it is stopped.",
    },
    "db": {
        "db": "Look after the database.",
    },
    "backup": {
        "backup": "Write a copy of the database while it is in use.",
        "restore": "Bring a copy back, only into a home that does not exist yet or is empty.",
    },
    "sandbox": {
        "sandbox": "Pretend hospitals to practise on, on this machine only.",
    },
    "demo": {
        "demo": "Show everything once, on pretend data: export, three hospitals, a bad day, parked items "
        "mended, history, proof.",
    },
}
"""The commands of each module with their sentences, in the order of the help."""

COMMANDS: Final = {
    name: (module, sentence) for module, commands in _NOUNS.items() for name, sentence in commands.items()
}
"""The module and the sentence of each command."""


class Nouns(TyperGroup):
    """The group of all commands: for its help their sentences are enough, the one that was typed is imported."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that was typed, whole."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else whole(name), rest


def register(app: typer.Typer) -> None:
    """Add every command by its name and sentence."""
    for name, (_, sentence) in COMMANDS.items():
        app.command(name, help=sentence)(_nothing)


def whole(name: str) -> Any:
    """Import the module of a command and put the command together."""
    app = typer.Typer()
    app.callback()(_nothing)  # so that a module's only command stays one of a group
    importlib.import_module(f"integration.cli.{COMMANDS[name][0]}").register(app)
    return typer.main.get_group(app).commands[name]


def _nothing() -> None:
    """Do nothing: stands for what is imported later."""
