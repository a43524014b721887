"""What is decided about one pretend patient before anything happens."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from mappings.sample import chance, moment

Response = Literal["responder", "partial", "non_responder"]
_DAYS_OF_STARTS = 122


@dataclass(frozen=True, slots=True)
class Course:
    """One pretend patient's traits; the dose is invented at random, as a pretend prescriber's choice."""

    seed: int
    number: int
    start: dt.date
    minute: int
    weekdays: tuple[int, ...]
    response: Response
    weight: int
    height: int
    dose: int
    systolic: int
    diastolic: int
    pulse: int
    pain: int
    fatigue: int
    sleep: int
    mood: tuple[int, ...]
    anxiety: int
    premedicated: bool
    leaves_after: int | None
    on_hold: bool
    stays_well: bool

    def chance(self, *names: object) -> chance.Chance:
        """Open a stream of decisions of this patient's own, so that no decision moves another."""
        return chance.Chance("infusion-fhir sample 1", self.seed, self.number, *names)

    def name(self, prefix: str, *parts: object) -> str:
        """Make the id of one of this patient's records."""
        return "-".join([prefix, f"{self.number:04}", *map(str, parts)])

    @property
    def patient(self) -> str:
        """The id of the patient's record."""
        return self.name("P")

    @property
    def plan(self) -> str:
        """The id of the plan's record."""
        return self.name("PL")

    @property
    def assessed(self) -> moment.Moment:
        """When the initial assessment was."""
        day = self.start - dt.timedelta(days=7 if self.start.weekday() == 0 else 6)
        return moment.Moment(day, 9 * 60)


def course(seed: int, number: int) -> Course:
    """Decide about one patient."""
    draw = chance.Chance("infusion-fhir sample 1", seed, number, "course")
    start = moment.later(moment.FIRST_DAY, draw.below(_DAYS_OF_STARTS))
    return Course(
        seed=seed,
        number=number,
        start=start,
        minute=8 * 60 + 30 * draw.below(14),
        weekdays=draw.pick(((0, 2, 4), (0, 3), (1, 4), (1, 3, 4))),
        response=_response(draw),
        weight=draw.between(480, 1150),
        height=draw.between(150, 192),
        dose=5 * draw.between(6, 12),
        systolic=draw.between(108, 138),
        diastolic=draw.between(64, 86),
        pulse=draw.between(60, 86),
        pain=draw.between(6, 9),
        fatigue=draw.between(5, 9),
        sleep=draw.between(5, 9),
        mood=tuple(draw.below(4) if item < _LAST_ITEM else int(draw.per_mille(40)) for item in range(_LAST_ITEM + 1)),
        anxiety=draw.between(3, 15),
        premedicated=not draw.per_mille(80),
        leaves_after=draw.between(1, 5) if draw.per_mille(50) else None,
        on_hold=draw.per_mille(40),
        stays_well=draw.per_mille(120),
    )


_LAST_ITEM = 8


def _response(draw: chance.Chance) -> Response:
    """Decide as the literature reports: about seven of ten respond."""
    number = draw.below(100)
    if number < 70:
        return "responder"
    return "partial" if number < 85 else "non_responder"
