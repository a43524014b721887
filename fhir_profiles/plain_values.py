"""The form of FHIR's plain values: what a date, an id, a code may look like."""

import calendar
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

_LARGEST: Final = 2**31 - 1
_LONGEST_STRING: Final = 1024 * 1024
_WIDEST_OFFSET: Final = 14 * 60

_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?"
_ZONE = r"(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)"
_DAY = r"(\d{4})-(0[1-9]|1[0-2])-(\d\d)"
_PARTIAL = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2]))?")
_DATE = re.compile(_DAY)
_INSTANT = re.compile(rf"{_DAY}T{_CLOCK}({_ZONE})")
_TIME = re.compile(_CLOCK)
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_CODE = re.compile(r"[^\s]+(?:\s[^\s]+)*")
_WORD = re.compile(r"\S+")
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _is_date(text: str) -> bool:
    return bool(_PARTIAL.fullmatch(text)) or _is_day(_DATE.fullmatch(text))


def _is_date_time(text: str) -> bool:
    return _is_instant(text) if "T" in text else _is_date(text)


def _is_instant(text: str) -> bool:
    found = _INSTANT.fullmatch(text)
    return bool(found) and _is_day(found) and _is_offset(found[4] if found else "")


def _is_day(found: re.Match[str] | None) -> bool:
    if not found or found[1] == "0000":
        return False
    return 1 <= int(found[3]) <= calendar.monthrange(int(found[1]), int(found[2]))[1]


def _is_offset(zone: str) -> bool:
    return zone == "Z" or int(zone[1:3]) * 60 + int(zone[4:]) <= _WIDEST_OFFSET


def _is_string(text: str) -> bool:
    return bool(text.strip()) and len(text) <= _LONGEST_STRING and not _CONTROL.search(text)


def _matching(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


_TEXTS: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "string": (_is_string, "is empty, too long or has control characters"),
    "markdown": (_is_string, "is empty, too long or has control characters"),
    "xhtml": (_is_string, "is empty, too long or has control characters"),
    "code": (_matching(_CODE), "is no code: empty, or with space at an end or twice"),
    "id": (_matching(_ID), "is no id: 1 to 64 letters, digits, hyphens and points"),
    "uri": (_matching(_WORD), "is no URI: empty or with space"),
    "url": (_matching(_WORD), "is no URL: empty or with space"),
    "canonical": (_matching(_WORD), "is no URL: empty or with space"),
    "oid": (_matching(_OID), "is no OID"),
    "uuid": (_matching(_UUID), "is no UUID"),
    "base64Binary": (lambda text: bool(text) and bool(_BASE64.fullmatch("".join(text.split()))), "is no base64"),
    "date": (_is_date, "is no date: year, year and month, or a day that the calendar has"),
    "dateTime": (_is_date_time, "is no date or time: a time needs seconds and an offset, a day must exist"),
    "instant": (_is_instant, "is no instant: day, time with seconds, and offset"),
    "time": (_matching(_TIME), "is no time of day with seconds"),
}
DATES: Final = frozenset({"date", "dateTime", "instant", "time"})


def fault(value: Any, plain_type: str) -> str:
    """Say what is wrong with a plain value of a FHIR type, never repeating it; nothing if it is right."""
    if plain_type in _TEXTS:
        if type(value) is not str:
            return "must be a text"
        is_right, says = _TEXTS[plain_type]
        return "" if is_right(value) else says
    if plain_type == "boolean":
        return "" if type(value) is bool else "must be true or false"
    if plain_type == "decimal":
        return "" if type(value) in (int, Decimal) else "must be a number"
    lowest = {"integer": -_LARGEST - 1, "unsignedInt": 0, "positiveInt": 1}[plain_type]
    if type(value) is not int:
        return "must be a whole number"
    return "" if lowest <= value <= _LARGEST else f"must be between {lowest} and {_LARGEST}"


def is_after(first: str, second: str) -> bool:
    """Tell whether one date or time is surely later than another, each as exact as it was written."""
    if "T" in first and "T" in second:
        return _moment(first) > _moment(second)
    shorter = min(len(first.partition("T")[0]), len(second.partition("T")[0]))
    return first[:shorter] > second[:shorter]


def _moment(text: str) -> tuple[datetime, Decimal]:
    found = re.fullmatch(rf"({_DAY}T\d\d:\d\d):(\d\d)(\.\d+)?({_ZONE})", text)
    if not found:
        raise ValueError("no date and time")
    seconds = Decimal(found[5] + (found[6] or ""))  # apart: 60 in a leap second, and more digits than datetime holds
    return datetime.fromisoformat(found[1] + found[7].replace("Z", "+00:00")), seconds
