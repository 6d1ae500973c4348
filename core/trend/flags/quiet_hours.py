"""Quiet hours of a unit: a flag that opens in them is marked, never held back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.trend.types import Verdict

NEVER_QUIET = frozenset({Verdict.LARGE_RISE})
"""A large rise is never silent, whatever the hour."""


@dataclass(frozen=True)
class QuietHours:
    """A span of each day, by the clock on the site's wall; from the evening over midnight where `start` is later.

    A flag that opens in quiet hours is open and listed at once; it carries "quiet until", by which a pager or a
    sound may wait. The exception is a large rise (`NEVER_QUIET`), which never carries it.

    Attributes
    ----------
    start, end : time
        Without a zone; `start` is quiet, `end` is not.

    Raises
    ------
    ValueError
        `start` and `end` are the same: a whole quiet day would silence a unit for good.
    """

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError(
                f"Quiet hours from {self.start:%H:%M} to {self.end:%H:%M} have no length. Expected two different "
                "times, for example 22:00-06:00."
            )

    def until(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when the quiet hours that `moment` (with a zone) lies in end, None where it lies in none."""
        local = moment.astimezone(zone)
        clock = local.time()
        over_midnight = self.start > self.end
        before_end, after_start = clock < self.end, clock >= self.start
        if not (before_end or after_start if over_midnight else before_end and after_start):
            return None
        day = local.date() + timedelta(days=1 if over_midnight and after_start else 0)
        return datetime.combine(day, self.end, zone)


def quiet_until(quiet: QuietHours | None, verdict: Verdict, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """Return until when a flag of this verdict that opens at `moment` is quiet, None where it is not."""
    return None if quiet is None or verdict in NEVER_QUIET else quiet.until(moment, zone)
