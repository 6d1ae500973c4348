"""Large rises that nobody has acknowledged in the unit's time: they stand out more on every screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlmodel import Session

from core.trend.types import FlagKind, Verdict
from dashboard.services.patient.standing import is_open
from dashboard.services.site.opening import Site
from dashboard.services.units.policies import load_policies
from db.engine import read_transaction
from db.models import FlagState
from db.read_models.facts import FlagFacts
from db.read_models.lists import FlagRow, list_flags


def minutes_overdue(flag: FlagFacts, *, after: timedelta, moment: datetime) -> int | None:
    """Return for how many whole minutes an open large rise is past the time of its unit; None where it is not.

    It waits since it opened, or since its snooze ended.

    Parameters
    ----------
    after : timedelta
        Of the unit: `UnitSettings.overdue_after`.
    """
    if flag.kind is not FlagKind.RISE or flag.verdict is not Verdict.LARGE_RISE or not is_open(flag, moment):
        return None
    waited = moment - max(flag.opened_at, flag.snoozed_until or flag.opened_at)
    return int((waited - after).total_seconds() // 60) if waited >= after else None


def overdue_minutes(
    rows: Iterable[FlagRow], *, moment: datetime, as_of: datetime | None = None, site: Site, session: Session
) -> Mapping[int, int]:
    """Return of each overdue flag for how many whole minutes it is past the time of its unit, by the flag's id."""
    policies = load_policies({}, as_of=as_of, site=site, session=session)
    found = {}
    for row in rows:
        after = policies.settings_of_unit(row.unit).overdue_after
        minutes = minutes_overdue(row.flag, after=after, moment=moment)
        if minutes is not None:
            found[row.flag.flag_id] = minutes
    return found


def overdue_count(*, site: Site) -> int:
    """Return how many large rises are overdue."""
    now = site.clock()
    with read_transaction(site.engine) as session:
        rows = list_flags((FlagState.OPEN,), now=now, session=session)
        return len(overdue_minutes(rows, moment=now, site=site, session=session))
