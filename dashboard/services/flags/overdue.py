"""Large rises that nobody has acknowledged in the unit's time: they stand out more on every screen."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.trend.types import FlagKind, Verdict
from dashboard.services.patient.standing import is_open
from db.read_models.facts import FlagFacts


def is_overdue(flag: FlagFacts, *, after: timedelta, moment: datetime) -> bool:
    """Return whether a flag is a large rise that has been open for `after`, since it opened or a snooze ended.

    Parameters
    ----------
    after : timedelta
        Of the unit: `UnitSettings.overdue_after`.
    """
    if flag.kind is not FlagKind.RISE or flag.verdict is not Verdict.LARGE_RISE or not is_open(flag, moment):
        return False
    return moment - open_since(flag) >= after


def open_since(flag: FlagFacts) -> datetime:
    """Return since when an open flag waits for somebody: since it opened, or since its snooze ended."""
    return max(flag.opened_at, flag.snoozed_until or flag.opened_at)
