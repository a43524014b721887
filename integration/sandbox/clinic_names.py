"""What a clinic's export names that a hospital has of its own: visits, staff and devices, each once and in order.

The export is read as it stands, before any check: what is not as it must be is passed over here, and told by import.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

Raw = Mapping[str, Any]
Visit = tuple[str, str]
"""Its kind (`session`, `assessment`, `follow-up`) and the clinic's id."""

_VISITS: Final = ("session", "assessment", "follow-up")


def visits(raw: Iterable[Raw]) -> dict[str, list[Visit]]:
    """The visits of each patient, by the clinic's id."""
    records = list(raw)
    plans = {str(one.get("id")): str(one.get("patient")) for one in records if one.get("kind") == "plan"}
    found: dict[str, dict[Visit, None]] = {}
    for one in records:
        patient, visit = _visit(one, plans)
        if visit[0] in _VISITS and visit[1]:
            found.setdefault(patient, {})[visit] = None
    return {patient: list(some) for patient, some in found.items()}


def _visit(record: Raw, plans: Mapping[str, str]) -> tuple[str, Visit]:
    if record.get("kind") == "session":
        return plans.get(str(record.get("plan")), ""), ("session", str(record.get("id", "")))
    kind, _, name = str(record.get("visit", "")).partition("/")
    return str(record.get("patient")), (kind, name)


def staff(raw: Iterable[Raw]) -> Sequence[str]:
    """The roles of those who worked at sessions or measured something."""
    return list(dict.fromkeys(role for one in raw for role in _roles(one)))


def _roles(record: Raw) -> Iterator[str]:
    members = record.get("staff")
    for member in members if isinstance(members, list) else ():
        if isinstance(member, dict) and isinstance(member.get("staff_role"), str):
            yield member["staff_role"]
    kind, _, role = str(record.get("performer", "")).partition("/")
    if kind == "staff-role" and role:
        yield role


def devices(raw: Iterable[Raw]) -> Sequence[str]:
    """The devices that measured something."""
    return list(dict.fromkeys(one["device"] for one in raw if isinstance(one.get("device"), str)))
