"""`infusion-fhir queue`: what is not in step, why, and what a person may do about it."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer

from integration import bootstrap, errors
from integration.cli import hospital_options as of
from integration.cli import options, output, queue_reasons
from integration.cli.queue_reasons import Group
from integration.delivery import queue
from integration.delivery.queue import Waiting
from integration.installation import Installation
from integration.store import deliveries, hospitals, ledger, problems, resources
from integration.store.database import Connection
from integration.store.problems import Problem
from integration.store.rows import Key, State

_commands = typer.Typer(no_args_is_help=True, help="What is not in step, grouped by reason; retry and dismiss.")
_SHOWN: Final = 5
_FOR_A_PERSON: Final = frozenset({State.PARKED, State.HELD})

Keys = Annotated[
    list[str] | None, typer.Argument(help="Rows as TYPE/ID, as `queue list` names them.", metavar="[KEY]…")
]
Code = Annotated[str | None, typer.Option("--code", help="Every row with this reason, such as IF-DEL-01.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit trail.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_commands, name="queue")


@_commands.command("list")
def list_(
    hospital: of.MaybeHospital = None,
    every: Annotated[bool, typer.Option("--all", help="Name each row, and dismissed ones too.")] = False,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """List what is not in step, grouped by reason: how many, what to do next, and who must act.

    Example: infusion-fhir queue list --hospital mercy
    """
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation, installation.database.read() as conn:
        groups = groups_of(conn, hospital, installation.clock.now())
        records = problems.all_of_them(conn)
    if as_json:
        plain = [p.facts() | {"waits": p.waits} for p in records]
        output.data_json({"groups": [group.facts() for group in groups], "records": plain})
        return
    shown = [group for group in groups if every or group.state != State.DISMISSED]
    for line in said(shown, every):
        output.data(line)
    for line in _records_said(records):
        output.data(line)
    if not shown and not records:
        output.data("everything is in step")


def groups_of(conn: Connection, hospital: str | None, now: float) -> list[Group]:
    """What is not in step, by reason."""
    known = {there.name: there for there in hospitals.every(conn)}
    if hospital is not None:
        hospitals.get(conn, hospital)
    return queue_reasons.grouped(queue.entries(conn, hospital), known, now)


def said(groups: Sequence[Group], every: bool = False) -> list[str]:
    """The groups as a person reads them."""
    lines = []
    for group in groups:
        lines.append(f"{group.hospital}  {len(group.rows)} {group.state}  {group.reason}: {group.title}")
        lines.append(f"    next: {group.next_step}")
        lines.append(f"    who:  {group.who}")
        if every or State(group.state) in _FOR_A_PERSON:
            shown = group.rows if every else group.rows[:_SHOWN]
            lines.extend(f"    {_named(one)}" for one in shown)
            if len(shown) < len(group.rows):
                lines.append(f"    … and {len(group.rows) - len(shown)} more (--all names them)")
    return lines


@_commands.command()
def show(
    key: Annotated[str, typer.Argument(help="A row as TYPE/ID.")],
    hospital: of.MaybeHospital = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Show one row: what it waits for, and every request that carried it.

    Example: infusion-fhir queue show Observation/3f0c… --hospital mercy
    """
    wanted = _key(key)
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation, installation.database.read() as conn:
        found = [_row_page(conn, one) for one in _of_key(conn, hospital, wanted)]
    if not found:
        raise errors.UsageError("IF-USE-24", f"no hospital has a row for {key}")
    if as_json:
        output.data_json(found)
        return
    for page in found:
        for name, value in page.items():
            if name != "tries" and value not in (None, "", []):
                output.data(f"{name + ':':<14}{', '.join(value) if isinstance(value, list) else value}")
        output.table(["request", "began", "how", "status", "outcome", "version there"], page["tries"])


