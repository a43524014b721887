"""Adding a hospital and changing how it is dealt with: what is checked and asked before anything may go there."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pydantic

from integration import errors
from integration.hospital import asking_again, capability, replies, searching, url_guard
from integration.hospital import client as clients
from integration.hospital import settings as hospital_settings
from integration.hospital.capability import Capability
from integration.hospital.client import Answer, HospitalClient
from integration.hospital.settings import Settings
from integration.installation import Installation
from integration.store import enrolments, events, hospitals, lanes, ledger, records
from integration.store.database import Connection
from integration.store.hospitals import Hospital, HospitalState
from integration.store.rows import State
from mappings import registry

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
DECLARED: Final = "declared"
_UNAUTHORIZED: Final = 401
_RENDERED_AGAIN_AFTER: Final = frozenset({"codes", "statuses"})
_ASKED_AGAIN_AFTER: Final = frozenset({"auth", "username", "secret_file", "secret_env", "ca_bundle"})


@dataclass(frozen=True, slots=True)
class Change:
    """One setting before and after."""

    name: str
    before: Any
    after: Any


def settings_from(given: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> Settings:
    """Settings from what was given on top of what held before; what may not be is refused with every reason.

    The value `declared` takes a setting back: then what the hospital declares counts.
    """
    merged = {**_without_replaced(before or {}, given), **given}
    try:
        made = Settings.model_validate({key: value for key, value in merged.items() if value != DECLARED})
    except pydantic.ValidationError as wrong:
        said = [f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in wrong.errors(include_input=False)]
        raise errors.UsageError("IF-USE-22", "; ".join(said)) from None
    if made.secret_file is not None:
        made = made.model_copy(update={"secret_file": made.secret_file.expanduser().absolute()})
    if made.ca_bundle is not None:
        made = made.model_copy(update={"ca_bundle": made.ca_bundle.expanduser().absolute()})
    wrong_with_it = hospital_settings.problems(made)
    if wrong_with_it:
        raise errors.UsageError("IF-USE-22", "; ".join(wrong_with_it))
    return made


def _without_replaced(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Credentials that other credentials replace are forgotten."""
    replaced: set[str] = set()
    if given.get("auth") == "none":
        replaced = {"username", "secret_file", "secret_env"}
    elif given.get("auth") == "bearer":
        replaced = {"username"}
    if {"secret_file", "secret_env"} & given.keys():
        replaced |= {"secret_file", "secret_env"}
    return {key: value for key, value in before.items() if key not in replaced}


def add(
    installation: Installation, name: str, url: str, settings: Settings, environ: Mapping[str, str] = os.environ
) -> Hospital:
    """Read what the hospital declares and write it down; nothing goes there before a patient is enrolled."""
    if not _NAME.fullmatch(name):
        says = f"{name!r}: a hospital's name is of a-z, 0-9, - and _, and begins with a letter or digit"
        raise errors.UsageError("IF-USE-21", says)
    base = url_guard.parse_base(url)
    with installation.database.read() as conn:
        _refuse_taken(conn, name)
        refuse_pretend_data(conn, base)
    declared = _asked(installation, name, base.url, settings, environ)
    now = installation.clock.now()
    with installation.database.write() as conn:
        refuse_pretend_data(conn, base)
        hospitals.add(conn, name, base.url, settings.model_dump(mode="json"), declared.to_json(), now)
        body = {"url": base.url, "settings": _public(settings), "fhir": declared.fhir_version}
        events.append(conn, "hospital-added", installation.actor, body, hospital=name, at=now)
        return hospitals.get(conn, name)


