"""What a command says: data on standard output, everything else on standard error."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from fhir_profiles import fhir_json
from integration import moments

Report = Callable[[str, int, int], None]
"""Told of progress: what is being done, how much of it is done, and how much there is (0: not known)."""


def data(text: str) -> None:
    """Print what was asked for."""
    typer.echo(text)


def data_json(value: Any) -> None:
    """Print what was asked for as one line of JSON; numbers keep their digits."""
    typer.echo(fhir_json.encode(value).decode())


def chatter(text: str) -> None:
    """Say something that is not the data: how it goes, what to do next."""
    typer.echo(text, err=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """Print a table; in a file or pipe a row stays one line, however long."""
    cells = [[str(cell) for cell in row] for row in rows]
    console = Console(highlight=False)
    if not console.is_terminal:
        _plain_table([list(columns), *cells], title)
        return
    made = Table(title=title or None, box=None, pad_edge=False, title_justify="left", header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in cells:
        made.add_row(*(Text(cell) for cell in row))
    console.print(made)


def _plain_table(rows: Sequence[Sequence[str]], title: str) -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    if title:
        data(title)
    for row in rows:
        data("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@contextlib.contextmanager
def progress() -> Iterator[Report]:
    """Show bars on standard error while something long is done; nothing where nobody looks."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        known: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in known:
                known[what] = bars.add_task(what)
            bars.update(known[what], completed=done, total=total or None)

        yield report


utc = moments.utc_or_none
