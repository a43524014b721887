"""The clinic's record of one measurement."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from mappings import measures
from mappings.records import plan as plan_record
from mappings.records import record, references, session, units, values
from mappings.records.problem import Code, Problem


class ObservationStatus(StrEnum):
    """How final a measurement is."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    AMENDED = "amended"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"
    REGISTERED = "registered"
    UNKNOWN = "unknown"


class Timepoint(values.Part):
    """Where in the course of a session a measurement belongs; minutes count from the start of the infusion."""

    code: Literal["baseline", "pre", "during", "end", "recovery", "discharge", "follow_up"]
    offset_min: values.Whole | None = None


def _value_tag(value: Any) -> str:
    """Tell by its form what kind of value this is."""
    if type(value) is dict:
        return "(quantity)" if "unit_ucum" in value or "value" in value else "(coded)"
    if type(value) is bool:
        return "(flag)"
    if type(value) is int:
        return "(whole)"
    if isinstance(value, values.Part):
        return "(quantity)" if isinstance(value, values.Quantity) else "(coded)"
    return "(text)"


Value = Annotated[
    Annotated[values.Quantity, Tag("(quantity)")]
    | Annotated[values.Coded, Tag("(coded)")]
    | Annotated[values.Flag, Tag("(flag)")]
    | Annotated[values.Whole, Tag("(whole)")]
    | Annotated[values.Text, Tag("(text)")],
    Discriminator(_value_tag),
]


def _effective_tag(value: Any) -> str:
    return "(interval)" if isinstance(value, dict | session.Interval) else "(instant)"


Effective = Annotated[
    Annotated[values.Instant, Tag("(instant)")] | Annotated[session.Interval, Tag("(interval)")],
    Discriminator(_effective_tag),
]

Absent = Literal[
    "not-performed", "asked-declined", "unknown", "error", "not-applicable", "not-asked", "temp-unknown",
]  # fmt: skip


class Component(values.Part):
    """One of several values measured at once, such as the systolic blood pressure."""

    measure: values.Key
    value: Value | None = None
    absent: Absent | None = None


class Answer(values.Part):
    """One answer of a questionnaire."""

    link_id: values.Token
    answer: Literal[0, 1, 2, 3]


class QuestionnaireResponse(values.Part):
    """The answers that a score was added up from."""

    questionnaire: values.Uri
    version: values.Text | None = None
    items: values.Many[Answer] = ()


class ObservationRecord(record.Record):
    """One measure at one time: a value, or the reason why there is none."""

    kind: Literal["observation"]
    patient: values.Id
    measure: values.Key
    effective: Effective
    status: values.Word[ObservationStatus]
    issued: values.Instant | None = None
    value: Value | None = None
    components: values.Many[Component] = ()
    absent: Absent | None = None
    performer: references.Person | None = None
    device: values.Id | None = None
    method: values.Coded | None = None
    body_site: values.Coded | None = None
    body_position: values.Coded | None = None
    interpretation: values.Coded | None = None
    note: values.Many[values.Text] = ()
    visit: references.Visit
    plan: values.Id | None = None
    timepoint: Timepoint | None = None
    questionnaire_response: QuestionnaireResponse | None = None

    @property
    def source(self) -> Literal["patient", "device", "clinician"]:
        """Who or what the value comes from, as performer and device tell it."""
        if self.performer is not None:
            return "patient" if self.performer.startswith("patient/") else "clinician"
        return "device" if self.device is not None else "clinician"


def problems(observation: ObservationRecord) -> Iterator[Problem]:
    """Find what the shape of the fields alone cannot tell."""
    effective = observation.effective
    if isinstance(effective, session.Interval) and effective.end.at < effective.start.at:
        says = "lies before effective.start"
        yield Problem("effective.end", Code.END_BEFORE_START, says, "correct one of the two times")
    if observation.issued is None and observation.status in _NEEDS_ISSUED:
        says = "is missing on a corrected or amended observation"
        yield Problem("issued", Code.MISSING, says, "give the time at which this version was released")
    measure = measures.MEASURES.get(observation.measure)
    if measure is None:
        fix = "use one of: " + ", ".join(measures.MEASURES)
        yield Problem("measure", Code.UNKNOWN_WORD, "is no measure that is known here", fix)
        return
    mismatch = _value_or_absence(observation, measure)
    if mismatch is not None:
        yield mismatch
        return
    if observation.value is not None:
        yield from _value("value", observation.value, measure)
    yield from _components(observation, measure)


