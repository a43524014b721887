"""The clinic's record of one infusion session."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from mappings.records import plan as plan_record
from mappings.records import record, references, values
from mappings.records.problem import Code, Problem


class SessionStatus(StrEnum):
    """How far a session is, or how it ended."""

    SCHEDULED = "scheduled"
    CHECKED_IN = "checked_in"
    PREPARING = "preparing"
    INFUSING = "infusing"
    PAUSED = "paused"
    RECOVERING = "recovering"
    COMPLETED = "completed"
    STOPPED = "stopped"
    ABORTED = "aborted"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    ENTERED_IN_ERROR = "entered_in_error"


Role = Literal["prescriber", "anesthesia", "infusion_nurse", "monitor", "other"]


class Interval(values.Part):
    """From one point in time to another."""

    start: values.Instant
    end: values.Instant


class Actual(values.Part):
    """When each step of the session happened."""

    checked_in: values.Instant | None = None
    prep_start: values.Instant | None = None
    infusion_start: values.Instant | None = None
    infusion_end: values.Instant | None = None
    recovery_end: values.Instant | None = None
    discharged: values.Instant | None = None


class StaffMember(values.Part):
    """Who took part, and as what."""

    role: Role
    staff_role: values.Id


class Order(values.Part):
    """The plan's regimen as it was when it was ordered for this session: a copy."""

    phase: values.Key
    key: values.Key | None = None
    drug: values.Coded
    route: values.Coded | None = None
    dose: values.DosePerWeight
    rate: values.RatePerWeight | None = None
    max_total: values.Milligrams


class Segment(values.Part):
    """A stretch of the infusion at one rate."""

    no: values.Count
    start: values.Instant
    end: values.Instant | None = None
    rate: values.Rate | None = None
    amount: values.Milligrams | None = None
    end_reason: Literal["planned_change", "pause", "stop", "complete"] | None = None
    reason: values.Coded | None = None
    changed_by: values.Id | None = None


class PremedGiven(values.Part):
    """A premedication that was given, refused or held back."""

    key: values.Key
    premedication: values.Key | None = None
    drug: values.Coded
    dose: values.Dose | None = None
    route: values.Coded | None = None
    at: values.Instant | None = None
    by: values.Id | None = None
    status: Literal["given", "refused", "held"]
    reason: values.Coded | None = None


Seriousness = Literal[
    "Non-serious", "Serious", "SeriousResultsInDeath", "SeriousIsLifeThreatening",
    "SeriousResultsInHospitalization", "SeriousResultsInDisability", "SeriousIsBirthDefect",
    "SeriousRequiresPreventImpairment",
]  # fmt: skip


class SideEffect(values.Part):
    """Something unwanted that the patient felt or the staff saw; its id is unique in the clinic."""

    id: values.Id
    effect: values.Coded
    onset: values.Instant
    resolved: values.Instant | None = None
    severity: Literal["mild", "moderate", "severe"]
    outcome: Literal["resolved", "recovering", "ongoing", "resolvedWithSequelae", "fatal", "unknown"] | None = None
    causality: (
        Literal[
            "Certain", "Probably-Likely", "Possible", "Unlikely", "Conditional-Classified",
            "Unassessable-Unclassifiable",
        ] | None
    ) = None  # fmt: skip
    action: Literal["none", "rate_reduced", "paused", "stopped", "medicated", "escalated"] | None = None
    serious: values.Flag | None = None
    seriousness: values.Many[Seriousness] = ()
    reported_by: references.Person | None = None


class Criterion(values.Part):
    """One condition for going home, and whether it was met."""

    key: values.Key
    met: values.Flag


class Discharge(values.Part):
    """How the patient left."""

    at: values.Instant | None = None
    criteria: values.Many[Criterion] = ()
    by: values.Id | None = None
    escort_present: values.Flag | None = None
    instructions_given: values.Flag | None = None
    override_reason: values.Text | None = None
    note: values.Text | None = None


class Outcome(values.Part):
    """How the session turned out."""

    result: Literal["successful", "partial", "unsuccessful"]
    note: values.Text | None = None


class InfusionSession(record.Record):
    """One appointment: what was planned, what happened, what was given, what the patient felt, how it ended."""

    kind: Literal["session"]
    plan: values.Id
    phase: values.Key
    sequence_no: values.Count
    planned_total: values.Count | None = None
    status: values.Word[SessionStatus]
    scheduled: Interval
    actual: Actual | None = None
    location: values.Id | None = None
    chair: values.Id | None = None
    pump: values.Id | None = None
    staff: values.Many[StaffMember] = ()
    dosing_weight: values.Id | None = None
    order: Order | None = None
    ordered_total: values.Milligrams | None = None
    given_total: values.Milligrams | None = None
    segments: values.Many[Segment] = ()
    concentration: values.Concentration | None = None
    volume: values.Volume | None = None
    lot: values.Text | None = None
    expiry: values.PDate | None = None
    wasted: values.Milligrams | None = None
    witness: values.Id | None = None
    premeds_given: values.Many[PremedGiven] = ()
    side_effects: values.Many[SideEffect] = ()
    stop_reason: values.Coded | None = None
    not_done_reason: values.Coded | None = None
    discharge: Discharge | None = None
    outcome: Outcome | None = None
    next_step: Literal["continue", "adjust", "hold", "end"] | None = None


_INTERVALS = (
    ("checked_in", "discharged"),
    ("prep_start", "infusion_start"),
    ("infusion_start", "infusion_end"),
    ("infusion_end", "recovery_end"),
)


def problems(session: InfusionSession) -> Iterator[Problem]:
    """Find what the shape of the fields alone cannot tell."""
    yield from _backwards("scheduled", "end", session.scheduled.start, session.scheduled.end)
    if session.actual is not None:
        for first, second in _INTERVALS:
            yield from _backwards("actual", second, getattr(session.actual, first), getattr(session.actual, second))
    for number, segment in enumerate(session.segments):
        yield from _backwards(f"segments[{number}]", "end", segment.start, segment.end)
    for number, effect in enumerate(session.side_effects):
        yield from _backwards(f"side_effects[{number}]", "resolved", effect.onset, effect.resolved)
    yield from _keys(session)


def _backwards(where: str, name: str, start: values.Instant | None, end: values.Instant | None) -> Iterator[Problem]:
    """Report an interval that ends before it starts: FHIR's Period cannot express it."""
    if start is not None and end is not None and end.at < start.at:
        says = "lies before the time that it ends an interval of"
        yield Problem(f"{where}.{name}", Code.END_BEFORE_START, says, "correct one of the two times")


def _keys(session: InfusionSession) -> Iterator[Problem]:
    keys = [(f"segments[{number}].no", str(segment.no)) for number, segment in enumerate(session.segments)]
    keys += [(f"premeds_given[{number}].key", premed.key) for number, premed in enumerate(session.premeds_given)]
    yield from plan_record.repeated(keys)
    yield from plan_record.repeated([(f"side_effects[{n}].id", e.id) for n, e in enumerate(session.side_effects)])
    if session.discharge is not None:
        criteria = session.discharge.criteria
        yield from plan_record.repeated([(f"discharge.criteria[{n}].key", c.key) for n, c in enumerate(criteria)])
