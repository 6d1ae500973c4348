"""Times that callers give: each says its zone, and stands within the calendar in every zone."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, datetime

from dashboard.errors import NotAllowedError


def require_moment(*times: datetime | None) -> None:
    """Refuse a time without zone, or at the ends of the calendar; None is a time that was not given.

    Raises
    ------
    NotAllowedError
    """
    for at in times:
        if at is None:
            continue
        if at.utcoffset() is None:
            raise NotAllowedError(
                f"The time {at:%Y-%m-%d %H:%M} has no time zone, so it may be meant anywhere. Give it with one, for "
                "example 2026-03-02T06:10+01:00."
            )
        # At the ends of the calendar another zone has no such time.
        if not MINYEAR < at.year < MAXYEAR:
            raise NotAllowedError(
                f"The time {at.isoformat()} cannot be. Give the year as four digits, for example 2026."
            )
