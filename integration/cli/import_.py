"""`infusion-fhir import`: take the clinic's export into the store."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from integration import bootstrap, errors
from integration.cli import options, output
from integration.delivery import admission
from integration.installation import Installation
from integration.intake import importing, reading
from integration.intake.importing import ImportReport
from integration.store.problems import Problem
from mappings import records


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_)


def import_(
    paths: Annotated[list[Path], typer.Argument(help="NDJSON files, or folders of them.", metavar="PATH…")],
    fix_file: Annotated[Path | None, typer.Option("--fix-file", help="Write the refused lines here.")] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Import records; good lines are kept whatever the others are, and nothing is taken twice.

    Example: infusion-fhir import clinic/ --fix-file to-correct.ndjson
    """
    with bootstrap.open_installation(bootstrap.home_folder(home)) as clinic, output.progress() as report:
        _refuse_pretend_records(clinic, paths)
        done = importing.import_files(clinic, paths, fix_file, report)
    if as_json:
        output.data_json(_plain(done))
    else:
        _say(done)
    if not done.clean:
        raise typer.Exit(errors.Exit.PROBLEMS)


def _refuse_pretend_records(clinic: Installation, paths: list[Path]) -> None:
    """Pretend records never come into a home that talks to a hospital beyond this machine."""
    with clinic.database.read() as conn:
        beyond = admission.beyond_this_machine(conn)
    for path in reading.files(paths) if beyond else ():
        if not path.is_file():
            raise errors.UsageError("IF-LNK-01", "it cannot be looked through beforehand: give a file", where=str(path))
        if any(_is_pretend(line) for line in reading.lines(path)):
            says = f"it holds pretend records (test: true), and this home talks to {', '.join(beyond)}"
            raise errors.UsageError("IF-LNK-01", says, where=str(path))


def _is_pretend(line: reading.Line) -> bool:
    if b'"test"' not in line.data:
        return False
    found = reading.read(line)
    return isinstance(found, records.Record) and found.test


def _say(done: ImportReport) -> None:
    rows = [(kind, n.new, n.changed, n.unchanged, n.older) for kind, n in done.kinds.items()]
    output.table(("kind", "new", "changed", "unchanged", "older"), rows)
    made = done.made
    output.data(f"\n{done.lines} lines; documents: {made.new} new, {made.changed} changed, {made.retracted} taken back")
    for kind, number in done.skipped.items():
        output.data(f"{number} lines of kind {kind} skipped: not taken yet")
    for old in done.older:
        where = f"{old.file}, line {old.line}: {old.kind} {old.id}"
        output.data(f"{where} of {old.updated_at} is older than what is held ({old.held}): not applied")
    for wrong in done.problems:
        output.data(f"{wrong.file}, line {wrong.line}, {wrong.field or 'line'}: {wrong.code} {wrong.says}; {wrong.fix}")
    for problem in (*made.problems, *done.telling):
        output.data(f"{problem.name}, {problem.element}: {problem.code} {problem.rule}; {problem.fix}")
    for line in _waiting(made.waiting):
        output.data(line)
    _say_the_end(done)


def _waiting(problems: Sequence[Problem]) -> Iterator[str]:
    """What waits for another record: one by one, or as a number where many of a kind wait for the same."""
    groups: dict[tuple[str, str | None, str | None], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.kind, problem.waits_kind, problem.waits_id), []).append(problem)
    for same in groups.values():
        first = same[0]
        more = f" and {len(same) - 1} more of the same" if len(same) > 1 else ""
        yield f"{first.name}{more}: {first.code} {first.rule}; {first.fix}"


def _say_the_end(done: ImportReport) -> None:
    if done.fix_file is not None:
        output.chatter(f"{done.refused} lines refused; they are in {done.fix_file}: correct them and import that file")
    elif done.refused:
        output.chatter(f"{done.refused} lines refused; --fix-file F writes them to a file")
    if done.taken_out:
        output.chatter(f"{done.taken_out} of them had been stored before their patient was known: taken out again")
    if done.made.problem_count:
        output.chatter(f"{done.made.problem_count} records are stored but have no documents yet")
    if done.telling:
        output.chatter(
            f"{len(done.telling)} records of earlier imports are never sent: import the file that holds them again, "
            "with --fix-file, to have the lines named"
        )
    if done.made.waiting_count:
        output.chatter(f"{done.made.waiting_count} records are stored and wait for another record")


def _plain(done: ImportReport) -> dict[str, Any]:
    made = done.made
    return {
        "files": done.files,
        "lines": done.lines,
        "kinds": {kind: asdict(count) for kind, count in done.kinds.items()},
        "skipped": done.skipped,
        "refused": done.refused,
        "problems": [asdict(problem) for problem in done.problems],
        "older": [asdict(older) for older in done.older],
        "older_lines": done.older_lines,
        "fix_file": None if done.fix_file is None else str(done.fix_file),
        "documents": {"new": made.new, "changed": made.changed, "retracted": made.retracted},
        "taken_out": done.taken_out,
        "records_with_problems": made.problem_count + len(done.telling),
        "record_problems": [problem.facts() for problem in (*made.problems, *done.telling)],
        "records_waiting": made.waiting_count,
        "waiting": [problem.facts() for problem in made.waiting],
    }
