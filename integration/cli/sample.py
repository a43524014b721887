"""`infusion-fhir sample`: write pretend clinic data."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from fhir_profiles import fhir_json
from integration import errors
from integration.cli import options, output
from mappings import sample as samples

UNWRITABLE: Final = "IF-USE-11"
FILE_NAME: Final = "sample.ndjson"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sample)


def sample(
    folder: Annotated[Path | None, typer.Option("-o", "--output", help="The folder to write to.")] = None,
    patients: Annotated[int, typer.Option(min=1, max=100_000, help="How many patients.")] = 12,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    later: Annotated[bool, typer.Option("--later", help="Write what the clinic corrects later.")] = False,
    summary: Annotated[bool, typer.Option("--summary", help="Count what the data shows.")] = False,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Write pretend courses of treatment; every record is marked as test data.

    Example: infusion-fhir sample --patients 12 --seed 1 -o clinic/
    """
    del home
    if folder is None and not summary:
        raise errors.UsageError("IF-USE-98", "say where to write to (-o DIR), or ask for --summary")
    records = list(samples.courses(patients, seed))
    written = list(samples.later(records)) if later else records
    told: dict[str, Any] = {"patients": patients, "seed": seed, "records": len(written)}
    if folder is not None:
        told["file"] = str(_write(folder / ("later.ndjson" if later else FILE_NAME), written))
    counts = samples.summary([*records, *written] if later else records) if summary else {}
    _say(told, counts, as_json=as_json)


def _say(told: dict[str, Any], counts: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        output.data_json(told | ({"counts": counts} if counts else {}))
        return
    if "file" in told:
        output.chatter(f"{told['records']} records of {told['patients']} pretend patients in {told['file']}")
    if counts:
        output.table(("what", "how many"), counts.items())


def _write(path: Path, records: Iterable[dict[str, Any]]) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(fhir_json.encode(record) + b"\n" for record in records)
    except OSError as error:
        raise errors.UsageError(UNWRITABLE, f"it cannot be written: {error.strerror}", where=str(path)) from None
    return path
