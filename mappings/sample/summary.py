"""Counts of everything that the sample is meant to show."""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from mappings import findings, known, records

_HALF = Decimal("0.5")


def summary(raw: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Count each pattern in a clinic's records, sorted by name; conduct findings are counted as `finding.<code>`."""
    parsed = [records.parse(record) for record in raw]
    clinic = known.InMemory(parsed)
    counts: Counter[str] = Counter()
    for record in clinic:
        counts["records"] += 1
        counts[f"kind.{record.kind}"] += 1
        counts["test"] += record.test
        counts.update(_patterns(record))
        for finding in findings.findings(record, clinic):
            counts[f"finding.{finding.code}"] += 1
            counts[f"grade.{finding.grade.value}"] += 1
    counts.update(_responses(clinic))
    return {name: counts[name] for name in sorted(counts)}


def _patterns(record: records.Record) -> Iterator[str]:
    if isinstance(record, records.Patient):
        if record.merged_into is not None:
            yield "patient.merged"
    elif isinstance(record, records.TreatmentPlan):
        yield from _plan(record)
    elif isinstance(record, records.InfusionSession):
        yield from _session(record)
    elif isinstance(record, records.ObservationRecord):
        yield f"observation.{record.status.value}"
        yield f"measure.{record.measure}"
        yield f"source.{record.source}"
        if record.absent is not None:
            yield "observation.absent"
        if record.interpretation is not None:
            yield "observation.interpreted"


def _plan(plan: records.TreatmentPlan) -> Iterator[str]:
    yield f"plan.{plan.status.value}"
    for revision in plan.revisions:
        yield "plan.revisions"
        if revision.dose_change != "none":
            yield f"dose.{revision.dose_change}"


def _session(session: records.InfusionSession) -> Iterator[str]:
    yield f"session.{session.status.value}"
    yield f"phase.{session.phase}"
    for segment in session.segments:
        if segment.end_reason in {"pause", "planned_change"}:
            yield f"segment.{segment.end_reason}"
    for premed in session.premeds_given:
        yield f"premedication.{premed.status}"
    for effect in session.side_effects:
        yield f"side-effect.{effect.severity}"
        if effect.serious:
            yield "side-effect.serious"


def _responses(clinic: known.InMemory) -> Iterator[str]:
    """Judge who responded: pain at follow-up at most half of the baseline."""
    for plan in clinic:
        if not isinstance(plan, records.TreatmentPlan) or plan.status == "entered_in_error":
            continue
        before = _score(clinic.get("observation", plan.goals[0].baseline))
        visit = f"follow-up/{plan.id.replace('PL-', 'F-', 1)}-1"
        after = next(
            (_score(o) for o in clinic.observations_of(visit) if getattr(o, "measure", "") == "pain-nrs"), None
        )
        if before is not None and after is not None:
            yield "response.responder" if after <= before * _HALF else "response.less"


def _score(observation: object) -> Decimal | None:
    value = observation.value if isinstance(observation, records.ObservationRecord) else None
    return value.value if isinstance(value, records.Quantity) else None
