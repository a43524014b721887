"""`infusion-fhir hospital`: the EHRs that we exchange with; added, set, shown, paused, resumed, verified."""

from typing import Annotated, Any, Final

import typer

from integration import bootstrap
from integration.audit import hospital_verify
from integration.audit.hospital_holdings import Desk
from integration.cli import hospital_options as of
from integration.cli import hospital_page, options, output, verify_page
from integration.delivery import admission
from integration.hospital.capability import Capability
from integration.hospital.settings import Settings
from integration.installation import Installation
from integration.store import enrolments, events, hospitals, ledger
from integration.store.rows import State

_READING: Final = 60.0  # seconds

_commands = typer.Typer(no_args_is_help=True, help="The hospitals that we exchange with.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_commands, name="hospital")


@_commands.command()
def add(
    name: of.Name,
    url: Annotated[str, typer.Option("--url", help="The FHIR base address, https://…", show_default=False)],
    auth: of.Auth = None,
    username: of.Username = None,
    secret_file: of.SecretFile = None,
    secret_env: of.SecretEnv = None,
    patients: of.Patients = None,
    rung: of.Rung = None,
    bundle: of.Bundle = None,
    deadline: of.Deadline = None,
    wait: of.Wait = None,
    commit_delay: of.CommitDelay = None,
    index_lag: of.IndexLag = None,
    bundle_size: of.BundleSize = None,
    in_flight: of.InFlight = None,
    if_match: of.IfMatch = None,
    busy_means_not_done: of.Busy = None,
    rewrite_links: of.RewriteLinks = None,
    updates: of.Updates = None,
    projection: of.Projection = None,
    codes: of.Codes = None,
    statuses: of.Statuses = None,
    ca_bundle: of.CaBundle = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Read what a hospital's server can take, and write it down. Nothing is sent: enrol patients first.

    Example: infusion-fhir hospital add mercy --url https://fhir.mercy.example/r4 --auth bearer --secret-env MERCY_TOKEN
    """
    settings = admission.settings_from(of.given(_settings(locals())))
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation:
        there = admission.add(installation, name, url, settings)
        page = hospital_page.facts(there, installation.base)
    if as_json:
        output.data_json(page)
        return
    for line in hospital_page.short(page):
        output.data(line)
    output.chatter(f"\nall of it, for hospital IT: infusion-fhir hospital show {name}")
    output.chatter(f"nothing is sent yet; next: infusion-fhir enrol --hospital {name} --patient ID")


@_commands.command("set")
def set_(
    name: of.Name,
    url: Annotated[str | None, typer.Option("--url", help="A new base address.", show_default=False)] = None,
    auth: of.Auth = None,
    username: of.Username = None,
    secret_file: of.SecretFile = None,
    secret_env: of.SecretEnv = None,
    patients: of.Patients = None,
    rung: of.Rung = None,
    bundle: of.Bundle = None,
    deadline: of.Deadline = None,
    wait: of.Wait = None,
    commit_delay: of.CommitDelay = None,
    index_lag: of.IndexLag = None,
    bundle_size: of.BundleSize = None,
    in_flight: of.InFlight = None,
    if_match: of.IfMatch = None,
    busy_means_not_done: of.Busy = None,
    rewrite_links: of.RewriteLinks = None,
    updates: of.Updates = None,
    projection: of.Projection = None,
    codes: of.Codes = None,
    statuses: of.Statuses = None,
    ca_bundle: of.CaBundle = None,
    metadata: Annotated[bool, typer.Option("--metadata", help="Read what the server declares again.")] = False,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Change settings of a hospital; a new address or new credentials are tried first.

    Example: infusion-fhir hospital set mercy --wait 300 --index-lag 60
    """
    given = of.given(_settings(locals()))
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation:
        changes = admission.change(installation, name, given, url=url, read_again=metadata)
        with installation.database.read() as conn:
            settings = Settings.model_validate(hospitals.get(conn, name).settings)
            unseen = hospital_page.lost_unseen(settings, countable=ledger.counts_versions(conn, name))
    if as_json:
        output.data_json(
            {
                "hospital": name,
                "changed": [{"setting": c.name, "from": _said(c.before), "to": _said(c.after)} for c in changes],
                "lost_unseen": unseen,
            }
        )
        return
    for change in changes:
        output.data(f"{change.name}: {_said(change.before)} -> {_said(change.after)}")
    if not changes:
        output.data("nothing changed")
    if unseen:
        output.data(f"{name}: {unseen}")


@_commands.command("list")
def list_(home: options.Home = None, as_json: options.Json = False) -> None:
    """List the hospitals with their state, and how far they are in step."""
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation, installation.database.read() as conn:
        found: list[dict[str, Any]] = []
        for there in hospitals.every(conn):
            rows = ledger.counts(conn, there.name)
            found.append(
                {
                    "hospital": there.name,
                    "url": there.url,
                    "state": there.state.value,
                    "reason": there.reason,
                    "stopped_types": sorted(there.stopped_types),
                    "patients": len(enrolments.enrolled(conn, there.name)),
                    "rows": {state.value: rows[state] for state in State if rows.get(state)},
                }
            )
    if as_json:
        output.data_json(found)
        return
    if not found:
        output.chatter("No hospital yet. Add one: infusion-fhir hospital add NAME --url https://…")
        return
    output.table(
        ["hospital", "state", "patients", "in step", "not yet", "address"],
        [
            [h["hospital"], h["state"], h["patients"], h["rows"].get("clean", 0), _not_yet(h["rows"]), h["url"]]
            for h in found
        ],
    )


@_commands.command()
def show(name: of.Name, home: options.Home = None, as_json: options.Json = False) -> None:
    """Print one page for the hospital's IT: address, permissions, types, codes, waits, and what is not sent."""
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation:
        with installation.database.read() as conn:
            there = hospitals.get(conn, name)
            countable = ledger.counts_versions(conn, name)
        page = hospital_page.facts(there, installation.base, countable=countable)
    if as_json:
        output.data_json(page)
        return
    for line in hospital_page.text(page):
        output.data(line)


@_commands.command()
def pause(
    name: of.Name,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the audit trail.")] = "",
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Send nothing more to a hospital until it is resumed. What waits is kept."""
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation:
        admission.pause(installation, name, reason)
    if as_json:
        output.data_json({"hospital": name, "state": "paused"})
    else:
        output.data(f"{name} is paused. Go on with: infusion-fhir hospital resume {name}")


@_commands.command()
def resume(name: of.Name, home: options.Home = None, as_json: options.Json = False) -> None:
    """Go on sending to a hospital that was paused or has stopped, stopped resource types included."""
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation:
        before = admission.resume(installation, name)
    if as_json:
        output.data_json({"hospital": name, "state": "active", "was": before.state.value})
        return
    again = "".join(f", {kind} again" for kind in sorted(before.stopped_types))
    output.data(f"{name} was {before.state.value} and is active{again}. Next: infusion-fhir push --hospital {name}")


@_commands.command()
def verify(name: of.Name, home: options.Home = None, as_json: options.Json = False) -> None:
    """Read what a hospital holds by our identifiers, and compare it with what it should hold.

    Ends with 1 if anything is missing, twice, different or unexpected; 5 if rows are only outstanding; else 0.
    """
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation:
        verdict = judged(installation, name)
    if as_json:
        output.data_json(verify_page.facts(verdict))
    else:
        for line in verify_page.text(verdict):
            output.data(line)
    raise typer.Exit(verdict.exit)


def judged(installation: Installation, name: str) -> hospital_verify.Verdict:
    """Let the judge look at a hospital, with a bar on standard error; what it found is an event."""
    with installation.database.read() as conn:
        there = hospitals.get(conn, name)
        rows = sum(ledger.counts(conn, name).values())
    settings = Settings.model_validate(there.settings)
    # The deadline is for what is written; what is only read may take its time on a large server.
    settings = settings.model_copy(update={"deadline": max(settings.deadline, _READING)})
    read = 0
    with output.progress() as report, admission.open_reader(installation, name, there.url, settings) as client:

        def told(number: int) -> None:
            nonlocal read
            read += number
            report(f"reading {name}", read, max(rows * 2, read))

        desk = Desk(client, Capability.from_json(there.capability), installation.base, told)
        verdict = hospital_verify.verify(installation.database, name, desk)
    with installation.database.write() as conn:
        body = verify_page.counts(verdict)
        events.append(conn, "verified", installation.actor, body, hospital=name, at=installation.clock.now())
    return verdict


def _settings(options_given: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options_given.items() if key in Settings.model_fields}


def _not_yet(rows: dict[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in rows.items() if state != "clean") or "-"


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
