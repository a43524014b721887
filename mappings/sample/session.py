"""Pretend sessions and the measurements taken at them."""

from collections.abc import Iterator
from typing import Final

from fhir_profiles import terminology
from mappings.sample import chance, effects, giving, readings, slip, words
from mappings.sample.booking import APPOINTMENT_MIN, HELD, Booking, Fate, Times, times
from mappings.sample.moment import Moment
from mappings.sample.words import Raw

_EVERY: Final = 10
_CRITERIA: Final = ("vitals-stable", "oriented", "walks-unaided", "nausea-controlled")
_NOT_HELD: Final = {
    Fate.CANCELLED: ("patient-choice", ("patient has a cold", "work", "no ride home", "appointment moved")),
    Fate.ABORTED: ("contraindication", ("blood pressure too high on arrival", "patient had eaten", "fever")),
}


def records(booking: Booking) -> Iterator[Raw]:
    """Write a session and what was measured at it."""
    when = times(booking)
    weight = booking.course.weight + booking.chance("weight").between(-8, 8)
    reached = _reached(booking, when)
    session = _session(booking, when, weight, reached)
    yield session
    if reached is None:
        return
    started = when.infusion_start if "infusion_start" in session.get("actual", {}) else None
    visit = readings.Visit(
        booking.course, f"session/{booking.id}", booking.course.name("O", f"{booking.number:02}"),
        plan=booking.course.plan, infusion_start=started,
    )  # fmt: skip
    for number, observation in enumerate(_measured(booking, visit, when, weight, session)):
        if observation["effective"] <= reached.text:
            yield from slip.slipped(observation, booking.chance("slip", number), when.discharged)


def _reached(booking: Booking, when: Times) -> Moment | None:
    """Tell up to which moment the session has come; None when the patient was not there."""
    steps = {
        Fate.CHECKED_IN: when.checked_in,
        Fate.PREPARING: when.infusion_start.plus(-1),
        Fate.INFUSING: when.infusion_start.plus(12),
        Fate.PAUSED: when.infusion_start.plus(when.pause[0] + 1 if when.pause else 15),
        Fate.RECOVERING: when.infusion_end.plus(9),
        Fate.ABORTED: when.infusion_start.plus(-1),
        Fate.COMPLETED: when.discharged,
        Fate.STOPPED: when.discharged,
    }
    return steps.get(booking.fate)


def _session(booking: Booking, when: Times, weight: int, reached: Moment | None) -> Raw:
    draw = booking.chance("session")
    at = booking.at
    updated = reached.plus(10) if reached is not None else at.plus(APPOINTMENT_MIN)
    if booking.fate in {Fate.SCHEDULED, Fate.CANCELLED}:
        updated = Moment(booking.course.assessed.day, 17 * 60)
    session = words.record("session", booking.id, updated) | {
        "plan": booking.course.plan,
        "phase": booking.regimen.phase,
        "sequence_no": booking.sequence,
    }
    if booking.planned is not None:
        session["planned_total"] = booking.planned
    session |= {
        "status": booking.fate.value,
        "scheduled": {"start": at.text, "end": at.plus(APPOINTMENT_MIN).text},
        "location": words.ROOM,
        "chair": draw.pick(words.CHAIRS),
        "staff": [
            {"role": "prescriber", "staff_role": words.PRESCRIBER},
            {"role": "infusion_nurse", "staff_role": words.NURSE},
        ],
    }
    if booking.fate in {Fate.CANCELLED, Fate.ABORTED}:
        code, texts = _NOT_HELD[booking.fate]
        session["not_done_reason"] = words.reason(code, draw.pick(texts))
    if booking.fate is Fate.NO_SHOW:
        session["not_done_reason"] = words.coded(text=draw.pick(("did not come", "not reached by phone")))
    if reached is not None:
        session |= _came(booking, when, weight, reached)
    return session


def _came(booking: Booking, when: Times, weight: int, reached: Moment) -> Raw:
    """Write what happened once the patient was there."""
    draw = booking.chance("came")
    steps = ("checked_in", "prep_start", "infusion_start", "infusion_end", "recovery_end", "discharged")
    came: Raw = {"actual": {step: getattr(when, step).text for step in steps if getattr(when, step) <= reached}}
    if booking.fate is Fate.ABORTED:
        came["actual"]["discharged"] = reached.plus(10).text
    if booking.fate in HELD and draw.per_mille(8):
        came["actual"]["checked_in"] = when.prep_start.plus(3).text
    if booking.fate in {Fate.CHECKED_IN, Fate.ABORTED}:
        return came
    came |= {
        "pump": words.PUMP,
        "dosing_weight": _weighed(booking),
        "order": giving.order(booking.regimen),
        "ordered_total": words.quantity(chance.tenths(giving.ordered(booking.regimen, weight)), "mg"),
    }
    if booking.course.premedicated:
        came["premeds_given"] = giving.premedication(booking, when)
    if booking.fate is Fate.PREPARING:
        return came
    came |= giving.infusion(booking, when, weight)
    if booking.fate in {Fate.INFUSING, Fate.PAUSED}:
        return came
    felt = effects.side_effects(booking, when)
    if felt:
        came["side_effects"] = felt
    return came | (_left(booking, when, felt) if booking.fate in HELD else {})


