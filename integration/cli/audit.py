"""`infusion-fhir audit verify`: has anything been changed, in the audit trail or in what it vouches for?"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from fhir_profiles import fhir_json
from integration import bootstrap, error_codes, errors
from integration.audit import chain, contents
from integration.audit.chain import Break, Verdict
from integration.audit.contents import Contents
from integration.cli import init, options, output
from integration.store.events import Checkpoint

UNUSABLE: Final = "IF-USE-15"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    noun = typer.Typer(help="Check the audit trail.", no_args_is_help=True)
    noun.command()(verify)
    app.add_typer(noun, name="audit")


def verify(
    public_key: Annotated[
        Path | None, typer.Option("--public-key", help="The clinic's public audit key, as an auditor was given it.")
    ] = None,
    kept: Annotated[
        Path | None, typer.Option("--kept", help="Checkpoints kept elsewhere: a file with one JSON object a line.")
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Check every event, seal and checkpoint, and everything stored against them; no hospital is asked.

    Nothing is written. Example: infusion-fhir audit verify --kept checkpoints.ndjson
    """
    folder = bootstrap.home_folder(home)
    with bootstrap.open_installation(folder, seals=False) as clinic:
        public = _public(public_key or folder / init.PUBLIC_KEY)
        marks = _kept(kept, clinic.clinic.installation) if kept is not None else []
        with clinic.database.read() as conn, output.progress() as report:
            found = chain.verify(conn, public, marks)
            stored = contents.verify(conn, report)
    if as_json:
        output.data_json(_plain(found, stored))
    else:
        _say_contents(stored)
        _say(found)
    if not (found.intact and stored.intact):
        raise typer.Exit(errors.Exit.PROBLEMS)


def _say(found: Verdict) -> None:
    for fault in found.faults:
        code = "IF-AUD-02" if fault.kind is Break.SIGNATURE else "IF-AUD-01"
        output.data(f"{code} seal {fault.position}: {fault.says}")
    if found.fault_count > len(found.faults):
        output.data(f"… and {found.fault_count - len(found.faults)} more")
    verdict = "unbroken" if found.intact else "BROKEN"
    counts = f"{found.sealed} sealed events, {found.unsealed} not sealed yet, {found.checkpoints} checkpoints"
    output.data(f"{counts}: {verdict}")
    last = found.last_checkpoint
    if last is not None:
        output.data(f"last checkpoint: {last.position} events, hash {last.hash}")
        output.chatter("keep this line elsewhere: against it a trail that was cut off shows (--json prints it whole)")


def _say_contents(stored: Contents) -> None:
    for fault in stored.faults:
        output.data(f"{fault.code} {fault.what}: {fault.says}")
    if stored.fault_count > len(stored.faults):
        output.data(f"… and {stored.fault_count - len(stored.faults)} more")
    for code in sorted({fault.code for fault in stored.faults}):
        known = error_codes.explanations()[code]
        output.data(f"  {code} {known.title}; next: {known.next_step} (who must act: {known.who.value})")
    told = {"record": "record versions", "resource_history": "document versions", "attempt": "requests"}
    counts = ", ".join(f"{stored.compared[table]} {name}" for table, name in told.items())
    verdict = "as they were sealed" if stored.intact else f"{stored.fault_count} NOT AS SEALED"
    output.data(f"{counts}: {verdict}")


def _plain(found: Verdict, stored: Contents) -> dict[str, Any]:
    last = found.last_checkpoint
    return {
        "intact": found.intact and stored.intact,
        "sealed": found.sealed,
        "unsealed": found.unsealed,
        "checkpoints": found.checkpoints,
        "last_checkpoint": None if last is None else {**asdict(last), "at": repr(last.at)},
        "faults": [asdict(fault) for fault in found.faults],
        "fault_count": found.fault_count,
        "contents": {
            "intact": stored.intact,
            "compared": stored.compared,
            "findings_compared": stored.findings_compared,
            "faults": [{**asdict(fault), "code": fault.code.value} for fault in stored.faults],
            "fault_count": stored.fault_count,
        },
    }


def _public(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        raise errors.UsageError(UNUSABLE, "the public key cannot be read", where=str(path)) from None
    return key


def _kept(path: Path, installation: str) -> list[Checkpoint]:
    """Read checkpoints that somebody kept: what `audit verify --json` prints as last_checkpoint, one a line."""
    try:
        lines = [line for line in path.read_bytes().splitlines() if line.strip()]
        return [_checkpoint(fhir_json.loads(line), installation) for line in lines]
    except (OSError, ValueError, KeyError, TypeError):
        raise errors.UsageError(UNUSABLE, "the kept checkpoints cannot be read", where=str(path)) from None


def _checkpoint(kept: dict[str, Any], installation: str) -> Checkpoint:
    kept = kept.get("last_checkpoint", kept)
    its = str(kept.get("installation", installation))
    return Checkpoint(its, int(kept["position"]), str(kept["hash"]), float(kept["at"]), str(kept["signature"]))
