"""`infusion-fhir status`: how far everything is, and what needs a person."""

from typing import Any

import typer

from integration import bootstrap
from integration.cli import hospital_options as of
from integration.cli import options, output, queue
from integration.delivery import owner
from integration.store import enrolments, findings, hospitals, lanes, ledger, problems, records
from integration.store.database import Connection
from integration.store.hospitals import Hospital
from integration.store.rows import State


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(hospital: of.MaybeHospital = None, home: options.Home = None, as_json: options.Json = False) -> None:
    """Say what is stored, how far each hospital is in step, and what waits for whom.

    Example: infusion-fhir status
    """
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation, installation.database.read() as conn:
        now = installation.clock.now()
        chosen = hospitals.every(conn) if hospital is None else [hospitals.get(conn, hospital)]
        own, waiting = problems.counts(conn)
        stored: dict[str, Any] = {
            "clinic": installation.clinic.name,
            "home": str(installation.home),
            "test_data": records.has_test(conn),
            "records": records.counts(conn),
            "documents_to_make": records.count_due(conn),
            "problems": own,
            "waiting_for_records": waiting,
            "findings": findings.counts(conn),
        }
        there = [_hospital(conn, one) for one in chosen]
        groups = queue.groups_of(conn, hospital, now)
    if as_json:
        waits = [{k: v for k, v in group.facts().items() if k != "rows"} for group in groups]
        output.data_json({**stored, "hospitals": there, "waiting": waits})
        return
    _say(stored, there)
    for line in queue.said([group for group in groups if group.state != State.DISMISSED]):
        output.data(line)


def _hospital(conn: Connection, one: Hospital) -> dict[str, Any]:
    rows = ledger.counts(conn, one.name)
    return {
        "hospital": one.name,
        "state": one.state.value,
        "reason": one.reason,
        "stopped_types": dict(one.stopped_types),
        "patients": len(enrolments.enrolled(conn, one.name)),
        "rows": {state.value: rows[state] for state in State if rows.get(state)},
        "next_due": output.utc(lanes.next_due(conn, one.name, is_dead=owner.is_dead)),
        "not_before": output.utc(one.not_before) if one.not_before else None,
    }


def _say(stored: dict[str, Any], there: list[dict[str, Any]]) -> None:
    test = "  TEST DATA" if stored["test_data"] else ""
    output.data(f"{stored['clinic']} ({stored['home']}){test}")
    output.data("records: " + (", ".join(f"{n} {kind}" for kind, n in stored["records"].items()) or "none yet"))
    if stored["documents_to_make"]:
        output.data(f"{stored['documents_to_make']} records are to be made into documents (the next push does it)")
    for line in queue.without_documents(stored["problems"], stored["waiting_for_records"]):
        output.data(line)
    if stored["findings"]:
        output.data("findings: " + ", ".join(f"{n} {grade}" for grade, n in stored["findings"].items()))
    for one in there:
        rows = ", ".join(f"{n} {state}" for state, n in one["rows"].items()) or "nothing to send"
        state = one["state"] + (f" ({one['reason']})" if one["reason"] else "")
        output.data(f"{one['hospital']}: {state}; {one['patients']} patients; {rows}")
    if not there:
        output.chatter("No hospital yet. Add one: infusion-fhir hospital add NAME --url https://…")
