"""Hospitals as the store knows them: address, settings, what they declared, and whether they may be sent to now."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy import Row as SqlRow

from integration import errors
from integration.store import tables

T = tables.hospital


class HospitalState(StrEnum):
    """Whether anything is sent: `stopped` waits for the person whom the reason names."""

    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Hospital:
    """One EHR endpoint that we exchange with."""

    name: str
    url: str
    settings: Mapping[str, Any]
    capability: Mapping[str, Any]
    stopped_types: Mapping[str, str]
    state: HospitalState
    reason: str
    not_before: float
    fails: int
    oddities: int


def add(
    conn: Connection, name: str, url: str, settings: dict[str, Any], capability: dict[str, Any], now: float
) -> None:
    """Add a hospital; it is active, and nothing goes there before a patient is enrolled."""
    if find(conn, name) is not None:
        raise errors.UsageError("IF-USE-02", f"hospital {name} is there already")
    conn.execute(
        insert(T).values(
            name=name, url=url, settings=_json(settings), capability=_json(capability), stopped_types="{}",
            state=HospitalState.ACTIVE.value, reason="", not_before=0.0, fails=0, oddities=0, added_at=now,
        )
    )  # fmt: skip


def find(conn: Connection, name: str, *, lock: bool = False) -> Hospital | None:
    """A hospital by name, or None."""
    found = conn.execute(_NAMED_LOCKED if lock else _NAMED, {"hospital": name}).first()
    return None if found is None else _hospital(found)


_NAMED = select(T).where(T.c.name == bindparam("hospital"))
_NAMED_LOCKED = _NAMED.with_for_update()


def get(conn: Connection, name: str, *, lock: bool = False) -> Hospital:
    """A hospital by name; an unknown one is a usage error that lists those there are."""
    found = find(conn, name, lock=lock)
    if found is None:
        names = ", ".join(h.name for h in every(conn)) or "none yet"
        raise errors.UsageError("IF-USE-01", f"no hospital is called {name} (there are: {names})")
    return found


def every(conn: Connection) -> list[Hospital]:
    """All hospitals, by name."""
    return [_hospital(found) for found in conn.execute(select(T).order_by(T.c.name))]


def change(conn: Connection, name: str, **values: object) -> None:
    """Write some columns of a hospital; dicts become JSON."""
    written = {key: _json(value) if isinstance(value, dict) else value for key, value in values.items()}
    conn.execute(update(T).where(T.c.name == name).values(**written))


def stop(conn: Connection, name: str, reason: str) -> None:
    """Send nothing more to this hospital until a person resumes it."""
    change(conn, name, state=HospitalState.STOPPED.value, reason=reason)


def stop_type(conn: Connection, name: str, kind: str, reason: str) -> None:
    """Send nothing more of this resource type until a person resumes it."""
    there = get(conn, name, lock=True)
    change(conn, name, stopped_types={**there.stopped_types, kind: reason})


def went_well(conn: Connection, name: str) -> None:
    """The endpoint answered as it should: its faults are forgotten."""
    conn.execute(_WENT_WELL, {"hospital": name})


_WENT_WELL = (
    update(T)
    .where(T.c.name == bindparam("hospital"), (T.c.fails > 0) | (T.c.oddities > 0))
    .values(fails=0, oddities=0, not_before=0.0)
)


def failed(conn: Connection, name: str, *, not_before: float | None) -> None:
    """The endpoint has a fault: counted here, never charged to a record; all lanes wait until `not_before`."""
    values: dict[str, object] = {"fails": T.c.fails + 1}
    if not_before is not None:
        values["not_before"] = not_before
    conn.execute(update(T).where(T.c.name == name).values(**values))


def odd(conn: Connection, name: str) -> int:
    """An answer that was no FHIR at all (a login page, say); gives how many came in a row."""
    conn.execute(update(T).where(T.c.name == name).values(oddities=T.c.oddities + 1))
    return int(conn.scalar(select(T.c.oddities).where(T.c.name == name)) or 0)


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), sort_keys=True, separators=(",", ":"))


def _hospital(found: SqlRow[Any]) -> Hospital:
    return Hospital(
        found.name, found.url, json.loads(found.settings), json.loads(found.capability),
        json.loads(found.stopped_types), HospitalState(found.state), found.reason, found.not_before, found.fails,
        found.oddities,
    )  # fmt: skip