@_commands.command()
def retry(
    keys: Keys = None,
    hospital: of.MaybeHospital = None,
    code: Code = None,
    reason: Reason = "",
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Let parked, held or dismissed rows be sent again; held ones need a reason.

    Example: infusion-fhir queue retry --hospital mercy --code IF-DEL-01
    """
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation:
        done = again(installation, hospital, keys or [], code, reason)
    _told(done, "to be sent again", as_json)
    if not as_json:
        output.chatter("next: infusion-fhir push")


@_commands.command()
def dismiss(
    keys: Keys = None,
    hospital: of.MaybeHospital = None,
    code: Code = None,
    reason: Reason = "",
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Do not send these rows, with a reason, until their record changes.

    Example: infusion-fhir queue dismiss Observation/3f0c… --hospital mercy --reason "entered twice"
    """
    with bootstrap.open_installation(bootstrap.home_folder(home)) as installation:
        done = []
        with installation.database.write() as conn:
            for name, key in _chosen(conn, hospital, keys or [], code):
                now = installation.clock.now()
                queue.dismiss(conn, name, key, actor=installation.actor, reason=reason, now=now)
                done.append((name, key))
    _told(done, "dismissed", as_json)


def again(
    installation: Installation, hospital: str | None, keys: Sequence[str], code: str | None, reason: str
) -> list[tuple[str, Key]]:
    """Let the rows be sent again that are named, or all of a reason."""
    done = []
    with installation.database.write() as conn:
        for name, key in _chosen(conn, hospital, keys, code):
            now = installation.clock.now()
            queue.retry(conn, name, key, actor=installation.actor, reason=reason, now=now)
            done.append((name, key))
    return done


def _chosen(
    conn: Connection, hospital: str | None, keys: Sequence[str], code: str | None
) -> list[tuple[str, Key]]:  # fmt: skip
    """The rows that are meant, each with its hospital."""
    if bool(keys) == (code is not None):
        raise errors.UsageError("IF-USE-24", "name rows as TYPE/ID, or give --code, not both")
    if hospital is not None:
        hospitals.get(conn, hospital)
    if code is not None:
        waiting = [one for group in groups_of(conn, hospital, 0.0) if code == group.reason for one in group.rows]
        found = [(one.hospital, one.row.key) for one in waiting]
        if not found:
            raise errors.UsageError("IF-USE-24", f"no row has the reason {code}")
        return found
    return [_one_hospital(conn, hospital, _key(key)) for key in keys]


def _one_hospital(conn: Connection, hospital: str | None, key: Key) -> tuple[str, Key]:
    names = [hospital] if hospital is not None else sorted(ledger.of_resource(conn, key))
    if len(names) != 1:
        where = f"rows at {', '.join(names)}: add --hospital" if names else "no row"
        raise errors.UsageError("IF-USE-24", f"{key[0]}/{key[1]} has {where}")
    return names[0], key


def _of_key(conn: Connection, hospital: str | None, key: Key) -> list[Waiting]:
    there = deliveries.rows_of(conn, [key]).get(key, [])
    return [Waiting(at.hospital, "", at.row, at.waits_for) for at in there if hospital in (None, at.hospital)]


def _row_page(conn: Connection, one: Waiting) -> dict[str, Any]:
    known = resources.get(conn, one.row.type, one.row.id)
    record = "" if known is None else f"{known.record_kind} {known.record_id}"
    wrong = [] if known is None else problems.of_record(conn, known.record_kind, known.record_id)
    tries = [t for t in deliveries.tries_of(conn, [one.row.key]).get(one.row.key, []) if t.hospital == one.hospital]
    reason, title, next_step, who = queue_reasons.words(conn, one)
    return {
        "row": queue_reasons.key_of(one),
        "hospital": one.hospital,
        "record": record,
        "state": one.row.state.value,
        "reason": f"{reason}: {title}" if one.row.state is not State.CLEAN else None,
        "detail": one.row.detail,
        "decided by": one.row.actor,
        "waits for": [f"{kind}/{identity}" for kind, identity in one.waits_for],
        "there": None if one.row.remote_id is None else f"{one.row.remote_id} version {one.row.remote_version or '-'}",
        "problems": [f"{p.code} {p.element}: {p.fix}" for p in wrong],
        "next": next_step if one.row.state is not State.CLEAN else None,
        "who": who.value if one.row.state is not State.CLEAN else None,
        "tries": [
            [
                str(t.attempt),
                str(output.utc(t.begin)),
                f"{t.write} ({t.bundle})",
                t.status or str(t.http_status or "-"),
                (t.outcome or "-") + (" (open)" if t.open else ""),
                t.remote_version or "-",
            ]
            for t in tries
        ],
    }


def without_documents(own: int, waiting: int) -> list[str]:
    """How many records have no documents, and where they are named; nothing when there are none."""
    if not own and not waiting:
        return []
    says = f"{own} records cannot be made into documents, {waiting} wait for another record"
    return [f"{says}: infusion-fhir queue list"]


def _records_said(found: Sequence[Problem]) -> list[str]:
    if not found:
        return []
    lines = [f"records without documents: {len({(p.kind, p.id) for p in found})}"]
    for problem in found[: _SHOWN * 2]:
        what = f"{problem.name}, {problem.element}: {problem.code} {problem.rule}; {problem.fix}"
        lines.append(f"    {what}")
    return lines


def _named(one: Waiting) -> str:
    detail = f"  {one.row.detail}" if one.row.detail else ""
    return f"{queue_reasons.key_of(one)}  ({one.row.identifier.rpartition('|')[2]}){detail}"


def _key(text: str) -> Key:
    kind, _, identity = text.partition("/")
    if not kind or not identity:
        raise errors.UsageError("IF-USE-24", f"{text}: a row is named TYPE/ID")
    return kind, identity


def _told(done: Sequence[tuple[str, Key]], what: str, as_json: bool) -> None:
    if as_json:
        output.data_json([{"hospital": name, "type": key[0], "id": key[1]} for name, key in done])
        return
    output.data(f"{len(done)} {what}")
