"""`Retry-After`, as hospitals really send it: seconds, a date by their own clock, or nonsense."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

LEAST = 1.0
MOST = 3600.0


def seconds(headers: Mapping[str, str]) -> float | None:
    """How long to wait, between a second and an hour; None when the header is missing or says nothing.

    A date is counted from the answer's own Date header, so that a skewed clock on either side does not matter.
    """
    said = headers.get("retry-after", "").strip()
    if not said:
        return None
    if said.isascii() and said.isdigit():
        return min(max(float(said[:12]), LEAST), MOST)
    until, sent = _date(said), _date(headers.get("date", ""))
    if until is None:
        return None
    if sent is None:
        return LEAST
    return min(max((until - sent).total_seconds(), LEAST), MOST)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is not None else None
