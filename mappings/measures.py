"""Everything the clinic measures: which codes name it, which values and units it takes, and its scale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from fhir_profiles import terminology
from fhir_profiles.terminology import Concept


class ValueKind(StrEnum):
    """What kind of value a measure has."""

    QUANTITY = "quantity"
    CODED = "coded"
    BOOLEAN = "boolean"
    TEXT = "text"
    COMPONENTS = "components"


class Category(StrEnum):
    """The category under which FHIR files a measure."""

    VITAL_SIGNS = "vital-signs"
    SURVEY = "survey"
    EXAM = "exam"
    THERAPY = "therapy"


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: `low`, `high` and `whole` describe its scale; a value outside them is a finding, never refused."""

    key: str
    concepts: tuple[Concept, ...]
    category: Category
    value: ValueKind
    units: frozenset[str] = frozenset()
    low: Decimal | None = None
    high: Decimal | None = None
    whole: bool = False
    components: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    additive: bool = False


SCORE: Final = "{score}"


def _vital(key: str, concepts: Sequence[Concept], units: Iterable[str], low: str, high: str) -> Measure:
    """A vital sign: its bounds are those of what a device can show, not of what is healthy."""
    return Measure(
        key,
        tuple(concepts),
        Category.VITAL_SIGNS,
        ValueKind.QUANTITY,
        frozenset(units),
        low=Decimal(low),
        high=Decimal(high),
    )


def _score(
    key: str,
    concepts: Sequence[Concept],
    low: str,
    high: str,
    *,
    whole: bool = True,
    exam: bool = False,
    additive: bool = False,
) -> Measure:
    return Measure(
        key,
        tuple(concepts),
        Category.EXAM if exam else Category.SURVEY,
        ValueKind.QUANTITY,
        frozenset({SCORE}),
        low=Decimal(low),
        high=Decimal(high),
        whole=whole,
        additive=additive,
    )


def _promis(key: str, concept: Concept) -> Measure:
    return _score(key, [concept], "0", "100", whole=False)


_READINESS = (
    "vitals-stable",
    "oriented",
    "walks-unaided",
    "nausea-controlled",
    "escort-present",
    "instructions-given",
)

