"""What a command says: data on standard output, everything else on standard error."""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import typer

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
    if not sys.stdout.isatty():
        _plain_table([list(columns), *cells], title)
        return
    from rich.console import Console  # noqa: PLC0415 - takes long to load, and is for a person at a terminal only
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    made = Table(title=title or None, box=None, pad_edge=False, title_justify="left", header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in cells:
        made.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(made)


def _plain_table(rows: Sequence[Sequence[str]], title: str) -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    if title:
        data(title)
    for row in rows:
        data("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@contextlib.contextmanager
def progress() -> Iterator[Report]:
    """Show bars on standard error while something long is done; nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda _what, _done, _total: None
        return
    from rich import progress as bar  # noqa: PLC0415 - as above
    from rich.console import Console  # noqa: PLC0415

    columns = (
        bar.TextColumn("{task.description}"), bar.BarColumn(), bar.MofNCompleteColumn(), bar.TimeRemainingColumn(),
    )  # fmt: skip
    with bar.Progress(*columns, console=Console(stderr=True)) as bars:
        known: dict[str, bar.TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in known:
                known[what] = bars.add_task(what)
            bars.update(known[what], completed=done, total=total or None)

        yield report


utc = moments.utc_or_none
