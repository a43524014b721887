"""How one pretend course goes: appointments, adjustments of the plan, follow-up, maintenance, how it ends."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from fhir_profiles import terminology
from fhir_profiles.terminology import Concept
from mappings.sample import booking, effects, moment, words
from mappings.sample.booking import HELD, Booking, Fate, Regimen
from mappings.sample.course import Course
from mappings.sample.moment import Moment
from mappings.sample.words import Raw

Ending = Literal["none", "left", "no_response", "goal_met"]

INDUCTIONS: Final = 6
MAINTENANCES: Final = 12
_MOST_SLOTS: Final = 10
_EVENING: Final = 17 * 60
_RELIEF: Final = {"responder": (55, 80), "partial": (20, 44), "non_responder": (0, 14)}


@dataclass(slots=True)
class Story:
    """What has happened in a course so far; written once by `told`."""

    course: Course
    induction: Regimen
    maintenance: Regimen | None = None
    bookings: list[Booking] = field(default_factory=list)
    revisions: list[Raw] = field(default_factory=list)
    follow_up: Moment | None = None
    relief: int = 0
    inductions: int = 0
    maintenances: int = 0
    ending: Ending = "none"
    ended: dt.date | None = None

    @property
    def inducted(self) -> bool:
        """Whether the induction is over."""
        return self.inductions >= INDUCTIONS and all(b.fate not in _AHEAD for b in self.bookings)

    def revise(self, day: dt.date, reason: Concept, summary: str, change: str, *causes: str) -> None:
        """Add a revision of the plan."""
        revision: Raw = {
            "rev": len(self.revisions) + 1,
            "at": Moment(day, _EVENING + len(self.revisions)).text,
            "by": words.PRESCRIBER,
            "reason": words.coded(reason),
        }
        if causes:
            revision["triggered_by"] = list(causes)
        self.revisions.append(revision | {"summary": summary, "dose_change": change})


_AHEAD: Final = frozenset({Fate.SCHEDULED, *booking.UNDER_WAY})
_COUNTED: Final = frozenset({Fate.ABORTED, *HELD, *_AHEAD})


def told(course: Course) -> Story:
    """Let a course happen up to the day of the export."""
    minutes = course.chance("minutes").between(45, 55)
    story = Story(course, booking.regimen(course, "induction", course.dose, minutes))
    day = course.assessed.day + dt.timedelta(days=1)
    first = "First plan after the initial assessment."
    story.revise(day, terminology.REVISION_REASON["initial"], first, "none", f"assessment/{course.name('A')}")
    _induction(story)
    if story.inducted and story.ending == "none":
        _after_induction(story)
    return story


def _induction(story: Story) -> None:
    """Six infusions in two to three weeks; who did not come, comes on the next day that is free."""
    course = story.course
    for at in _slots(course):
        if story.inductions >= INDUCTIONS:
            return
        if course.leaves_after is not None and story.inductions >= course.leaves_after:
            _leaves(story, at.day)
            return
        held = _appointment(story, story.induction, story.inductions + 1, INDUCTIONS, at)
        story.inductions += held.fate in _COUNTED
        if held.fate in HELD:
            story.induction = _adjusted(story, held, story.induction)


def _slots(course: Course) -> Iterator[Moment]:
    day, found = course.start, 0
    while found < _MOST_SLOTS:
        if day.weekday() in course.weekdays:
            yield Moment(day, course.minute)
            found += 1
        day += dt.timedelta(days=1)


def _appointment(story: Story, regimen: Regimen, sequence: int, planned: int | None, at: Moment) -> Booking:
    """Let one appointment happen, or not."""
    course, number = story.course, len(story.bookings) + 1
    fate = booking.fate(course.chance("fate", number), at)
    low, high = _RELIEF[course.response]
    target = course.chance("relief").between(low, high)
    after = target * min(sequence, INDUCTIONS) // INDUCTIONS if fate in HELD else story.relief
    if regimen.phase == "maintenance":
        after = target
    happened = Booking(course, number, sequence, planned, at, regimen, fate, story.relief, after)
    story.bookings.append(happened)
    story.relief = after
    return happened


def _adjusted(story: Story, held: Booking, regimen: Regimen) -> Regimen:
    """Change the dose when it was too much or too little, with the reason as a revision of the plan."""
    felt = effects.side_effects(held, booking.times(held))
    worst = next((effect for effect in felt if effect["serious"]), felt[0] if held.fate is Fate.STOPPED else None)
    reasons = terminology.REVISION_REASON
    if worst is not None:
        changed = booking.regimen(story.course, regimen.phase, max(20, regimen.dose - 10), regimen.minutes)
        cause = f"side-effect/{worst['id']}"
        story.revise(held.at.day, reasons["adverse-effect"], "Dose lowered after a side effect.", "down", cause)
        return changed
    slow = story.course.response != "responder" and held.sequence in {2, 4}
    if slow and held.chance("raised").per_mille(600):
        changed = booking.regimen(story.course, regimen.phase, regimen.dose + 5, regimen.minutes)
        cause = f"session/{held.id}"
        story.revise(held.at.day, reasons["response"], "Dose raised: little relief so far.", "up", cause)
        return changed
    return regimen


def _leaves(story: Story, day: dt.date) -> None:
    story.ending, story.ended = "left", max(min(day, moment.EXPORTED), story.course.start)
    reason = terminology.REVISION_REASON["other"]
    story.revise(story.ended, reason, "Patient did not want to go on.", "none")


def _after_induction(story: Story) -> None:
    """Follow up, then maintain, or end."""
    course = story.course
    draw = course.chance("after")
    day = moment.later(story.bookings[-1].at.day, draw.between(5, 9))
    if day > moment.EXPORTED:
        return
    story.follow_up = Moment(day, 15 * 60)
    cause = f"follow-up/{course.name('F', 1)}"
    reason = terminology.REVISION_REASON["response"]
    if course.response == "non_responder":
        story.ending, story.ended = "no_response", day
        story.revise(day, reason, "No response to the induction; plan ended.", "none", cause)
    elif course.response == "responder" and course.stays_well:
        story.ending, story.ended = "goal_met", day
        story.revise(day, reason, "Goal met; patient wants no maintenance.", "none", cause)
    else:
        story.revise(day, reason, "Induction complete; maintenance starts.", "none", cause)
        _maintenance(story, day)


def _maintenance(story: Story, day: dt.date) -> None:
    """Once a month, up to the export; one appointment ahead is booked."""
    course = story.course
    regimen = booking.regimen(course, "maintenance", story.induction.dose, story.induction.minutes)
    at = Moment(moment.later(day, 14), course.minute)
    while story.maintenances < MAINTENANCES and at.day <= moment.EXPORTED:
        happened = _appointment(story, regimen, story.maintenances + 1, MAINTENANCES, at)
        story.maintenances += happened.fate in _COUNTED
        if happened.fate in HELD:
            regimen = _adjusted(story, happened, regimen)
        at = Moment(moment.later(at.day, 28), course.minute)
    if not course.on_hold:
        _appointment(story, regimen, story.maintenances + 1, MAINTENANCES, at)
    story.maintenance = regimen
