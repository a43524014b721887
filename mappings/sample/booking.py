"""One pretend appointment: when it is, how it will go, and when each of its steps happens."""

from dataclasses import dataclass
from enum import StrEnum

from mappings.sample import chance, moment
from mappings.sample.course import Course
from mappings.sample.moment import Moment

APPOINTMENT_MIN = 90


class Fate(StrEnum):
    """How an appointment goes; the words are those of the session's status."""

    SCHEDULED = "scheduled"
    CHECKED_IN = "checked_in"
    PREPARING = "preparing"
    INFUSING = "infusing"
    PAUSED = "paused"
    RECOVERING = "recovering"
    COMPLETED = "completed"
    STOPPED = "stopped"
    ABORTED = "aborted"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


UNDER_WAY = (Fate.CHECKED_IN, Fate.PREPARING, Fate.INFUSING, Fate.PAUSED, Fate.RECOVERING)
HELD = frozenset({Fate.COMPLETED, Fate.STOPPED})


@dataclass(frozen=True, slots=True)
class Regimen:
    """What is ordered at one time: dose in hundredths of mg/kg, the most that may be given in whole mg."""

    phase: str
    dose: int
    max_total: int
    minutes: int

    @property
    def rate(self) -> int:
        """The rate in hundredths of mg/kg/h that gives the dose in these minutes."""
        return chance.divided(self.dose * 60, self.minutes)


def regimen(course: Course, phase: str, dose: int, minutes: int) -> Regimen:
    """Write down a pretend prescriber's order: invented numbers, no advice."""
    # dose (0.01 mg/kg) times weight (0.1 kg) is in 0.001 mg; the pretend limit lies 15 % higher.
    return Regimen(phase, dose, 1 + dose * course.weight * 115 // 100_000, minutes)


@dataclass(frozen=True, slots=True)
class Booking:
    """One appointment of a course, and the relief in percent that the patient has before and after it."""

    course: Course
    number: int
    sequence: int
    planned: int | None
    at: Moment
    regimen: Regimen
    fate: Fate
    relief_before: int
    relief_after: int

    @property
    def id(self) -> str:
        """The id of the session's record."""
        return self.course.name("S", f"{self.number:02}")

    def chance(self, *names: object) -> chance.Chance:
        """Open a stream of decisions of this appointment's own."""
        return self.course.chance("session", self.number, *names)


def fate(draw: chance.Chance, at: Moment) -> Fate:
    """Decide how an appointment goes; what is ahead of the export's day is only booked."""
    if at.day > moment.EXPORTED:
        return Fate.SCHEDULED
    if at.day == moment.EXPORTED:
        return draw.pick(UNDER_WAY)
    number = draw.below(1000)
    for often, ends in ((35, Fate.NO_SHOW), (75, Fate.CANCELLED), (95, Fate.ABORTED), (140, Fate.STOPPED)):
        if number < often:
            return ends
    return Fate.COMPLETED


@dataclass(frozen=True, slots=True)
class Times:
    """When each step of a session happens; the infusion ends early when it is stopped."""

    checked_in: Moment
    prep_start: Moment
    infusion_start: Moment
    infusion_end: Moment
    recovery_end: Moment
    discharged: Moment
    pause: tuple[int, int] | None


def times(booking: Booking) -> Times:
    """Let the steps of a session follow each other within about 90 minutes."""
    draw = booking.chance("times")
    minutes = booking.regimen.minutes
    if booking.fate is Fate.STOPPED:
        minutes = draw.between(12, 34)
    pause = (draw.between(14, 24), draw.between(4, 8)) if draw.per_mille(100) or booking.fate is Fate.PAUSED else None
    if booking.fate is Fate.STOPPED:
        pause = None
    prep = booking.at.plus(draw.between(1, 3))
    start = booking.at.plus(draw.between(16, 20))
    end = start.plus(minutes + (pause[1] if pause else 0))
    recovered = end.plus(draw.between(11, 16))
    return Times(
        checked_in=booking.at.plus(draw.between(-8, 0)),
        prep_start=prep,
        infusion_start=start,
        infusion_end=end,
        recovery_end=recovered,
        discharged=recovered.plus(draw.between(2, 5)),
        pause=pause,
    )