def change(
    installation: Installation,
    name: str,
    given: Mapping[str, Any],
    *,
    url: str | None = None,
    read_again: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> list[Change]:
    """Change settings of a hospital; a new address or new credentials are tried first, by reading `/metadata`."""
    with installation.database.read() as conn:
        there = hospitals.get(conn, name)
        new = settings_from(given, there.settings)
        base = url_guard.parse_base(url or there.url)
        refuse_pretend_data(conn, base)
        _refuse_other_patients(conn, there, new)
    changes = _changes(there, new, base.url)
    declared: dict[str, Any] = dict(there.capability)
    if read_again or base.url != there.url or any(c.name in _ASKED_AGAIN_AFTER for c in changes):
        declared = _asked(installation, name, base.url, new, environ).to_json()
        if declared != dict(there.capability):
            changes.append(Change("capability", "as declared before", "as declared now"))
    now = installation.clock.now()
    with installation.database.write() as conn:
        refuse_pretend_data(conn, base)
        _refuse_other_patients(conn, there, new)
        hospitals.change(conn, name, url=base.url, settings=new.model_dump(mode="json"), capability=declared)
        if any(change.name in _RENDERED_AGAIN_AFTER for change in changes):
            enrolments.want_again(conn, name, now)
        _wake(conn, name, now)
        body = {"changed": {c.name: [c.before, c.after] for c in changes if c.name != "capability"}}
        events.append(conn, "hospital-changed", installation.actor, body, hospital=name, at=now)
    return changes


def pause(installation: Installation, name: str, reason: str) -> None:
    """Send nothing more to a hospital until somebody resumes it; requests that are out are still settled."""
    now = installation.clock.now()
    with installation.database.write() as conn:
        hospitals.get(conn, name, lock=True)
        hospitals.change(conn, name, state=HospitalState.PAUSED.value, reason=reason)
        events.append(conn, "hospital-paused", installation.actor, {"reason": reason}, hospital=name, at=now)


def resume(installation: Installation, name: str) -> Hospital:
    """Go on sending, to stopped resource types as well; gives the hospital as it was before."""
    now = installation.clock.now()
    with installation.database.write() as conn:
        before = hospitals.get(conn, name, lock=True)
        hospitals.change(
            conn,
            name,
            state=HospitalState.ACTIVE.value,
            reason="",
            stopped_types={},
            not_before=0.0,
            fails=0,
            oddities=0,
        )
        was = {"state": before.state.value, "reason": before.reason, "types": dict(before.stopped_types)}
        events.append(conn, "hospital-resumed", installation.actor, {"was": was}, hospital=name, at=now)
    return before


def refuse_pretend_data(conn: Connection, base: url_guard.Base) -> None:
    """A home that holds pretend records talks to hospitals on this machine only."""
    if not base.is_loopback and records.has_test(conn):
        says = "this home holds pretend records (test: true), and the hospital is not on this machine"
        raise errors.UsageError("IF-LNK-01", says, next_step="use another home for real hospitals")


def beyond_this_machine(conn: Connection) -> list[str]:
    """The hospitals that are not on this machine: with any of them, pretend records may not be imported."""
    return [there.name for there in hospitals.every(conn) if not url_guard.parse_base(there.url).is_loopback]


def open_client(
    installation: Installation, name: str, url: str, settings: Settings, environ: Mapping[str, str] = os.environ
) -> HospitalClient:
    """The HTTP client for one address with these settings."""
    return clients.open_client(name, url, settings, installation.clock.boot, environ=environ)


def open_reader(installation: Installation, name: str, url: str, settings: Settings) -> HospitalClient:
    """The HTTP client for long reading: where the hospital is busy it waits and asks again."""
    boot = installation.clock.boot
    return clients.open_client(name, url, settings, boot, environ=os.environ, kind=asking_again.UnhurriedClient)


def _refuse_taken(conn: Connection, name: str) -> None:
    if hospitals.find(conn, name) is not None:
        raise errors.UsageError("IF-USE-02", f"hospital {name} is there already")


def _refuse_other_patients(conn: Connection, there: Hospital, new: Settings) -> None:
    """Linked patients and created ones are different people to a hospital: no way from one to the other.

    Nor from whole documents to parts of them: what is there already would have to be taken back.
    """
    before = Settings.model_validate(there.settings)
    for name in ("patients", "projection"):
        was = getattr(before, name)
        if getattr(new, name) != was and enrolments.enrolled(conn, there.name):
            says = f"patients are enrolled at {there.name} already, and {name} = {was} there"
            raise errors.UsageError("IF-USE-23", says)


def _asked(
    installation: Installation, name: str, url: str, settings: Settings, environ: Mapping[str, str]
) -> Capability:
    """What the hospital declares; and whether it takes our credentials, since many give `/metadata` to everybody."""
    with open_client(installation, name, url, settings, environ) as client:
        declared = capability.read(client)
        searchable = sorted(
            kind for kind in registry.MADE if kind in declared.types and declared.types[kind].is_searchable
        )
        if settings.auth != "none" and searchable:
            nobody = f"{installation.base.system('session')}|nobody"
            answer = client.send(searching.request(searchable[0], {"identifier": nobody, "_count": "1"}))
            if not isinstance(answer, Answer) or answer.status == _UNAUTHORIZED:
                replies.expect_ok(name, answer, "a search")
        return declared


def _changes(there: Hospital, new: Settings, url: str) -> list[Change]:
    before = Settings.model_validate(there.settings).model_dump(mode="json")
    after = new.model_dump(mode="json")
    changed = [Change(key, before[key], after[key]) for key in after if before[key] != after[key]]
    return [*([Change("url", there.url, url)] if url != there.url else []), *changed]


def _wake(conn: Connection, name: str, now: float) -> None:
    """What could not go under the old circumstances is looked at again."""
    waiting = {lane for _, lane, _row in ledger.listing(conn, name, (State.DIRTY, State.UNKNOWN))}
    lanes.touch(conn, name, waiting, now)


def _public(settings: Settings) -> dict[str, Any]:
    """Settings as they stand in an event; they name where a secret is, never the secret."""
    return {key: _exact(value) for key, value in settings.model_dump(mode="json").items() if value is not None}


def _exact(value: Any) -> Any:
    return repr(value) if isinstance(value, float) else value
