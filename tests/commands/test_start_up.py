"""A command loads what it needs and no more, and the list of commands is that of the modules."""

import importlib
import json
import pkgutil
import subprocess
import sys

import pytest
import typer.main

from integration import cli
from integration.cli import nouns
from tests.commands.command import run

HEAVY = (
    "fhir", "fastapi", "starlette", "uvicorn", "httpx", "httpcore", "sqlalchemy", "alembic", "psycopg", "sqlcipher3",
    "pydantic_settings", "structlog", "cryptography", "mappings", "integration.sandbox", "integration.store",
)  # fmt: skip
TELL = """
import json, sys
from integration.cli import main
code = main.main(sys.argv[2:])
print("\\n" + json.dumps([code, sorted(name for name in sys.argv[1].split(",") if name in sys.modules)]))
"""


def loaded_by(*words: str) -> tuple[int, set[str]]:
    """How a command ended, and what of the heavy parts it loaded."""
    command = [sys.executable, "-c", TELL, ",".join(HEAVY), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    code, loaded = json.loads(done.stdout.splitlines()[-1])
    return code, set(loaded)


@pytest.mark.parametrize("words", [["--help"], ["explain", "IF-DEL-05"], ["hospitl"]])
def test_what_touches_no_home_loads_nothing_heavy(words):
    _, loaded = loaded_by(*words)

    assert loaded == set()


def test_status_loads_the_store_and_nothing_that_speaks_to_hospitals(clinic):
    code, loaded = loaded_by("status", "--home", str(clinic.home))

    assert code == 0
    assert "sqlalchemy" in loaded
    assert loaded & {"fhir", "fastapi", "uvicorn", "httpx", "alembic", "structlog", "integration.sandbox"} == set()


def test_every_module_with_commands_is_listed():
    modules = [one.name for one in pkgutil.iter_modules(cli.__path__)]
    with_commands = {one for one in modules if hasattr(importlib.import_module(f"integration.cli.{one}"), "register")}

    # `sandbox_staff` adds to the group of `sandbox`, and `nouns` adds them all.
    assert {module for module, _ in nouns.COMMANDS.values()} == with_commands - {"nouns", "sandbox_staff"}


@pytest.mark.parametrize("module", sorted({module for module, _ in nouns.COMMANDS.values()}))
def test_the_sentences_in_the_help_are_those_of_the_commands(module):
    listed = {name: sentence for name, (of, sentence) in nouns.COMMANDS.items() if of == module}
    app = typer.Typer()
    importlib.import_module(f"integration.cli.{module}").register(app)
    app.callback()(lambda: None)
    commands = typer.main.get_group(app).commands

    assert {name: one.get_short_help_str(1000) for name, one in commands.items()} == listed


def test_a_command_typed_wrong_is_told_with_the_nearest():
    said = run("statsu")

    assert said.code == 2
    assert "Did you mean 'status'?" in said.err
