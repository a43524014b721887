"""What a session gives: which of its documents exist in which state, and how their statuses follow from it."""

from collections.abc import Mapping
from typing import Any, Final

from fhir_profiles import terminology
from mappings.records import session as session_record
from mappings.scope import Scope, reference, shared_reference

Status = session_record.SessionStatus

PROCEDURE_STATUS: Final[Mapping[str, str]] = {
    Status.PREPARING: "preparation",
    Status.INFUSING: "in-progress",
    Status.PAUSED: "on-hold",
    Status.COMPLETED: "completed",
    Status.STOPPED: "stopped",
    Status.ABORTED: "not-done",
    Status.ENTERED_IN_ERROR: "entered-in-error",
}
"""Session status to Procedure.status; `recovering` is written as it ended, the other states have no Procedure."""

ADMINISTRATION_STATUS: Final[Mapping[str, str]] = {
    Status.INFUSING: "in-progress",
    Status.PAUSED: "on-hold",
    Status.COMPLETED: "completed",
    Status.STOPPED: "stopped",
    Status.ENTERED_IN_ERROR: "entered-in-error",
}
"""Session status to MedicationAdministration.status; the other states have no administration of ketamine."""

_RECOVERING, _IN_ERROR = Status.RECOVERING, Status.ENTERED_IN_ERROR  # looked up once: an enum's members are slow
_ENDED = frozenset({Status.COMPLETED, Status.STOPPED})


def ended_as(session: session_record.InfusionSession) -> Status:
    """Give the status that documents say: `recovering` is an infusion that was completed or stopped."""
    status = session.status
    if status is not _RECOVERING:
        return status
    stopped = bool(session.segments) and session.segments[-1].end_reason == "stop"
    return Status.STOPPED if stopped else Status.COMPLETED


def started(session: session_record.InfusionSession) -> bool:
    """Tell whether the start of the infusion is recorded."""
    return session.actual is not None and session.actual.infusion_start is not None


def gives_procedure(session: session_record.InfusionSession) -> bool:
    """Tell whether the session has a Procedure: not while it is only booked, nor when it never began."""
    if session.status is _IN_ERROR:
        return started(session) or (session.actual is not None and session.actual.prep_start is not None)
    return ended_as(session) in PROCEDURE_STATUS


def gives_administration(session: session_record.InfusionSession) -> bool:
    """Tell whether the session has an administration of ketamine."""
    return ended_as(session) in ADMINISTRATION_STATUS and started(session)


def lacks_start(session: session_record.InfusionSession) -> bool:
    """Tell whether an infusion ended that never began: its administration, which needs a time, cannot be written."""
    return ended_as(session) in _ENDED and not started(session)


def not_done(session: session_record.InfusionSession) -> bool:
    """Tell whether nothing was infused, so that the reason is not_done_reason and not stop_reason."""
    if session.status is _IN_ERROR:
        return not started(session)
    return session.status is Status.ABORTED


def subject(_thing: object, scope: Scope) -> Any:
    """Refer to the patient, whom a session's plan tells."""
    return reference(scope.base, "Patient", "patient", scope.patient)


def encounter(_thing: object, scope: Scope) -> Any:
    """Refer to the session's visit."""
    return reference(scope.base, "Encounter", "session", scope.session.id)


def based_on(_thing: object, scope: Scope) -> Any:
    """Refer to the session's plan."""
    return [reference(scope.base, "CarePlan", "plan", scope.session.plan)]


def label(_thing: object, scope: Scope) -> Any:
    """Label the documents of a pretend session, as the session itself."""
    return [terminology.TEST_DATA.coding()] if scope.session.test else None


def part_of(scope: Scope, *, administration: bool) -> Any:
    """Refer to the session's Procedure, and its administration if wanted, where the session gives them."""
    session, url = scope.session, scope.base.url
    if not gives_procedure(session):
        return None
    procedure = shared_reference(url, "Procedure", "session", session.id)
    if administration and gives_administration(session):
        return [procedure, shared_reference(url, "MedicationAdministration", "administration", session.id)]
    return [procedure]