_NEEDS_ISSUED = frozenset({ObservationStatus.CORRECTED, ObservationStatus.AMENDED})


def _value_or_absence(observation: ObservationRecord, measure: measures.Measure) -> Problem | None:
    """Ask for exactly one of value, components and absent, and for the one that the measure has."""
    given = (observation.value is not None) + bool(observation.components) + (observation.absent is not None)
    if given != 1:
        says = "has none of value, components and absent" if given == 0 else "has both a value and its absence"
        fix = "give the value, or absent with the reason why there is none, never both"
        return Problem("value" if given == 0 else "absent", Code.VALUE_OR_ABSENCE, says, fix)
    if measure.value is measures.ValueKind.COMPONENTS and observation.value is not None:
        fix = "give components: " + ", ".join(measure.components)
        return Problem("value", Code.MALFORMED, "this measure has components instead of a value", fix)
    if measure.value is not measures.ValueKind.COMPONENTS and observation.components:
        return Problem("components", Code.MALFORMED, "this measure has a value, no components", "give value instead")
    return None


def _value(where: str, value: object, measure: measures.Measure) -> Iterator[Problem]:
    """Check that a value is of the kind, and in a unit, that its measure takes."""
    if not isinstance(value, _PYTHON[measure.value]):
        fix = f"give a {_IN_WORDS[measure.value]}"
        yield Problem(where, Code.MALFORMED, "is not the kind of value that this measure has", fix)
    elif isinstance(value, values.Quantity) and value.unit_ucum not in measure.units:
        fix = units.fix(value.unit_ucum, measure.units)
        yield Problem(f"{where}.unit_ucum", Code.WRONG_UNIT, "is no unit that this measure takes", fix)


_PYTHON: dict[measures.ValueKind, type] = {
    measures.ValueKind.QUANTITY: values.Quantity,
    measures.ValueKind.CODED: values.Coded,
    measures.ValueKind.BOOLEAN: bool,
    measures.ValueKind.TEXT: str,
}
_IN_WORDS = {
    measures.ValueKind.QUANTITY: 'number with its unit: {"value": 7, "unit_ucum": "…"}',
    measures.ValueKind.CODED: 'code: {"codings": […], "text": "…"}',
    measures.ValueKind.BOOLEAN: "true or false",
    measures.ValueKind.TEXT: "text",
}


def _components(observation: ObservationRecord, measure: measures.Measure) -> Iterator[Problem]:
    components = observation.components
    if not components:
        return
    yield from plan_record.repeated([(f"components[{n}].measure", c.measure) for n, c in enumerate(components)])
    for number, component in enumerate(components):
        yield from _component(f"components[{number}]", component, measure)
    missing = set(measure.required).difference(component.measure for component in components)
    if missing:
        says = "lacks " + " and ".join(sorted(missing))
        fix = "give each with its value, or with absent and the reason why there is none"
        yield Problem("components", Code.MISSING, says, fix)


def _component(where: str, component: Component, measure: measures.Measure) -> Iterator[Problem]:
    if component.measure not in measure.components:
        fix = "use one of: " + ", ".join(measure.components)
        yield Problem(f"{where}.measure", Code.UNKNOWN_WORD, "is no component of this measure", fix)
        return
    if (component.value is None) == (component.absent is None):
        says = "has both a value and its absence, or neither"
        yield Problem(where, Code.VALUE_OR_ABSENCE, says, "give either value or absent")
    elif component.value is not None:
        yield from _value(f"{where}.value", component.value, measures.COMPONENTS[component.measure])
