"""Why rows are not in step, in words: one line a reason, with what to do next and who must act."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from integration import error_codes
from integration.delivery.queue import Waiting
from integration.errors import Explanation, Who
from integration.store import hospitals, rows
from integration.store.database import Connection
from integration.store.hospitals import Hospital, HospitalState
from integration.store.rows import State

_CODES: Final = {rows.NOT_LINKED: "IF-LNK-06", rows.LINK_MISMATCH: "IF-LNK-05"}
_DUE: Final = ("due", "to be sent", "infusion-fhir push", Who.OPERATOR)
_LATER: Final = ("later", "the hospital asked us to wait, or does not answer", "infusion-fhir push", Who.HOSPITAL_IT)
_OUT: Final = ("answer outstanding", "a request is out and its fate not known", "infusion-fhir push", Who.OPERATOR)
_AFTER: Final = ("waits", "what it refers to is not there yet", "look at what it waits for", Who.CLINIC)
_PAUSED: Final = ("paused", "the hospital is paused", "infusion-fhir hospital resume", Who.OPERATOR)
_DISMISSED: Final = {
    rows.UNENROLLED: ("unenrolled", "its patient is not enrolled any more", "infusion-fhir enrol", Who.CLINIC),
    "dismissed": ("dismissed", "a person decided that it is not sent", "infusion-fhir queue retry", Who.CLINIC),
}

_NOT_TAKEN: Final = ("the hospital does not take it", "infusion-fhir hospital show", Who.HOSPITAL_IT)

_Words = tuple[str, str, str, Who]


@dataclass(slots=True)
class Group:
    """Rows of one hospital that wait for the same reason."""

    hospital: str
    state: str
    reason: str
    title: str
    next_step: str
    who: str
    rows: list[Waiting] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """The group for programs."""
        return {
            "hospital": self.hospital,
            "state": self.state,
            "reason": self.reason,
            "title": self.title,
            "next": self.next_step,
            "who": self.who,
            "count": len(self.rows),
            "rows": [row_facts(one) for one in self.rows],
        }


def grouped(waiting: Iterable[Waiting], known: Mapping[str, Hospital], now: float) -> list[Group]:
    """Group what waits, by hospital, state and reason; what needs a person comes first."""
    groups: dict[tuple[str, str, str], Group] = {}
    for one in waiting:
        reason, title, next_step, who = _words(one, known[one.hospital], now)
        key = (one.hospital, one.row.state.value, reason)
        if key not in groups:
            groups[key] = Group(one.hospital, one.row.state.value, reason, title, next_step, who.value)
        groups[key].rows.append(one)
    order = {State.PARKED: 0, State.HELD: 1, State.DIRTY: 2, State.UNKNOWN: 3, State.DISMISSED: 4}
    return sorted(groups.values(), key=lambda g: (g.hospital, order[State(g.state)], -len(g.rows), g.reason))


def row_facts(one: Waiting) -> dict[str, Any]:
    """One row for programs."""
    return {
        "key": key_of(one),
        "type": one.row.type,
        "id": one.row.id,
        "identifier": one.row.identifier.rpartition("|")[2],
        "state": one.row.state.value,
        "reason": one.row.reason,
        "detail": one.row.detail,
        "waits_for": [f"{kind}/{identity}" for kind, identity in one.waits_for],
    }


def key_of(one: Waiting) -> str:
    """How a row is named on the command line."""
    return f"{one.row.type}/{one.row.id}"


def words(conn: Connection, one: Waiting) -> tuple[str, str, str, Who]:
    """Reason, title, next step and who must act, of one row."""
    return _words(one, hospitals.get(conn, one.hospital), 0.0)


def _words(one: Waiting, there: Hospital, now: float) -> _Words:
    row = one.row
    if row.state is State.DISMISSED and row.reason == rows.NOT_TAKEN:
        return f"not taken: {row.detail}", *_NOT_TAKEN
    if row.state is State.DISMISSED:
        return _DISMISSED.get(row.reason or "", _DISMISSED["dismissed"])
    if row.state in (State.PARKED, State.HELD):
        return _explained(row.reason or "")
    if row.state is State.UNKNOWN:
        return _OUT
    return _dirty(one, there, now)


def _dirty(one: Waiting, there: Hospital, now: float) -> _Words:
    """Why a row that is to be sent has not been sent yet."""
    if there.state is HospitalState.PAUSED:
        return _PAUSED
    resume = f"when that is mended: infusion-fhir hospital resume {there.name}"
    if there.state is HospitalState.STOPPED:
        return "stopped", f"the hospital has stopped: {there.reason}", resume, Who.HOSPITAL_IT
    if one.row.type in there.stopped_types:
        says = f"{one.row.type} has stopped: {there.stopped_types[one.row.type]}"
        return f"stopped {one.row.type}", says, resume, Who.HOSPITAL_IT
    if one.waits_for:
        _, title, next_step, who = _AFTER
        return f"waits for {', '.join(sorted({kind for kind, _ in one.waits_for}))}", title, next_step, who
    return _LATER if there.not_before > now else _DUE


def _explained(reason: str) -> _Words:
    code = _CODES.get(reason, reason)
    known = error_codes.explain(code) or Explanation(code, reason, "", f"infusion-fhir explain {code}", Who.CLINIC)
    return code, known.title, known.next_step, known.who
