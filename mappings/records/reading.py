"""From the clinic's file to records and back."""

from collections.abc import Callable, Iterator
from typing import Any, Final, cast

from pydantic import ValidationError

from fhir_profiles import fhir_json
from mappings.records import observation, patient, plan, refusal, session
from mappings.records.problem import Code, Problem, RecordError
from mappings.records.record import Record

KINDS: Final[dict[str, type[Record]]] = {
    "patient": patient.Patient,
    "plan": plan.TreatmentPlan,
    "session": session.InfusionSession,
    "observation": observation.ObservationRecord,
}
"""The kinds of record that are taken, and what each is read as."""

NOT_TAKEN_YET: Final = frozenset({
    "assessment", "condition", "clinic", "staff_role", "location", "device", "follow_up",
})  # fmt: skip
"""Kinds that the clinic's file may hold, and that are skipped: a reference to one is kept unchecked."""

_PROBLEMS: Final[dict[str, Callable[[Any], Iterator[Problem]]]] = {
    "patient": patient.problems,
    "plan": plan.problems,
    "session": session.problems,
    "observation": observation.problems,
}
_HAS_STATUS = frozenset({"plan", "session", "observation"})
_OUTSIDE_CONTENT = {"updated_at", "created_at", "recorded_by"}


def parse(raw: Any) -> Record:
    """Read one record of the clinic's file, or raise RecordError that lists all that is wrong with it."""
    kind = _kind(raw)
    told_source = None
    if kind == "observation" and "source" in raw:
        raw = dict(raw)
        told_source = raw.pop("source")
    record = _validated(kind, raw)
    found = list(_PROBLEMS[kind](record))
    if told_source is not None:
        found.extend(_source(told_source, record))
    if record.entered_in_error is not None:
        found.extend(_error_without_status(kind, record))
    if found:
        raise RecordError(found)
    return record


def to_json(record: Record) -> dict[str, Any]:
    """Give a record as it stands in the clinic's file: only what is set, numbers with their written digits."""
    return record.model_dump(exclude_defaults=True)


def content(record: Record) -> bytes:
    """Give the bytes that tell whether two versions say the same; who wrote it down and when does not count."""
    return fhir_json.sorted_json(record.model_dump(exclude_defaults=True, exclude=_OUTSIDE_CONTENT))


def stored_content(raw: dict[str, Any]) -> bytes:
    """Give the same bytes as `content`, from a record's JSON as it was stored: no need to read it as a record."""
    return fhir_json.sorted_json({name: value for name, value in raw.items() if name not in _OUTSIDE_CONTENT})


def schema(kind: str) -> dict[str, Any]:
    """Give the JSON Schema of a kind of record, for whoever writes the clinic's export."""
    return KINDS[kind].model_json_schema(mode="validation")


def patient_of(record: Record) -> str | None:
    """Give the id of the patient whom a record is about; None for a session, whose plan knows it."""
    if isinstance(record, patient.Patient):
        return record.id
    if isinstance(record, plan.TreatmentPlan | observation.ObservationRecord):
        return record.patient
    return None


def _kind(raw: Any) -> str:
    """Find what kind of record this is, before anything else is looked at."""
    if not isinstance(raw, dict):
        says, fix = "the line is no JSON object", "write one record a line, as a JSON object"
        raise RecordError([Problem("", Code.NOT_A_RECORD, says, fix)])
    kind = raw.get("kind")
    if isinstance(kind, str) and kind in KINDS:
        return kind
    if kind is None:
        raise RecordError([Problem("kind", Code.MISSING, "is missing", "say what the line is: " + ", ".join(KINDS))])
    fix = "use one of: " + ", ".join(KINDS)
    raise RecordError([Problem("kind", Code.UNKNOWN_KIND, "is no kind of record that is taken", fix)])


def _validated(kind: str, raw: dict[str, Any]) -> Record:
    """Build the record; empty texts, lists and nulls are looked for, and dropped, only where building fails."""
    model = KINDS[kind]
    try:
        return model.model_validate(raw)
    except ValidationError:
        try:
            return model.model_validate(_without_empties(raw))
        except ValidationError as error:
            raise RecordError(refusal.problems(error)) from None


def _without_empties(value: Any) -> Any:
    """Leave out what says nothing: null, blank text, empty lists and objects."""
    if isinstance(value, dict):
        kept = ((key, _without_empties(item)) for key, item in value.items())
        return {key: item for key, item in kept if not _is_empty(item)}
    if isinstance(value, list):
        return [item for item in map(_without_empties, value) if not _is_empty(item)]
    return value


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def _source(told: Any, record: Record) -> Iterator[Problem]:
    """Check a file's own `source`: it is not kept, because performer and device tell it."""
    follows = cast("observation.ObservationRecord", record).source
    if told != follows:
        says = f"differs from what performer and device say: {follows}"
        yield Problem("source", Code.CONTRADICTION, says, "correct performer or device, or leave source out")


def _error_without_status(kind: str, record: Record) -> Iterator[Problem]:
    if kind in _HAS_STATUS and getattr(record, "status", None) != "entered_in_error":
        says = "is given although status is not entered_in_error"
        yield Problem("entered_in_error", Code.CONTRADICTION, says, "set the status, or leave the reason out")
