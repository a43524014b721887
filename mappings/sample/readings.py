"""What the pretend clinic measures: vital signs, weight and scores."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fhir_profiles import terminology
from mappings.sample import chance, words
from mappings.sample.course import Course
from mappings.sample.moment import Moment
from mappings.sample.words import Raw

_SCORE = "{score}"


@dataclass(frozen=True, slots=True)
class Visit:
    """Where measurements are taken: `prefix` begins the ids of the visit's observations."""

    course: Course
    reference: str
    prefix: str
    plan: str | None = None
    infusion_start: Moment | None = None

    def observation(self, name: str, measure: str, at: Moment, timepoint: str, **fields: Any) -> Raw:
        """Write one measurement, made final a few minutes after it was taken."""
        point: Raw = {"code": timepoint}
        if self.infusion_start is not None:
            point["offset_min"] = at.minutes_since(self.infusion_start)
        observation = words.record("observation", f"{self.prefix}-{name}", at.plus(5)) | {
            "patient": self.course.patient,
            "measure": measure,
            "effective": at.text,
            "status": "final",
            **fields,
            "visit": self.reference,
        }
        if self.plan is not None:
            observation["plan"] = self.plan
        return observation | {"timepoint": point}

    def reported(self, name: str, measure: str, at: Moment, timepoint: str, score: int) -> Raw:
        """Write a score from 0 to 10 that the patient gave, or did not want to give."""
        by: Raw = {"performer": f"patient/{self.course.patient}"}
        if self.course.chance(self.prefix, name).per_mille(8):
            return self.observation(name, measure, at, timepoint, absent="asked-declined", **by)
        value = words.quantity(max(0, min(10, score)), _SCORE)
        return self.observation(name, measure, at, timepoint, value=value, **by)

    def weighed(self, at: Moment, timepoint: str, weight: int) -> Raw:
        """Write the body weight, given in tenths of a kilogram."""
        value = words.quantity(chance.tenths(weight), "kg")
        by = f"staff-role/{words.NURSE}"
        return self.observation("WT", "weight", at, timepoint, value=value, performer=by)


@dataclass(frozen=True, slots=True)
class Vitals:
    """One round of vital signs."""

    systolic: int
    diastolic: int
    pulse: int
    saturation: int

    def observations(self, visit: Visit, number: int, at: Moment, timepoint: str) -> Iterator[Raw]:
        """Write blood pressure, heart rate and oxygen saturation as the monitor shows them."""
        pressure: Raw = {
            "components": [
                {"measure": "systolic", "value": words.quantity(self.systolic, "mm[Hg]")},
                {"measure": "diastolic", "value": words.quantity(self.diastolic, "mm[Hg]")},
            ],
            "device": words.MONITOR,
        }
        if number == 1:
            pressure["body_position"] = words.coded(terminology.SITTING)
        if self.systolic >= _HIGH:
            pressure["interpretation"] = words.coded(terminology.INTERPRETATION["H"])
        yield visit.observation(f"BP{number}", "bp", at, timepoint, **pressure)
        for name, measure, value, unit in (
            ("HR", "hr", self.pulse, "/min"),
            ("SP", "spo2", self.saturation, "%"),
        ):
            fields = {"value": words.quantity(value, unit), "device": words.MONITOR}
            yield visit.observation(f"{name}{number}", measure, at, timepoint, **fields)


_HIGH = 160


def vitals(course: Course, draw: chance.Chance, strain: int) -> Vitals:
    """Measure vital signs under a strain from 0 (rest) to 10 (the height of an infusion)."""
    return Vitals(
        systolic=course.systolic + 2 * strain + draw.between(-5, 5),
        diastolic=course.diastolic + strain + draw.between(-4, 4),
        pulse=course.pulse + strain + draw.between(-5, 5),
        saturation=draw.between(96, 99) - strain // 6,
    )


def questionnaire(visit: Visit, at: Moment, timepoint: str, answers: tuple[int, ...]) -> Raw:
    """Write a PHQ-9 total with its answers; now and then the clinic's sheet adds them up wrongly."""
    wrong = visit.course.chance(visit.prefix, "sum").per_mille(10)
    items = [{"link_id": link, "answer": answer} for link, answer in zip(words.PHQ9_ITEMS, answers, strict=True)]
    return visit.observation(
        "PHQ",
        "phq-9",
        at,
        timepoint,
        value=words.quantity(min(27, sum(answers) + wrong), _SCORE),
        performer=f"patient/{visit.course.patient}",
    ) | {"questionnaire_response": {"questionnaire": words.PHQ9, "version": "1", "items": items}}


def scores(visit: Visit, at: Moment, timepoint: str, relief: int) -> Iterator[Raw]:
    """Write what the patient says about pain, fatigue, sleep, mood and anxiety, after relief in percent."""
    course = visit.course
    draw = course.chance(visit.prefix, "scores")
    yield visit.reported("NRS", "pain-nrs", at, timepoint, lowered(course.pain, relief))
    yield visit.reported("FAT", "fatigue-nrs", at.plus(2), timepoint, lowered(course.fatigue, relief) + draw.below(2))
    yield visit.reported("SLP", "sleep-nrs", at.plus(3), timepoint, lowered(course.sleep, relief) + draw.below(2))
    yield visit.reported("COG", "cognition-nrs", at.plus(4), timepoint, lowered(course.sleep, relief) - draw.below(2))
    answers = tuple(lowered(answer, relief) for answer in course.mood)
    yield questionnaire(visit, at.plus(6), timepoint, answers)
    value = words.quantity(lowered(course.anxiety, relief), _SCORE)
    by = f"patient/{course.patient}"
    yield visit.observation("GAD", "gad-7", at.plus(8), timepoint, value=value, performer=by)


def lowered(score: int, relief: int) -> int:
    """Give a score after so many percent of relief."""
    return chance.divided(score * (100 - relief), 100)


def assessment(course: Course) -> Iterator[Raw]:
    """Write the measurements of the initial assessment."""
    visit = Visit(course, f"assessment/{course.name('A')}", course.name("O", "A"))
    at = course.assessed.plus(10)
    yield visit.weighed(at, "baseline", course.weight)
    height = words.quantity(course.height, "cm")
    by = f"staff-role/{words.NURSE}"
    yield visit.observation("HT", "height", at.plus(1), "baseline", value=height, performer=by)
    yield from vitals(course, course.chance("assessment"), 0).observations(visit, 1, at.plus(3), "baseline")
    yield from scores(visit, at.plus(6), "baseline", 0)


def follow_up(course: Course, number: int, at: Moment, relief: int) -> Iterator[Raw]:
    """Write the measurements of a follow-up visit."""
    reference = f"follow-up/{course.name('F', number)}"
    visit = Visit(course, reference, course.name("O", f"F{number}"), plan=course.plan)
    yield from scores(visit, at, "follow_up", relief)
