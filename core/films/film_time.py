"""Where a film stands in time, given the time that its device states and the time of its receipt.

A film cannot come before it was taken, so a time after the receipt shows that a clock is wrong; a time long before it
may be an old film, or a clock that is behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from core.types import TimeDoubt, TimePrecision

TOLERANCE = timedelta(minutes=10)
"""By how much a device's clock may be ahead before its times are in doubt: a convention."""
FARTHEST_AHEAD = timedelta(hours=24)
"""Beyond it nobody can tell when the film was taken."""
EARLIEST = date(1980, 1, 1)
"""No digital chest film is older; a clock that lost its battery states such a time."""


@dataclass(frozen=True)
class FilmTime:
    """Where a film stands on the trend.

    Attributes
    ----------
    at : datetime or None
        With time zone; None where nobody can tell.
    precision : TimePrecision
    doubt : TimeDoubt or None
        AHEAD: `at` is the time of receipt, or noon of its day. IMPOSSIBLE: there is none.
    """

    at: datetime | None
    precision: TimePrecision
    doubt: TimeDoubt | None = None


def film_time(
    stated_at: datetime,
    precision: TimePrecision,
    *,
    received_at: datetime,
    zone: tzinfo,
    birth_date: date | None = None,
    tolerance: timedelta = TOLERANCE,
) -> FilmTime:
    """Return where a film stands in time.

    Parameters
    ----------
    stated_at : datetime
        What the film says, with its zone.
    received_at : datetime
        With its zone.
    zone : tzinfo
        The hospital's: a time known to the day is a day there.
    birth_date : date or None
        Of the patient.
    tolerance : timedelta
        By how much the film may be dated after its receipt and still stand at its own time.
    """
    day, today = stated_at.astimezone(zone).date(), received_at.astimezone(zone).date()
    if day < max(EARLIEST, birth_date or EARLIEST):
        return FilmTime(None, precision, TimeDoubt.IMPOSSIBLE)
    if precision is TimePrecision.DAY:
        ahead, allowed, farthest = day - today, timedelta(), timedelta(days=1)
    else:
        ahead, allowed, farthest = stated_at - received_at, tolerance, FARTHEST_AHEAD
    if ahead <= allowed:
        return FilmTime(stated_at, precision)
    if ahead > farthest:
        return FilmTime(None, precision, TimeDoubt.IMPOSSIBLE)
    if precision is TimePrecision.DAY:
        return FilmTime(datetime.combine(today, time(12), zone), precision, TimeDoubt.AHEAD)
    return FilmTime(received_at, precision, TimeDoubt.AHEAD)
