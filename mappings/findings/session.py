"""Findings about the course of a session: clock, reasons, segments, premedication, side effects, discharge."""

import itertools
from collections.abc import Iterator
from typing import Final

from mappings import known, records
from mappings.findings.finding import Finding, note, warning
from mappings.records.session import SessionStatus

_STEPS: Final = ("checked_in", "prep_start", "infusion_start", "infusion_end", "recovery_end", "discharged")
_INFUSED: Final = frozenset(
    {
        SessionStatus.INFUSING,
        SessionStatus.PAUSED,
        SessionStatus.RECOVERING,
        SessionStatus.COMPLETED,
        SessionStatus.STOPPED,
    }
)
_NOT_INFUSED: Final = frozenset(
    {
        SessionStatus.SCHEDULED,
        SessionStatus.CHECKED_IN,
        SessionStatus.PREPARING,
        SessionStatus.ABORTED,
        SessionStatus.CANCELLED,
        SessionStatus.NO_SHOW,
    }
)
_LEFT: Final = frozenset({SessionStatus.COMPLETED, SessionStatus.STOPPED})


def findings(session: records.InfusionSession, known: known.Known) -> Iterator[Finding]:
    """Look at how a session went, apart from dose and monitoring."""
    yield from _clock(session)
    yield from _status(session)
    yield from _segments(session)
    yield from _side_effects(session)
    yield from _discharge(session)
    plan = known.get("plan", session.plan)
    if isinstance(plan, records.TreatmentPlan):
        yield from _plan(session, plan)


def _clock(session: records.InfusionSession) -> Iterator[Finding]:
    """Look for clock times that are missing or run backwards."""
    actual = session.actual
    times = [(step, getattr(actual, step)) for step in _STEPS] if actual is not None else []
    there = [(step, time) for step, time in times if time is not None]
    for (earlier, before), (later, after) in itertools.pairwise(there):
        if after.at < before.at:
            yield warning("clock-order", f"actual.{later}", f"lies before {earlier}")
    if session.status is SessionStatus.COMPLETED:
        for step in ("infusion_start", "infusion_end", "discharged"):
            if step not in dict(there):
                yield warning("time-missing", f"actual.{step}", "is missing on a completed session")
    end = actual.infusion_end if actual is not None else None
    if end is not None and end.at > session.scheduled.end.at:
        yield note("past-booked-end", "actual.infusion_end", "the infusion ran past the end of the appointment")


def _status(session: records.InfusionSession) -> Iterator[Finding]:
    """Compare the status with reasons, staff and clock."""
    if session.status is SessionStatus.STOPPED and session.stop_reason is None:
        yield warning("reason-missing", "stop_reason", "the session was stopped without a reason")
    if session.status is SessionStatus.ABORTED and session.not_done_reason is None and session.stop_reason is None:
        yield warning("reason-missing", "not_done_reason", "the session was aborted without a reason")
    reason = session.not_done_reason
    if session.status is SessionStatus.NO_SHOW and reason is not None and reason.codings:
        says = "a no-show's reason is delivered as text only, its code is not"
        yield note("no-show-reason-coded", "not_done_reason", says)
    started = session.actual is not None and session.actual.infusion_start is not None
    if started and session.status in _NOT_INFUSED:
        says = f"an infusion was started, but the session is {session.status.value}"
        yield warning("status-unlike-clock", "status", says)
    if session.status in _INFUSED and not session.staff:
        yield warning("staff-missing", "staff", "nobody is named as having been there during the infusion")


def _segments(session: records.InfusionSession) -> Iterator[Finding]:
    """Look whether the stretches of the infusion follow each other and fit its end."""
    if not session.segments:
        if session.status in _INFUSED:
            yield note("segments-missing", "segments", "rates and amounts of the infusion are not recorded")
        return
    for number, (earlier, later) in enumerate(itertools.pairwise(session.segments), start=1):
        where = f"segments[{number}]"
        if earlier.end is None or later.start.at < earlier.end.at:
            yield warning("segments-overlap", where, "starts before the segment ahead of it has ended")
        elif later.start.at > earlier.end.at and earlier.end_reason != "pause":
            yield warning("segments-gap", where, "starts after a gap that no pause explains")
    stopped = session.segments[-1].end_reason == "stop"
    if session.status in _LEFT and stopped != (session.status is SessionStatus.STOPPED):
        says = f"the last segment says otherwise than the status {session.status.value}"
        yield warning("status-unlike-segments", "status", says)


def _side_effects(session: records.InfusionSession) -> Iterator[Finding]:
    for number, effect in enumerate(session.side_effects):
        where = f"side_effects[{number}]"
        if effect.serious and not effect.seriousness:
            yield warning("seriousness-missing", f"{where}.seriousness", "a serious side effect does not say why")
        if effect.serious:
            yield warning("serious-side-effect", where, "a serious side effect happened")


def _discharge(session: records.InfusionSession) -> Iterator[Finding]:
    """Look whether the patient was fit to go."""
    discharge = session.discharge
    if discharge is None:
        if session.status in _LEFT:
            yield warning("discharge-missing", "discharge", "nothing is recorded about the discharge")
        return
    unmet = [criterion.key for criterion in discharge.criteria if not criterion.met]
    if unmet and discharge.override_reason is None:
        yield warning("discharge-criteria", "discharge.criteria", f"not met, and no reason given: {', '.join(unmet)}")
    elif unmet:
        yield note("discharge-criteria", "discharge.criteria", f"not met, a reason is given: {', '.join(unmet)}")
    if discharge.escort_present is False:
        yield warning("no-escort", "discharge.escort_present", "the patient left without an escort")
    if discharge.instructions_given is False:
        yield note("no-instructions", "discharge.instructions_given", "no instructions were given")


def _plan(session: records.InfusionSession, plan: records.TreatmentPlan) -> Iterator[Finding]:
    """Compare a session with its plan."""
    if session.phase not in {phase.key for phase in plan.phases}:
        yield warning("phase-unknown", "phase", "the plan has no such phase")
    if session.planned_total is not None and session.sequence_no > session.planned_total:
        says = f"number {session.sequence_no} of {session.planned_total} planned"
        yield note("more-than-planned", "sequence_no", says)
    planned = {premedication.key: premedication for premedication in plan.premedication}
    for number, given in enumerate(session.premeds_given):
        where = f"premeds_given[{number}]"
        if given.premedication is not None and given.premedication not in planned:
            yield warning("premedication-unknown", f"{where}.premedication", "the plan has no such premedication")
        if given.status != "given" and given.reason is None:
            yield note("reason-missing", f"{where}.reason", f"the premedication was {given.status} without a reason")
    done = {given.premedication for given in session.premeds_given}
    if session.status in _LEFT:
        for key, premedication in planned.items():
            if not premedication.prn and key not in done:
                yield note("premedication-missing", "premeds_given", f"nothing is recorded about {key} of the plan")
    yield from _length(session, plan)


def _length(session: records.InfusionSession, plan: records.TreatmentPlan) -> Iterator[Finding]:
    """Compare how long the infusion took with the regimen."""
    actual = session.actual
    if session.status is not SessionStatus.COMPLETED or actual is None:
        return
    if actual.infusion_start is None or actual.infusion_end is None:
        return
    minutes = int((actual.infusion_end.at - actual.infusion_start.at).total_seconds()) // 60
    for regimen in plan.regimen:
        span = regimen.infusion_min
        if regimen.phase == session.phase and span is not None and not span.low <= minutes <= span.high:
            says = f"the infusion took {minutes} minutes, planned were {span.low} to {span.high}"
            yield note("infusion-length", "actual.infusion_end", says)
            return
