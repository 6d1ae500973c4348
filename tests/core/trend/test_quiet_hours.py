"""Quiet hours, what a flag asks for, and how many flags there were."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from trend_films import CARD, POLICY, START, film

from core.trend import FlagKind, Verdict, assess_trend
from core.trend.flags.counts import FlagCounts, count_flags
from core.trend.flags.life import flag_events
from core.trend.flags.quiet_hours import QuietHours, quiet_until
from core.trend.flags.words import CONSIDER, LOOK_AT_THE_FILMS, NO_SUPPORT, ROSE, asks_for, is_physiology_near

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(22), time(6))


def berlin(day: int, hour: int, minute: int = 0, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        (berlin(1, 21, 59), None),
        (berlin(1, 22), berlin(2, 6)),
        (berlin(2, 5, 59), berlin(2, 6)),
        (berlin(2, 6), None),
        # 23:30 in Berlin.
        (datetime(2026, 6, 1, 21, 30, tzinfo=UTC), berlin(2, 6)),
    ],
)
def test_a_night_lasts_over_midnight_by_the_clock_on_the_wall(moment: datetime, until: datetime | None) -> None:
    assert NIGHT.until(moment, BERLIN) == until


def test_a_rest_at_noon_and_the_night_of_the_change_to_summer_time() -> None:
    noon = QuietHours(time(13), time(15))
    assert noon.until(berlin(1, 14), BERLIN) == berlin(1, 15)
    assert noon.until(berlin(1, 15), BERLIN) is None
    until = NIGHT.until(berlin(28, 23, month=3), BERLIN)
    assert until == berlin(29, 6, month=3)
    assert until.astimezone(UTC) - berlin(28, 23, month=3).astimezone(UTC) == timedelta(hours=6)


def test_a_large_rise_is_never_quiet() -> None:
    assert quiet_until(NIGHT, Verdict.LARGE_RISE, berlin(1, 23), BERLIN) is None
    for verdict in (Verdict.RISE, Verdict.LARGE_DROP, Verdict.CANNOT_TELL):
        assert quiet_until(NIGHT, verdict, berlin(1, 23), BERLIN) == berlin(2, 6)
    assert quiet_until(None, Verdict.LARGE_DROP, berlin(1, 23), BERLIN) is None


def test_a_whole_quiet_day_is_refused() -> None:
    with pytest.raises(ValueError, match=r"22:00 to 22:00 have no length. Expected two different times"):
        QuietHours(time(22), time(22))


def test_a_drop_without_physiology_supports_nothing_and_a_look_is_never_unchanged() -> None:
    assert asks_for(FlagKind.DROP, physiology_known=False) == NO_SUPPORT
    assert asks_for(FlagKind.DROP, physiology_known=True) == CONSIDER
    assert NO_SUPPORT.startswith("A drop on film alone is not enough to reduce care")
    for known in (False, True):
        assert asks_for(FlagKind.RISE, physiology_known=known) == ROSE
        assert asks_for(FlagKind.LOOK, physiology_known=known) == LOOK_AT_THE_FILMS
    assert "not mean unchanged" in LOOK_AT_THE_FILMS
    assert is_physiology_near([-30.0, 24.0])
    assert not is_physiology_near([-24.1, 30.0])
    assert not is_physiology_near([])


def test_flags_are_counted_by_the_time_of_their_first_film() -> None:
    trends = assess_trend([film(n, 24 * n, level) for n, level in enumerate((1, 6, 1, 6, 8))], card=CARD, policy=POLICY)
    events = flag_events(trends, card=CARD, policy=POLICY)
    start = START + timedelta(hours=48)
    counts = count_flags(events, trends, start=start, end=start + timedelta(days=30), patient_days=8.0)
    # The first rise began before; the film of 8 joins the second one.
    assert counts.by_kind == {FlagKind.RISE: 1, FlagKind.DROP: 1, FlagKind.LOOK: 0}
    assert (counts.total, counts.per_100_patient_days) == (2, 25.0)
    assert count_flags(events, trends, start=START, end=start, patient_days=2.0).total == 1
    assert FlagCounts({}, 0.0).per_100_patient_days is None
