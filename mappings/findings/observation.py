"""Findings about a measurement."""

import datetime as dt
from collections.abc import Iterator

from mappings import known, measures, records
from mappings.findings.finding import Finding, critical, note, warning


def findings(observation: records.ObservationRecord, known: known.Known) -> Iterator[Finding]:
    """Look at the scale, the sum of the answers, the clock and whose measurement this is."""
    measure = measures.MEASURES[observation.measure]
    yield from _scale("value", observation.value, measure)
    for number, component in enumerate(observation.components):
        part = measures.COMPONENTS[component.measure]
        yield from _scale(f"components[{number}].value", component.value, part)
    yield from _sum(observation, measure)
    if observation.source == "patient" and observation.performer != f"patient/{observation.patient}":
        yield warning("other-patient", "performer", "another patient is named as the one who reported")
    visit = records.kind_and_id(observation.visit)
    if visit[0] == "session":
        session = known.get(*visit)
        if isinstance(session, records.InfusionSession):
            yield from _session(observation, session, known)


def _scale(where: str, value: object, measure: measures.Measure) -> Iterator[Finding]:
    """Compare a value with the measure's scale."""
    if not isinstance(value, records.Quantity):
        return
    number = value.value
    if (measure.low is not None and number < measure.low) or (measure.high is not None and number > measure.high):
        yield warning("off-scale", where, f"{number} is outside the scale of {measure.key}")
    elif measure.whole and number != number.to_integral_value():
        yield warning("off-scale", where, f"{measure.key} takes whole numbers only")


def _sum(observation: records.ObservationRecord, measure: measures.Measure) -> Iterator[Finding]:
    """Compare a score with the sum of its answers."""
    response = observation.questionnaire_response
    if response is None or not response.items or not measure.additive:
        return
    if isinstance(observation.value, records.Quantity):
        added = sum(item.answer for item in response.items)
        if added != observation.value.value:
            yield warning("score-sum", "value", f"the answers add up to {added}, not to {observation.value.value}")


def _session(
    observation: records.ObservationRecord, session: records.InfusionSession, known: known.Known
) -> Iterator[Finding]:
    """Compare a measurement with the session that it belongs to."""
    plan = known.get("plan", session.plan)
    if isinstance(plan, records.TreatmentPlan) and plan.patient != observation.patient:
        yield critical("other-patient", "visit", "the session is of another patient")
    timepoint, effective = observation.timepoint, observation.effective
    start = session.actual.infusion_start if session.actual is not None else None
    if timepoint is None or timepoint.offset_min is None or start is None or not isinstance(effective, records.Instant):
        return
    apart = effective.at - start.at - dt.timedelta(minutes=timepoint.offset_min)
    if abs(apart) > dt.timedelta(minutes=1):
        says = f"differs by {abs(apart) // dt.timedelta(minutes=1)} minutes from the time of the measurement"
        yield note("clock-order", "timepoint.offset_min", says)
