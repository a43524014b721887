"""`infusion-fhir push`: bring hospitals in step."""

import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from fhir_profiles import fhir_json
from integration import bootstrap, errors
from integration.cli import hospital_options as of
from integration.cli import options, output, queue
from integration.delivery import pushing
from integration.delivery.pushing import Change, PushResult
from integration.installation import Installation
from integration.intake import documents
from integration.store import hospitals, ledger, problems
from integration.store.rows import State

_TIME = re.compile(r"(\d{1,6}(?:\.\d+)?)(s|m|h)?")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}
_TO_DO = (State.DIRTY, State.UNKNOWN)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(push)


def push(
    hospital: of.MaybeHospital = None,
    wait: Annotated[
        str, typer.Option("--wait", help="How long to wait for what becomes due again: 90s, 10m, 2h, or 0.")
    ] = "10m",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
    to: Annotated[
        Path | None, typer.Option("--output", "-o", help="With --dry-run: write the changes here, one JSON a line.")
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Send what hospitals should hold and do not, through every fault; stop at any moment and run it again.

    Ends with 0 when all is in step, 5 when rows remain, 4 when a hospital has stopped.

    Example: infusion-fhir push --hospital mercy --wait 30m
    """
    seconds = seconds_of(wait)
    if to is not None and not dry_run:
        raise errors.UsageError("IF-USE-27", "-o goes with --dry-run")
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation:
        names = _names(installation, hospital)
        finish(installation)
        if dry_run:
            _said_only([change for name in names for change in pushing.dry_run(installation, name)], to, as_json)
            return
        results = pushed(installation, names, seconds)
        with installation.database.read() as conn:
            own, waiting = problems.counts(conn)
    if as_json:
        made = {"problems": own, "waiting_for_records": waiting}
        output.data_json({"hospitals": [facts(one) for one in results], "requests": requests(results), **made})
    else:
        _say(results)
        for told in queue.without_documents(own, waiting):
            output.chatter(told)
    raise typer.Exit(exit_of(results))


def pushed(installation: Installation, names: list[str], wait: float) -> list[PushResult]:
    """Push with a bar for each hospital on standard error."""
    with installation.database.read() as conn:
        counts = {name: ledger.counts(conn, name) for name in names}
    totals = {name: sum(rows.get(state, 0) for state in _TO_DO) for name, rows in counts.items()}
    done = dict.fromkeys(names, 0)
    with output.progress() as report:
        for name in names:
            report(name, 0, totals[name])

        def told(name: str, _what: str, number: int) -> None:
            done[name] += number
            report(name, min(done[name], totals[name]), totals[name])

        return pushing.push(installation, names, wait, threading.Event(), told)


def finish(installation: Installation) -> None:
    """Make the documents that an import was stopped before making."""
    documents.finish_due(installation)


def exit_of(results: Sequence[PushResult]) -> errors.Exit:
    """4 when a hospital has stopped, 5 when rows remain, 0 when all is in step."""
    if any(one.stopped is not None for one in results):
        return errors.Exit.REMOTE
    return errors.Exit.OK if all(one.clean for one in results) else errors.Exit.PARTLY


def requests(results: Sequence[PushResult]) -> dict[str, int]:
    """How many requests were made: writing ones, and reading ones."""
    return {"write": sum(one.requests_write for one in results), "read": sum(one.requests_read for one in results)}


def facts(one: PushResult) -> dict[str, Any]:
    """One hospital's push for programs."""
    return {
        "hospital": one.hospital,
        "requests": {"write": one.requests_write, "read": one.requests_read},
        "outcomes": dict(sorted(one.counts.items())),
        "rows": {state.value: number for state, number in sorted(one.rows.items())},
        "stopped": one.stopped,
        "paused": one.paused,
        "clean": one.clean,
    }


def line(one: PushResult) -> str:
    """One hospital's push in one line."""
    rows = ", ".join(f"{one.rows[state]} {state}" for state in State if one.rows.get(state))
    sent = f"{one.requests_write} writing and {one.requests_read} reading requests"
    return f"{one.hospital}: {rows or 'nothing to send'} ({sent})"


def seconds_of(text: str) -> float:
    """A time as people write it: 90s, 10m, 2h."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise errors.UsageError("IF-USE-27", f"--wait {text}: write 90s, 10m, 2h, or 0")
    return float(found[1]) * _SECONDS[found[2]]


def _names(installation: Installation, hospital: str | None) -> list[str]:
    with installation.database.read() as conn:
        if hospital is not None:
            return [hospitals.get(conn, hospital).name]
        return [there.name for there in hospitals.every(conn)]


def _say(results: Sequence[PushResult]) -> None:
    if not results:
        output.chatter("No hospital yet. Add one: infusion-fhir hospital add NAME --url https://…")
    for one in results:
        output.data(line(one))
        if one.paused is not None:
            why = f" ({one.paused})" if one.paused else ""
            output.chatter(f"  paused: nothing is sent to {one.hospital}{why}")
            output.chatter(f"  go on with: infusion-fhir hospital resume {one.hospital}")
        if one.stopped is not None:
            output.chatter(f"  {one.hospital} has stopped: {one.stopped}")
            output.chatter(f"  when that is mended: infusion-fhir hospital resume {one.hospital}")
        elif not one.clean:
            output.chatter(f"  what waits, and for whom: infusion-fhir queue list --hospital {one.hospital}")


def _said_only(changes: Sequence[Change], to: Path | None, as_json: bool) -> None:
    """A dry run: what a push would do now."""
    rows = [
        {"hospital": c.hospital, "type": c.type, "id": c.id, "action": c.action, "why": c.why} for c in changes
    ]  # fmt: skip
    counts: dict[tuple[str, str, str], int] = {}
    for change in changes:
        key = (change.hospital, change.action, change.type)
        counts[key] = counts.get(key, 0) + 1
    if to is not None:
        to.write_bytes(b"".join(fhir_json.encode(row) + b"\n" for row in rows))
    if as_json:
        summary = [{"hospital": h, "action": a, "type": t, "count": n} for (h, a, t), n in sorted(counts.items())]
        output.data_json({"summary": summary, "changes": rows if to is None else str(to)})
        return
    output.table(["hospital", "action", "type", "count"], [[*key, number] for key, number in sorted(counts.items())])
    output.chatter("nothing was sent" + (f"; every change is in {to}" if to is not None else ""))
