"""Which other records a record names."""

from collections.abc import Iterator

from mappings.records import observation, patient, plan, references, session
from mappings.records.record import Record

Link = tuple[str, str]
_INSIDE_ANOTHER = frozenset({"side_effect"})


def links(record: Record) -> set[Link]:
    """Give every other record that this one refers to, as (kind, id), the kind spelled as in the clinic's file."""
    found = set(_of_kind(record))
    if record.recorded_by is not None:
        found.add(("staff_role", record.recorded_by))
    return found


def _of_kind(record: Record) -> Iterator[Link]:
    if isinstance(record, observation.ObservationRecord):
        return _observation(record)
    if isinstance(record, session.InfusionSession):
        return _session(record)
    if isinstance(record, plan.TreatmentPlan):
        return _plan(record)
    if isinstance(record, patient.Patient):
        return _each("patient", record.merged_into)
    return iter(())


def _each(kind: str, *ids: str | None) -> Iterator[Link]:
    return ((kind, record_id) for record_id in ids if record_id is not None)


def _observation(record: observation.ObservationRecord) -> Iterator[Link]:
    yield "patient", record.patient
    yield references.kind_and_id(record.visit)
    if record.performer is not None:
        yield references.kind_and_id(record.performer)
    yield from _each("plan", record.plan)
    yield from _each("device", record.device)


def _plan(record: plan.TreatmentPlan) -> Iterator[Link]:
    yield "patient", record.patient
    yield "condition", record.indication
    yield "assessment", record.assessment
    yield from _each("observation", *(goal.baseline for goal in record.goals))
    yield from _each("staff_role", *(supportive.provider for supportive in record.supportive))
    for revision in record.revisions:
        yield "staff_role", revision.by
        for cause in revision.triggered_by:
            kind, record_id = references.kind_and_id(cause)
            if kind not in _INSIDE_ANOTHER:
                yield kind, record_id


def _session(record: session.InfusionSession) -> Iterator[Link]:
    yield "plan", record.plan
    yield from _each("location", record.location, record.chair)
    yield from _each("device", record.pump)
    yield from _each("observation", record.dosing_weight)
    yield from _each("staff_role", record.witness, *(member.staff_role for member in record.staff))
    yield from _each("staff_role", *(segment.changed_by for segment in record.segments))
    yield from _each("staff_role", *(premed.by for premed in record.premeds_given))
    yield from _each("staff_role", record.discharge.by if record.discharge is not None else None)
    for effect in record.side_effects:
        if effect.reported_by is not None:
            yield references.kind_and_id(effect.reported_by)
