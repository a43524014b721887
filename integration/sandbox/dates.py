"""FHIR's dates and times as the stretch of time that they cover, in whole nanoseconds, so that searches can compare."""

import calendar
import datetime as dt
import re
from typing import Any, Final

Stretch = tuple[int, int]
"""First and last nanosecond since 1970, both included."""

_WRITTEN = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?"
)
_SECOND: Final = 1_000_000_000
_DAY: Final = 86_400 * _SECOND
_EPOCH: Final = dt.date(1970, 1, 1).toordinal()
ALWAYS: Final = 10**24
"""Beyond every moment that can be written: the open end of a period."""


def stretch(text: str) -> Stretch | None:
    """What a date, dateTime or instant covers; a time without a zone counts as UTC; None: it is none."""
    found = _WRITTEN.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        if hour is None:
            return _days(int(year), month, day)
        start = _midnight(int(year), int(month), int(day)) + _since_midnight(int(hour), int(minute), second)
    except ValueError:
        return None
    start -= _offset(zone)
    if second is None:
        return start, start + 60 * _SECOND - 1
    if fraction is None:
        return start, start + _SECOND - 1
    digits = fraction[:9]
    start += int(digits.ljust(9, "0"))
    return start, start + 10 ** (9 - len(digits)) - 1


def of(value: Any) -> Stretch | None:
    """What an element covers: a date of any kind, a Period, or a Timing with events."""
    if isinstance(value, str):
        return stretch(value)
    if not isinstance(value, dict):
        return None
    if "event" in value:
        moments = [found for one in _listed(value["event"]) if isinstance(one, str) and (found := stretch(one))]
        return (min(low for low, _ in moments), max(high for _, high in moments)) if moments else None
    start, end = (stretch(text) if isinstance(text := value.get(key), str) else None for key in ("start", "end"))
    if start is None and end is None:
        return None
    return (-ALWAYS if start is None else start[0]), (ALWAYS if end is None else end[1])


def holds(prefix: str, found: Stretch, asked: Stretch) -> bool:
    """Whether a stretch answers to what a search asked, by the rules of R4's prefixes."""
    (low, high), (first, last) = found, asked
    match prefix:
        case "eq":
            return first <= low and high <= last
        case "ne":
            return not (first <= low and high <= last)
        case "gt":
            return high > last
        case "ge":
            return high >= first
        case "lt":
            return low < first
        case "le":
            return low <= last
        case "sa":
            return low > last
        case "eb":
            return high < first
        case _:
            return low <= last and first <= high


def _days(year: int, month: str | None, day: str | None) -> Stretch:
    first = _midnight(year, int(month or 1), int(day or 1))
    if day is not None:
        return first, first + _DAY - 1
    last_month = int(month or 12)
    end = _midnight(year, last_month, calendar.monthrange(year, last_month)[1])
    return first, end + _DAY - 1


def _midnight(year: int, month: int, day: int) -> int:
    return (dt.date(year, month, day).toordinal() - _EPOCH) * _DAY


def _since_midnight(hour: int, minute: int, second: str | None) -> int:
    seconds = int(second or 0)
    if hour > 23 or minute > 59 or seconds > 60:
        raise ValueError
    return (hour * 3_600 + minute * 60 + seconds) * _SECOND


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3_600 + int(zone[4:6]) * 60
    return (-seconds if zone[0] == "-" else seconds) * _SECOND


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
