"""`infusion-fhir validate`: check FHIR documents, or records of the clinic, without storing anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from fhir_profiles import check
from integration import errors
from integration.cli import documents, options, output
from integration.cli.documents import Found
from mappings import records


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that the check says, and where."""

    place: str
    severity: str
    element: str
    code: str
    says: str


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(validate)


def validate(
    files: Annotated[list[Path], typer.Argument(help="NDJSON (a document a line), JSON, Bundles.", metavar="FILE…")],
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Check FHIR R4 documents; lines that are records of the clinic are checked as records.

    Example: infusion-fhir validate documents.ndjson
    """
    del home
    number = 0
    said: list[Said] = []
    for found in documents.read(files):
        number += 1
        if isinstance(found, documents.Unreadable):
            said.append(Said(found.place, "error", "", found.code, found.says))
        else:
            said += _record(found) if "kind" in found.document else _document(found)
    wrong = sum(one.severity == "error" for one in said)
    if as_json:
        told = [
            {"place": one.place, "severity": one.severity, "element": one.element, "code": one.code, "says": one.says}
            for one in said
        ]
        output.data_json({"documents": number, "errors": wrong, "issues": told})
    else:
        for one in said:
            output.data(f"{one.place}: {one.severity} {one.code} {one.element}: {one.says}")
        output.chatter(f"{number} documents, {wrong} errors, {len(said) - wrong} warnings")
    if wrong:
        raise typer.Exit(errors.Exit.PROBLEMS)


def _document(found: Found) -> Iterator[Said]:
    for issue in check.check(found.document):
        yield Said(found.place, issue.severity.value, issue.element, issue.code, issue.says)


def _record(found: Found) -> Iterator[Said]:
    if found.document["kind"] in records.NOT_TAKEN_YET:
        yield Said(found.place, "warning", "kind", records.Code.UNKNOWN_KIND.value, "is not taken yet: not checked")
        return
    try:
        records.parse(found.document)
    except records.RecordError as error:
        for one in error.problems:
            yield Said(found.place, "error", one.field, str(one.code), f"{one.says}; {one.fix}")