MEASURES: Final[dict[str, Measure]] = {
    measure.key: measure
    for measure in (
        Measure(
            "bp",
            (terminology.BLOOD_PRESSURE,),
            Category.VITAL_SIGNS,
            ValueKind.COMPONENTS,
            components=("systolic", "diastolic", "mean"),
            required=("systolic", "diastolic"),
        ),
        _vital("hr", [terminology.HEART_RATE], ("/min",), "0", "400"),
        _vital("rr", [terminology.RESPIRATORY_RATE], ("/min",), "0", "150"),
        _vital("spo2", [terminology.OXYGEN_SATURATION_PULSE, terminology.OXYGEN_SATURATION], ("%",), "0", "100"),
        _vital("o2-flow", [terminology.OXYGEN_FLOW], ("L/min",), "0", "80"),
        _vital("o2-concentration", [terminology.OXYGEN_CONCENTRATION], ("%",), "0", "100"),
        _vital("weight", [terminology.BODY_WEIGHT], ("kg", "[lb_av]", "g"), "0", "500000"),
        _vital("ideal-weight", [terminology.IDEAL_WEIGHT], ("kg", "[lb_av]", "g"), "0", "500000"),
        _vital("adjusted-weight", [terminology.MEASURE["adjusted-weight"]], ("kg", "[lb_av]", "g"), "0", "500000"),
        _vital("height", [terminology.BODY_HEIGHT], ("cm", "[in_i]"), "0", "280"),
        _vital("bmi", [terminology.BODY_MASS_INDEX], ("kg/m2",), "0", "200"),
        _vital("temperature", [terminology.BODY_TEMPERATURE], ("Cel", "[degF]"), "0", "120"),
        _score("pain-nrs", [terminology.PAIN_NRS, terminology.PAIN_NRS_SCALE], "0", "10"),
        Measure(
            "pain-vas",
            (terminology.PAIN_VAS, terminology.PAIN_VAS_SCALE),
            Category.SURVEY,
            ValueKind.QUANTITY,
            frozenset({"mm"}),
            low=Decimal(0),
            high=Decimal(100),
        ),
        _score("bpi-interference", [terminology.PAIN_INTERFERENCE_BPI], "0", "10", whole=False),
        _score("peg", [terminology.PEG_MEAN], "0", "10", whole=False),
        _score("promis-pain-intensity", [terminology.PAIN_INTENSITY_PROMIS], "1", "5"),
        _score("phq-9", [terminology.PHQ9_TOTAL], "0", "27", additive=True),
        _score("phq-9-item-9", [terminology.PHQ9_ITEM_9], "0", "3"),
        _score("gad-7", [terminology.GAD7_TOTAL], "0", "21", additive=True),
        _promis("promis-fatigue", terminology.PROMIS_FATIGUE),
        _promis("promis-sleep", terminology.PROMIS_SLEEP_DISTURBANCE),
        _promis("promis-cognition", terminology.PROMIS_COGNITIVE_FUNCTION),
        _promis("promis-pain-interference", terminology.PROMIS_PAIN_INTERFERENCE),
        _promis("promis-physical-function", terminology.PROMIS_PHYSICAL_FUNCTION),
        _promis("promis-depression", terminology.PROMIS_DEPRESSION),
        _promis("promis-anxiety", terminology.PROMIS_ANXIETY),
        Measure("avpu", (terminology.RESPONSIVENESS,), Category.EXAM, ValueKind.CODED),
        _score("rass", [terminology.SEDATION_RASS], "-5", "4", exam=True),
        _score("poss", [terminology.MEASURE["poss"]], "1", "4", exam=True),
        _score("ramsay", [terminology.MEASURE["ramsay"]], "1", "6", exam=True),
        _score("cadss", [terminology.MEASURE["cadss"]], "0", "92"),
        _score("fiqr", [terminology.MEASURE["fiqr"]], "0", "100", whole=False),
        _score("pgic", [terminology.MEASURE["pgic"]], "1", "7"),
        _score("fatigue-nrs", [terminology.MEASURE["fatigue-nrs"]], "0", "10"),
        _score("sleep-nrs", [terminology.MEASURE["sleep-nrs"]], "0", "10"),
        _score("cognition-nrs", [terminology.MEASURE["cognition-nrs"]], "0", "10"),
        _score("nausea-nrs", [terminology.MEASURE["nausea-nrs"]], "0", "10"),
        _score("aldrete", [terminology.MEASURE["aldrete"]], "0", "10", exam=True),
        Measure(
            "discharge-readiness",
            (terminology.MEASURE["discharge-readiness"],),
            Category.EXAM,
            ValueKind.COMPONENTS,
            components=(*_READINESS, "override"),
        ),
        Measure(
            "pain-reduction-pct",
            (terminology.MEASURE["pain-reduction-pct"],),
            Category.SURVEY,
            ValueKind.QUANTITY,
            frozenset({"%"}),
            high=Decimal(100),
        ),
        Measure(
            "relief-duration",
            (terminology.MEASURE["relief-duration"],),
            Category.SURVEY,
            ValueKind.QUANTITY,
            frozenset({"d"}),
            low=Decimal(0),
        ),
        Measure("treatment-response", (terminology.MEASURE["treatment-response"],), Category.SURVEY, ValueKind.CODED),
        Measure("follow-up-decision", (terminology.MEASURE["follow-up-decision"],), Category.THERAPY, ValueKind.CODED),
    )
}
"""Every measure that an observation may have, by the key that the clinic's file uses."""

COMPONENTS: Final[dict[str, Measure]] = {
    measure.key: measure
    for measure in (
        _vital("systolic", [terminology.SYSTOLIC], ("mm[Hg]",), "0", "400"),
        _vital("diastolic", [terminology.DIASTOLIC], ("mm[Hg]",), "0", "400"),
        _vital("mean", [terminology.MEAN_PRESSURE], ("mm[Hg]",), "0", "400"),
        *(Measure(key, (terminology.READINESS[key],), Category.EXAM, ValueKind.BOOLEAN) for key in _READINESS),
        Measure("override", (terminology.READINESS["override"],), Category.EXAM, ValueKind.TEXT),
    )
}
"""What the components of a blood pressure or of a discharge check may be."""
