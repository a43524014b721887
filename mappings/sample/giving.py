"""What a pretend session gives: order, rates, amounts, premedication. No number here is advice."""

from mappings.sample import chance, words
from mappings.sample.booking import Booking, Fate, Regimen, Times
from mappings.sample.moment import Moment
from mappings.sample.words import Raw


def order(regimen: Regimen) -> Raw:
    """Copy the regimen as it is when the session is prepared."""
    return {
        "phase": regimen.phase,
        "drug": words.ketamine(),
        "route": words.intravenous(),
        "dose": words.quantity(chance.hundredths(regimen.dose), "mg/kg"),
        "rate": words.quantity(chance.hundredths(regimen.rate), "mg/kg/h"),
        "max_total": words.quantity(chance.hundredths(100 * regimen.max_total), "mg"),
    }


def ordered(regimen: Regimen, weight: int) -> int:
    """Give what the pretend prescriber writes down for this weight, in tenths of mg."""
    return chance.divided(regimen.dose * weight, 100)


def infusion(booking: Booking, times: Times, weight: int) -> Raw:
    """Write given_total and segments of an infusion that took place, wholly or in part."""
    draw = booking.chance("given")
    total = ordered(booking.regimen, weight)
    if booking.fate is Fate.STOPPED:
        ran = times.infusion_end.minutes_since(times.infusion_start)
        total = chance.divided(total * ran, booking.regimen.minutes)
    elif draw.per_mille(12):
        total = 10 * booking.regimen.max_total + draw.between(3, 40)
    segments = _segments(booking, times, total, draw)
    written = total + 6 if draw.per_mille(8) else total
    found: Raw = {"segments": segments}
    if booking.fate not in {Fate.INFUSING, Fate.PAUSED}:
        found["given_total"] = words.quantity(chance.tenths(written), "mg")
        found |= _controlled(total, draw)
    return found


def _segments(booking: Booking, times: Times, total: int, draw: chance.Chance) -> list[Raw]:
    start, end, rate = times.infusion_start, times.infusion_end, booking.regimen.rate
    if times.pause is not None:
        after, long = times.pause
        share = chance.divided(total * after, booking.regimen.minutes)
        paused = _segment(1, start, start.plus(after), rate, share, "pause")
        paused["reason"] = words.coded(text=draw.pick(("visit to the bathroom", "patient asked for a break")))
        if booking.fate is Fate.PAUSED:
            return [paused]
        return [paused, _segment(2, start.plus(after + long), end, rate, total - share, "complete")]
    ends = "stop" if booking.fate is Fate.STOPPED else "complete"
    if booking.fate is Fate.INFUSING:
        return [{"no": 1, "start": start.text, "rate": words.quantity(chance.hundredths(rate), "mg/kg/h")}]
    if booking.fate is not Fate.STOPPED and draw.per_mille(200):
        after = draw.between(15, 25)
        share = chance.divided(total * after * 110, booking.regimen.minutes * 100)
        faster = chance.divided(rate * 110, 100)
        slower = _segment(2, start.plus(after), end, 2 * rate - faster, total - share, ends)
        return [_segment(1, start, start.plus(after), faster, share, "planned_change"), slower]
    return [_segment(1, start, end, rate, total, ends)]


def _segment(no: int, start: Moment, end: Moment, rate: int, amount: int, ends: str) -> Raw:
    return {
        "no": no,
        "start": start.text,
        "end": end.text,
        "rate": words.quantity(chance.hundredths(rate), "mg/kg/h"),
        "amount": words.quantity(chance.tenths(amount), "mg"),
        "end_reason": ends,
        "changed_by": words.NURSE,
    }


def _controlled(total: int, draw: chance.Chance) -> Raw:
    """Write the controlled-substance log, which never leaves the clinic."""
    millilitres = 10 * (total // 100 + 1)
    return {
        "concentration": words.quantity(1, "mg/mL"),
        "volume": words.quantity(millilitres, "mL"),
        "lot": f"HT-LOT-{draw.between(1, 40)}",
        "expiry": f"2027-{draw.between(1, 12):02}",
        "wasted": words.quantity(chance.tenths(10 * millilitres - total), "mg"),
        "witness": words.SECOND_NURSE,
    }


def premedication(booking: Booking, times: Times) -> list[Raw]:
    """Write what became of the premedication."""
    if not booking.course.premedicated:
        return []
    draw = booking.chance("premedication")
    given: Raw = {
        "key": "pm1",
        "premedication": "p1",
        "drug": words.ondansetron(),
        "dose": words.quantity(4, "mg"),
        "route": words.intravenous(),
        "at": times.prep_start.plus(2).text,
        "by": words.NURSE,
        "status": "given",
    }
    number = draw.below(1000)
    if number < 40:
        given |= {"status": "refused", "reason": words.coded(text="patient prefers none")}
    elif number < 55:
        given |= {"status": "held", "reason": words.coded(text="no nausea in any session so far")}
    elif number < 60:
        given["status"] = "held"
    return [given]
