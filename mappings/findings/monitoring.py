"""Findings about monitoring: vital signs at baseline, during the infusion, and at discharge."""

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from mappings import known, records
from mappings.findings.finding import Finding, warning
from mappings.records.session import SessionStatus

_EACH: Final = ("bp", "hr", "spo2")
_VITALS: Final = frozenset({*_EACH, "rr"})
_AT: Final = ("baseline", "discharge")
_OVER: Final = frozenset({SessionStatus.COMPLETED, SessionStatus.STOPPED})
_VOID: Final = frozenset({"entered_in_error", "cancelled"})
_MINUTE: Final = dt.timedelta(minutes=1)
_PATIENCE: Final = Decimal("1.5")


def findings(session: records.InfusionSession, known: known.Known) -> Iterator[Finding]:
    """Look whether the patient was watched as the plan says."""
    if session.status not in _OVER:
        return
    taken = [
        observation
        for observation in known.observations_of(f"session/{session.id}")
        if isinstance(observation, records.ObservationRecord)
        and observation.measure in _VITALS
        and observation.status not in _VOID
        and observation.absent is None
    ]
    yield from _missing(taken)
    plan = known.get("plan", session.plan)
    if isinstance(plan, records.TreatmentPlan) and plan.monitoring is not None:
        yield from _gaps(session, taken, plan.monitoring.vitals_every_min)


def _missing(taken: Sequence[records.ObservationRecord]) -> Iterator[Finding]:
    """Look for blood pressure, heart rate and oxygen saturation at baseline and at discharge."""
    there = {(o.timepoint.code, o.measure) for o in taken if o.timepoint is not None}
    for point in _AT:
        missing = [measure for measure in _EACH if (point, measure) not in there]
        if missing:
            yield warning("vitals-missing", f"vitals.{point}", f"no {', '.join(missing)} at {point}")


def _gaps(
    session: records.InfusionSession, taken: Sequence[records.ObservationRecord], every: int
) -> Iterator[Finding]:
    """Look for stretches of the infusion without any vital sign, much longer than the plan allows."""
    actual = session.actual
    if actual is None or actual.infusion_start is None or actual.infusion_end is None:
        return
    start, end = actual.infusion_start.at, actual.infusion_end.at
    effective = (o.effective for o in taken)
    seen = (e.at if isinstance(e, records.Instant) else e.start.at for e in effective)
    times = sorted({start, end, *(time for time in seen if start < time < end)})
    for earlier, later in itertools.pairwise(times):
        if Decimal((later - earlier) // _MINUTE) > every * _PATIENCE:
            since, until = (earlier - start) // _MINUTE, (later - start) // _MINUTE
            says = f"no vital signs from minute {since} to minute {until} of the infusion, planned every {every}"
            yield warning("monitoring-gap", "vitals.during", says)