def _weighed(booking: Booking) -> str:
    """Name the weight that the dose was worked out from: now and then an old one, a finding."""
    if booking.chance("weighed").per_mille(12):
        return booking.course.name("O", "A-WT")
    return booking.course.name("O", f"{booking.number:02}-WT")


def _left(booking: Booking, when: Times, felt: list[Raw]) -> Raw:
    """Write how the session ended."""
    draw = booking.chance("left")
    left: Raw = {}
    stopped = booking.fate is Fate.STOPPED
    if stopped and not draw.per_mille(150):
        left["stop_reason"] = words.reason("adverse-effect", "stopped because of a side effect")
    unmet = draw.pick(_CRITERIA) if draw.per_mille(25) else None
    left["discharge"] = {
        "at": when.discharged.plus(-1).text,
        "criteria": [{"key": key, "met": key != unmet} for key in _CRITERIA],
        "by": words.NURSE,
        "escort_present": not draw.per_mille(10),
        "instructions_given": not draw.per_mille(5),
    }
    if unmet is not None and not draw.per_mille(300):
        left["discharge"]["override_reason"] = "Prescriber agreed; patient felt well enough."
    result = "unsuccessful" if stopped else "successful" if booking.relief_after >= _GOOD else "partial"
    serious = any(effect["serious"] for effect in felt)
    return left | {"outcome": {"result": result}, "next_step": "adjust" if stopped or serious else "continue"}


_GOOD = 25


def _measured(booking: Booking, visit: readings.Visit, when: Times, weight: int, session: Raw) -> Iterator[Raw]:
    """Write every measurement of a session in the order in which it was taken."""
    draw = booking.chance("vitals")
    if session.get("dosing_weight") == f"{visit.prefix}-WT" or booking.fate is Fate.ABORTED:
        yield visit.weighed(when.prep_start.plus(1), "pre", weight)
    before = when.infusion_start.plus(-6)
    yield visit.reported("NRS1", "pain-nrs", before.plus(-3), "baseline", _now(booking, "pain", booking.relief_before))
    yield visit.reported(
        "FAT", "fatigue-nrs", before.plus(-2), "baseline", _now(booking, "fatigue", booking.relief_before)
    )
    yield visit.reported("SLP", "sleep-nrs", before.plus(-2), "baseline", _now(booking, "sleep", booking.relief_before))
    for number, (timepoint, at, strain) in enumerate(_rounds(booking, when), start=1):
        more = sum(_RISES for effect in session.get("side_effects", ()) if _shows(effect, at))
        yield from readings.vitals(booking.course, draw, strain + more).observations(visit, number, at, timepoint)
    breathing = words.quantity(draw.between(11, 18), "/min")
    by = f"staff-role/{words.NURSE}"
    yield visit.observation("RR", "rr", before.plus(1), "baseline", value=breathing, performer=by)
    leaving = when.discharged.plus(-2)
    yield visit.reported("NRS2", "pain-nrs", leaving, "discharge", _now(booking, "pain", booking.relief_after + 15))


_RISES: Final = 10


def _shows(effect: Raw, at: Moment) -> bool:
    """Tell whether a rise of the blood pressure, noted as a side effect, shows on the monitor at this moment."""
    rise = effect["effect"]["codings"][0]["code"] == terminology.EFFECT["blood-pressure-rise"].code
    onset, resolved = str(effect["onset"]), str(effect.get("resolved", at.text))
    return bool(rise) and onset <= at.text <= resolved


def _now(booking: Booking, score: str, relief: int) -> int:
    """Give a score of today: the baseline, the relief so far, and how the day is."""
    at_first: int = getattr(booking.course, score)
    return readings.lowered(at_first, relief) + booking.chance("day", score, relief).between(-1, 1)


def _rounds(booking: Booking, when: Times) -> Iterator[tuple[str, Moment, int]]:
    """Plan the rounds of vital signs; a few are forgotten, a finding."""
    draw = booking.chance("rounds")
    forgot_before, forgot_after, gap = draw.per_mille(8), draw.per_mille(15), draw.per_mille(30)
    strained = 14 if booking.fate is Fate.ABORTED else 0
    if not forgot_before:
        yield "baseline", when.infusion_start.plus(-6), strained
    ran = when.infusion_end.minutes_since(when.infusion_start)
    for minute in range(_EVERY, ran - 2, _EVERY):
        if not (gap and minute in {2 * _EVERY, 3 * _EVERY}):
            yield "during", when.infusion_start.plus(minute), min(10, 3 + minute // 5)
    yield "end", when.infusion_end, 8
    yield "recovery", when.infusion_end.plus(8), 3
    if not forgot_after:
        yield "discharge", when.discharged.plus(-3), 1


def booked_by_mistake(booking: Booking) -> Raw:
    """Write an appointment that was booked for the wrong patient and withdrawn."""
    session = _session(booking, times(booking), booking.course.weight, None)
    return session | {
        "id": f"{booking.id}-x",
        "status": "entered_in_error",
        "entered_in_error": {"text": "Booked for the wrong patient."},
    }
