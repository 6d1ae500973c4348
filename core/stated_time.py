"""Times as people and tables state them: a moment, or a day alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, time, tzinfo

from core.types import TimePrecision

# Stricter than Python, which takes a week for its Monday and any sign between day and time, a digit too.
_FORM = re.compile(r"(\d{4}-\d{2}-\d{2}|\d{8})(?:[Tt ](.+))?", re.ASCII)


@dataclass(frozen=True)
class StatedTime:
    """A time with its zone; a day alone stands at noon, the middle of what it can mean."""

    at: datetime
    precision: TimePrecision

    @property
    def begins(self) -> datetime:
        """Return the first moment that can be meant: the midnight before a day."""
        return self.at if self.precision is TimePrecision.SECOND else self.at.replace(hour=0)


def stated_time(text: str, zone: tzinfo) -> StatedTime:
    """Read a time in ISO 8601; one without a zone is meant in `zone`.

    Raises
    ------
    ValueError
        It is none, or lies at the ends of the calendar, where another zone has no such time.
    """
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise ValueError(f"{text!r} is no time. Write it like 2026-03-01 or 2026-03-01T06:00.")
    if form[2] is None:
        found = StatedTime(datetime.combine(date.fromisoformat(form[1]), time(12), zone), TimePrecision.DAY)
    else:
        at = datetime.fromisoformat(f"{form[1]}T{form[2]}")
        found = StatedTime(at if at.tzinfo else at.replace(tzinfo=zone), TimePrecision.SECOND)
    if not MINYEAR < found.at.year < MAXYEAR:
        raise ValueError(f"{text!r} is at the end of the calendar. Check the year.")
    return found
