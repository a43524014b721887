"""FHIR R4's rules within one element, by the type of the element; each has FHIR's own key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from fhir_profiles import fhir_json, plain_values, terminology, xhtml

Element = fhir_json.Document


@dataclass(frozen=True, slots=True)
class Invariant:
    """One rule: `key` as FHIR calls it, what it `says`, and whether an element keeps it."""

    key: str
    says: str
    holds: Callable[[Element], bool]


def _needs(first: str, second: str) -> Callable[[Element], bool]:
    return lambda element: first not in element or second in element


def _not_both(first: str, second: str) -> Callable[[Element], bool]:
    return lambda element: first not in element or second not in element


def _some(*names: str) -> Callable[[Element], bool]:
    return lambda element: any(name in element for name in names)


def _not_negative(name: str) -> Callable[[Element], bool]:
    return lambda element: not isinstance(element.get(name, 0), int | Decimal) or element.get(name, 0) >= 0


def _value(element: Element, start: str = "value") -> bool:
    return any(name.startswith((start, f"_{start}")) for name in element)


def _codings(element: Element) -> Iterator[tuple[str, str]]:
    code = element.get("code")
    return ((str(coding.get("system")), str(coding.get("code"))) for coding in _items(code, "coding"))


def _items(element: Any, name: str) -> list[Element]:
    items = element.get(name) if isinstance(element, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _value_is_not_that_of_a_component(observation: Element) -> bool:
    own = set(_codings(observation))
    return not _value(observation) or not any(
        own.intersection(_codings(component)) for component in _items(observation, "component")
    )


def _is_vital_sign(observation: Element) -> bool:
    vital_signs = terminology.OBSERVATION_CATEGORY["vital-signs"]
    return any(
        (coding.get("system"), coding.get("code")) == (vital_signs.system, vital_signs.code)
        for category in _items(observation, "category")
        for coding in _items(category, "coding")
    )


def _vital_sign_has_a_day(observation: Element) -> bool:
    if not _is_vital_sign(observation):
        return True
    at = observation.get("effectiveDateTime")
    return len(str(at)) >= len("2026-01-01") if at is not None else "effectivePeriod" in observation


def _vital_sign_says_something(observation: Element) -> bool:
    return (
        not _is_vital_sign(observation)
        or _some("component", "hasMember", "dataAbsentReason")(observation)
        or _value(observation)
    )


def _vital_sign_components_say_something(observation: Element) -> bool:
    return not _is_vital_sign(observation) or all(
        _value(component) or "dataAbsentReason" in component for component in _items(observation, "component")
    )


def _in_order(period: Element) -> bool:
    start, end = str(period.get("start", "")), str(period.get("end", ""))
    if plain_values.fault(start, "dateTime") or plain_values.fault(end, "dateTime"):
        return True  # open at one end, or reported as no date at all
    return not plain_values.is_after(start, end)


def _low_is_not_above_high(its_range: Element) -> bool:
    low, high = its_range.get("low", {}), its_range.get("high", {})
    if not isinstance(low, dict) or not isinstance(high, dict) or low.get("code") != high.get("code"):
        return True
    lowest, highest = low.get("value"), high.get("value")
    return not isinstance(lowest, int | Decimal) or not isinstance(highest, int | Decimal) or lowest <= highest


def _ratio_is_whole(ratio: Element) -> bool:
    return ("numerator" in ratio) == ("denominator" in ratio) and _some("numerator", "extension")(ratio)


def _duration_is_a_time(duration: Element) -> bool:
    return "code" not in duration or (duration.get("system") == terminology.UCUM and "value" in duration)


def _offset_has_an_event(repeat: Element) -> bool:
    when = repeat.get("when")
    events = when if isinstance(when, list) else []
    return "offset" not in repeat or (bool(events) and not any(event in _MEALS for event in events))


def _narrative_is_harmless(narrative: Element) -> bool:
    div = narrative.get("div")
    return not isinstance(div, str) or not xhtml.fault(div)


_MEALS: Final = ("C", "CM", "CD", "CV")
_UNIT: Final = Invariant("qty-3", "a unit's code needs its system", _needs("code", "system"))

RULES: Final[dict[str, tuple[Invariant, ...]]] = {
    "Age": (_UNIT,),
    "Attachment": (Invariant("att-1", "data needs its content type", _needs("data", "contentType")),),
    "BundleEntry": (Invariant("bdl-5", "an entry needs its resource", _some("resource", "request", "response")),),
    "CarePlanActivity": (
        Invariant("cpl-3", "an activity has a reference or a detail, not both", _not_both("reference", "detail")),
    ),
    "ContactPoint": (Invariant("cpt-2", "a telephone number or address needs its system", _needs("value", "system")),),
    "Count": (_UNIT,),
    "Distance": (_UNIT,),
    "Duration": (_UNIT, Invariant("drt-1", "a duration's code is a UCUM unit and needs a value", _duration_is_a_time)),
    "Extension": (
        Invariant(
            "ext-1",
            "an extension has extensions or a value, one of them",
            lambda extension: ("extension" in extension) != _value(extension),
        ),
    ),
    "MedicationAdministrationDosage": (
        Invariant("mad-1", "a dosage needs a dose or a rate", _some("dose", "rateQuantity", "rateRatio")),
    ),
    "Narrative": (
        Invariant("txt-1", "a narrative is one div with text, of harmless tags and attributes", _narrative_is_harmless),
    ),
    "Observation": (
        Invariant(
            "obs-6",
            "a reason for an absent value stands only where no value does",
            lambda observation: "dataAbsentReason" not in observation or not _value(observation),
        ),
        Invariant(
            "obs-7", "a value is not given beside a component of the same code", _value_is_not_that_of_a_component
        ),
        Invariant("vs-1", "a vital sign needs its day", _vital_sign_has_a_day),
        Invariant("vs-2", "a vital sign needs a value or the reason why there is none", _vital_sign_says_something),
        Invariant(
            "vs-3",
            "a part of a vital sign needs a value or the reason why there is none",
            _vital_sign_components_say_something,
        ),
    ),
    "ObservationReferenceRange": (
        Invariant("obs-3", "a range needs a low, a high or a text", _some("low", "high", "text")),
    ),
    "PatientContact": (
        Invariant(
            "pat-1",
            "a contact needs a name, a telephone number, an address or an organization",
            _some("name", "telecom", "address", "organization"),
        ),
    ),
    "Period": (Invariant("per-1", "a period does not end before it starts", _in_order),),
    "Quantity": (_UNIT,),
    "Range": (Invariant("rng-2", "a range's low is not above its high", _low_is_not_above_high),),
    "Ratio": (Invariant("rat-1", "a ratio needs both sides", _ratio_is_whole),),
    "TimingRepeat": (
        Invariant("tim-1", "a duration needs its unit", _needs("duration", "durationUnit")),
        Invariant("tim-2", "a period needs its unit", _needs("period", "periodUnit")),
        Invariant("tim-4", "a duration is not negative", _not_negative("duration")),
        Invariant("tim-5", "a period is not negative", _not_negative("period")),
        Invariant("tim-6", "a longest period needs a period", _needs("periodMax", "period")),
        Invariant("tim-7", "a longest duration needs a duration", _needs("durationMax", "duration")),
        Invariant("tim-8", "a highest count needs a count", _needs("countMax", "count")),
        Invariant("tim-9", "an offset needs a moment that is no meal", _offset_has_an_event),
        Invariant("tim-10", "a time of day stands only without a moment", _not_both("timeOfDay", "when")),
    ),
}
"""The rules of each type of element (FHIR's ele-1 and dom-2 to dom-5 are `check`'s own)."""

SIMPLE_QUANTITIES: Final = frozenset(
    {
        "CarePlanActivityDetail.dailyAmount",
        "CarePlanActivityDetail.quantity",
        "DosageDoseAndRate.doseQuantity",
        "DosageDoseAndRate.rateQuantity",
        "Dosage.maxDosePerAdministration",
        "Dosage.maxDosePerLifetime",
        "MedicationAdministrationDosage.dose",
        "MedicationAdministrationDosage.rateQuantity",
        "ObservationReferenceRange.high",
        "ObservationReferenceRange.low",
        "Range.high",
        "Range.low",
        "SampledData.origin",
    }
)
"""Quantities that are exact: no comparator (`<`, `>=` …) may stand in them."""
