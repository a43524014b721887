"""`infusion-fhir map` and `unmap`: records to FHIR documents and back, without the store."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final

import typer

from fhir_profiles import fhir_json
from integration import bootstrap, errors, settings
from integration.cli import documents, options, output
from integration.intake import reading
from integration.intake.reading import LineProblem
from mappings import known, records, registry
from mappings.identity import Base
from mappings.registry import Unmappable, Waits

Output = Annotated[Path, typer.Option("-o", "--output", help="The file to write.")]
BaseUrl = Annotated[str, typer.Option("--identifier-base", help="The identifier base. [default: the home's]")]

_SHOWN_EACH: Final = 500
_NO_BASE: Final = (
    "give --identifier-base URL (the clinic's own, which its identifiers are made from), or name the clinic's home "
    "with --home or INFUSION_FHIR_HOME."
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("map")(map_)
    app.command("unmap")(unmap)


@dataclass(slots=True)
class _Left:
    """What has no document, and which fields of records no document carries."""

    problems: list[LineProblem] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    no_document: list[tuple[str, str, str]] = field(default_factory=list)  # kind, id, why
    wrong: int = 0  # of those, how many cannot be mapped at all
    fields: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # kind, field, why


def map_(
    paths: Annotated[list[Path], typer.Argument(help="NDJSON files of records, or folders.", metavar="PATH…")],
    to: Output,
    base_url: BaseUrl = "",
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Write the FHIR documents of records to a file; of several versions of a record the newest counts.

    Example: infusion-fhir map clinic/ -o documents.ndjson
    """
    base = base_of(base_url, home)
    left = _Left()
    clinic = known.InMemory(_records(paths, left))
    every = list(clinic)
    number = 0
    with documents.written(to) as file, output.progress() as report:
        for done, record in enumerate(every, 1):
            number += _map_one(record, base, clinic, file, left)
            if done % _SHOWN_EACH == 0 or done == len(every):
                report("mapping", done, len(every))
    _say_mapped(to, number, left, as_json=as_json)
    if left.problems or left.wrong:
        raise typer.Exit(errors.Exit.PROBLEMS)


def base_of(given: str, home: Path | None) -> Base:
    """The identifier base that was given, else that of the home."""
    if given:
        try:
            return Base.of(given)
        except ValueError as error:
            raise errors.UsageError("IF-STO-17", str(error)) from None
    folder = bootstrap.home_folder(home)
    if not settings.is_home(folder):
        says = "there is no installation here whose identifier base could be taken"
        raise errors.ConfigError(settings.NO_HOME, says, where=str(folder), next_step=_NO_BASE)
    with bootstrap.open_installation(folder, seals=False) as clinic:
        return clinic.base


def _records(paths: Sequence[Path], left: _Left) -> Iterator[records.Record]:
    for path in reading.files(paths):
        for line in reading.lines(path):
            found = reading.read(line)
            if isinstance(found, records.Record):
                yield found
            elif isinstance(found, reading.Skipped):
                left.skipped[found.kind] += 1
            else:
                left.problems += found


def _map_one(record: records.Record, base: Base, clinic: known.InMemory, file: BinaryIO, left: _Left) -> int:
    try:
        made = registry.documents_for(record, base, clinic)
    except Unmappable as error:
        left.no_document.append((record.kind, record.id, f"{error.element} {error.says}; {error.fix}"))
        left.wrong += 1
        return 0
    except Waits as error:
        left.no_document.append((record.kind, record.id, f"its {error.for_kind} is not among these records"))
        return 0
    not_carried = registry.not_carried(record)
    if not made:
        why = not_carried[0][1] if not_carried else "a record of this kind and state gives none"
        left.no_document.append((record.kind, record.id, why))
        return 0
    left.fields.update((record.kind, name, why) for name, why in not_carried)
    file.writelines(fhir_json.encode(one.document) + b"\n" for one in made)
    return len(made)


def _say_mapped(to: Path, number: int, left: _Left, *, as_json: bool) -> None:
    fields = sorted(left.fields.items())
    if as_json:
        output.data_json({
            "file": str(to), "documents": number, "problems": [asdict(one) for one in left.problems],
            "skipped": dict(sorted(left.skipped.items())),
            "no_document": [{"kind": kind, "id": i, "why": why} for kind, i, why in left.no_document],
            "not_carried": [
                {"kind": kind, "field": name, "why": why, "records": count} for (kind, name, why), count in fields
            ],
        })  # fmt: skip
        return
    output.chatter(f"{number} documents in {to}")
    for wrong in left.problems:
        output.data(f"{wrong.file}, line {wrong.line}, {wrong.field or 'line'}: {wrong.code} {wrong.says}; {wrong.fix}")
    for kind, count in sorted(left.skipped.items()):
        output.data(f"{count} lines of kind {kind} skipped: not taken yet")
    if left.no_document:
        output.table(("no document", "id", "why"), left.no_document)
    if fields:
        rows = [(f"{kind}.{name}", count, why) for (kind, name, why), count in fields]
        output.table(("not carried", "records", "why"), rows)


def unmap(
    path: Annotated[Path, typer.Argument(help="A file of FHIR documents, as map writes it.", metavar="F.ndjson")],
    to: Output,
    base_url: BaseUrl = "",
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Write what documents carry of the clinic's records to a file, a record a line.

    Example: infusion-fhir unmap documents.ndjson -o carried.ndjson
    """
    base = base_of(base_url, home)
    by_record: dict[tuple[str, str], list[fhir_json.Document]] = {}
    problems: list[tuple[str, str, str]] = []
    for found in documents.read([path]):
        if isinstance(found, documents.Unreadable):
            problems.append((found.place, "", found.says))
            continue
        owned = registry.owner(found.document, base)
        if owned is None:
            problems.append((found.place, "", "has no identifier of this clinic: left out"))
            continue
        by_record.setdefault((owned[0], owned[1]), []).append(found.document)
    number = _write_carried(to, by_record, base, problems)
    if as_json:
        told = [{"where": where, "element": element, "says": says} for where, element, says in problems]
        output.data_json({"file": str(to), "records": number, "problems": told})
    else:
        output.chatter(f"{number} records in {to}")
        for where, element, says in problems:
            output.data(f"{where}{', ' + element if element else ''}: {says}")
    if problems:
        raise typer.Exit(errors.Exit.PROBLEMS)


def _write_carried(
    to: Path,
    by_record: dict[tuple[str, str], list[fhir_json.Document]],
    base: Base,
    problems: list[tuple[str, str, str]],
) -> int:
    number = 0
    with documents.written(to) as file:
        for (kind, record_id), some in by_record.items():
            try:
                carried = registry.record_from(some, base)
            except Unmappable as error:
                problems.append((f"{kind} {record_id}", error.element, f"IF-MAP-01 {error.says}; {error.fix}"))
                continue
            for one in carried:
                line: dict[str, Any] = {"kind": one.kind, "id": one.id, **one.fields}
                file.write(fhir_json.sorted_json(line) + b"\n")
                number += 1
    return number
