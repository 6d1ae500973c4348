"""How a patient's times are said: by the site's clock, or as days from an arbitrary origin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from core.counting import days_text, span_text
from core.types import TimePrecision

HOURS_PER_DAY = 24.0


@dataclass(frozen=True)
class TimeScale:
    """Says times of one patient.

    Attributes
    ----------
    zone : tzinfo
        The site's.
    day_zero : datetime or None
        Origin of a patient whose data set states days only; None for real times.
    axis_zero : datetime or None
        ICU admission where charts count the days from there; None where they run by `day_zero` or the clock.
    """

    zone: tzinfo
    day_zero: datetime | None = None
    axis_zero: datetime | None = None

    @property
    def relative(self) -> bool:
        """Return True where times are days from an arbitrary origin."""
        return self.day_zero is not None

    def text(self, at: datetime | None, precision: TimePrecision = TimePrecision.SECOND) -> str:
        """Return for example "20 Nov 2026, 14:05", "20 Nov 2026" where only the day is known, or "day 5"."""
        if at is None:
            return "time not stated"
        local = at.astimezone(self.zone)
        clock = "" if precision is TimePrecision.DAY else f", {local:%H:%M}"
        if self.day_zero is not None:
            return f"day {self.day_number(at)}{clock}"
        return f"{local.day} {local:%b %Y}{clock}"

    def day_number(self, at: datetime) -> int:
        """Return the whole days from day zero.

        Raises
        ------
        ValueError
            The times are real: there is no day zero.
        """
        if self.day_zero is None:
            raise ValueError("This patient's times are real; they have no day zero.")
        return (at.astimezone(UTC).date() - self.day_zero.astimezone(UTC).date()).days

    @property
    def axis_title(self) -> str:
        """Return what a chart's axis counts; "" where it shows the clock."""
        if self.axis_zero is not None:
            return "days since ICU admission"
        return "day" if self.relative else ""

    def on_axis(self, at: datetime) -> datetime | float:
        """Return where a time stands on a chart's axis: the clock on the wall, or days from where they are counted."""
        zero = self.axis_zero or self.day_zero
        if zero is not None:
            return (at - zero).total_seconds() / 3600 / HOURS_PER_DAY
        # plotly drops the zone and draws the clock time it is given.
        return at.astimezone(self.zone).replace(tzinfo=None)


def signed(change: float) -> str:
    """Return for example "+3.7", "-0.2"; a change that rounds to nothing is "+0.0", whichever its sign."""
    return f"{round(change, 1) + 0.0:+.1f}"


def ago_text(hours: float, *, days_only: bool = False) -> str:
    """Return for example "18 h ago"; whole days where the time is known to the day."""
    return f"{days_text(hours) if days_only else span_text(hours)} ago"


def age_years(birth_date: date, on: date) -> int | None:
    """Return completed years of age; None for a birth date after `on`."""
    years = on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))
    return years if years >= 0 else None
