"""The pretend clinic's wall clock in Chicago, worked out by rule: no time zone data of the machine is asked."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

EXPORTED: Final = dt.date(2026, 5, 29)
"""The day on which the pretend clinic wrote its export, a Friday; later appointments are still ahead."""

FIRST_DAY: Final = dt.date(2026, 2, 2)
"""The first day on which a course may start, a Monday."""

_SUNDAY: Final = 6
_HOUR: Final = 60


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A minute of a day in the clinic."""

    day: dt.date
    minute: int

    def plus(self, minutes: int) -> "Moment":
        """Give the moment so many minutes later on the same day; the clinic is closed at night."""
        return Moment(self.day, self.minute + minutes)

    def minutes_since(self, earlier: "Moment") -> int:
        """Give the minutes between two moments of one day."""
        return self.minute - earlier.minute

    @property
    def text(self) -> str:
        """Write the moment as the clinic's system would, with the offset of that day."""
        hour, minute = divmod(self.minute, _HOUR)
        offset = "-05:00" if _is_summer(self.day) else "-06:00"
        return f"{self.day.isoformat()}T{hour:02}:{minute:02}:00{offset}"


def _is_summer(day: dt.date) -> bool:
    """Tell whether clocks are forward: second Sunday of March to first Sunday of November."""
    return _sunday(day.year, 3, 2) <= day < _sunday(day.year, 11, 1)


def _sunday(year: int, month: int, number: int) -> dt.date:
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(_SUNDAY - first.weekday()) % 7 + 7 * (number - 1))


def later(day: dt.date, days: int) -> dt.date:
    """Give the day so many days later, moved from a week-end to the next Monday."""
    moved = day + dt.timedelta(days=days)
    return moved + dt.timedelta(days=max(0, 7 - moved.weekday()) if moved.weekday() >= _SUNDAY - 1 else 0)
