"""A large rise that nobody acknowledges stands out more after the unit's time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from timeline_rows import hours

from core.trend.types import FlagKind, Verdict
from dashboard.services.flags.overdue import is_overdue
from db.models import FlagState
from db.read_models.facts import FlagFacts

AFTER = timedelta(minutes=30)
RISE = FlagFacts(
    flag_id=1,
    film_id=2,
    reference_film_id=1,
    kind=FlagKind.RISE,
    verdict=Verdict.LARGE_RISE,
    change=3.0,
    basis="",
    state=FlagState.OPEN,
    opened_at=hours(0),
    snoozed_until=None,
    model="m",
    model_version="1",
)


def test_it_is_overdue_from_the_units_time_on() -> None:
    assert not is_overdue(RISE, after=AFTER, moment=hours(0.49))
    assert is_overdue(RISE, after=AFTER, moment=hours(0.5))


def test_a_snooze_gives_the_time_once_more() -> None:
    snoozed = replace(RISE, state=FlagState.SNOOZED, snoozed_until=hours(4))
    assert [is_overdue(snoozed, after=AFTER, moment=hours(at)) for at in (3.9, 4.2, 4.5)] == [False, False, True]


@pytest.mark.parametrize(
    "flag",
    [
        replace(RISE, state=FlagState.ACKNOWLEDGED),
        replace(RISE, state=FlagState.RESOLVED),
        replace(RISE, kind=FlagKind.DROP, verdict=Verdict.LARGE_DROP),
        replace(RISE, kind=FlagKind.LOOK, verdict=Verdict.CANNOT_TELL),
    ],
)
def test_what_was_dealt_with_or_is_no_large_rise_never_is(flag: FlagFacts) -> None:
    assert not is_overdue(flag, after=AFTER, moment=hours(99))
