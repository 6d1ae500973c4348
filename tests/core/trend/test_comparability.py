"""Which films may be compared, and which came first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from trend_films import AP_SUPINE, AP_UNKNOWN, PA_ERECT, Taken, day_film, film

from core.trend import Comparability, comparability_of, is_before
from core.trend.comparability import gap_hours_between, gap_in_days_only, is_unordered
from core.types import PatientPosition, TimePrecision, ViewPosition

AP, PA, NO_VIEW = ViewPosition.AP, ViewPosition.PA, ViewPosition.UNKNOWN
SUPINE, ERECT, NO_POSITION = PatientPosition.SUPINE, PatientPosition.ERECT, PatientPosition.UNKNOWN


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (AP_SUPINE, AP_SUPINE, Comparability.COMPARABLE),
        (AP_SUPINE, PA_ERECT, Comparability.MIXED),
        (AP_SUPINE, (AP, ERECT), Comparability.MIXED),
        (AP_SUPINE, (AP, PatientPosition.SEMI_ERECT), Comparability.MIXED),
        (AP_SUPINE, AP_UNKNOWN, Comparability.UNKNOWN),
        ((NO_VIEW, NO_POSITION), (NO_VIEW, NO_POSITION), Comparability.UNKNOWN),
        ((AP, NO_POSITION), (PA, NO_POSITION), Comparability.MIXED),
        ((NO_VIEW, SUPINE), (AP, ERECT), Comparability.MIXED),
    ],
)
def test_films_are_comparable_when_taken_alike(one: Taken, other: Taken, expected: Comparability) -> None:
    first, second = film(1, 0, 3, one), film(2, 1, 3, other)
    assert comparability_of(first, second) is expected
    assert comparability_of(second, first) is expected


def test_films_known_to_the_second_are_ordered_unless_of_one_instant() -> None:
    assert is_before(film(1, 0, 3), film(2, 0.01, 3))
    assert not is_before(film(2, 0.01, 3), film(1, 0, 3))
    assert is_unordered(film(1, 5, 3), film(2, 5, 3))


def test_films_of_one_day_have_no_order() -> None:
    assert is_unordered(day_film(1, 2, 3), day_film(2, 2, 4))
    assert is_before(day_film(1, 1, 3), day_film(2, 2, 4))


def test_a_day_is_unordered_with_any_hour_that_may_lie_in_it() -> None:
    assert is_unordered(day_film(1, 1, 3), film(2, 24 + 23, 3))
    assert is_unordered(film(2, 24 - 11, 3), day_film(1, 1, 3))
    assert is_before(day_film(1, 1, 3), film(2, 48, 3))


def test_gaps_know_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = replace(film(1, 0, 3), acquired_at=datetime(2024, 3, 31, 1, 30, tzinfo=berlin))
    after = replace(film(2, 0, 3), acquired_at=datetime(2024, 3, 31, 3, 30, tzinfo=berlin))
    assert gap_hours_between(before, after) == 1.0
    days = [
        replace(film(n, 0, 3), time_precision=TimePrecision.DAY, acquired_at=datetime(2024, 3, n, tzinfo=berlin))
        for n in (30, 31)
    ]
    monday = replace(days[0], acquired_at=datetime(2024, 4, 1, tzinfo=berlin))
    assert gap_hours_between(*days) == 24
    assert gap_hours_between(days[1], monday) == 24  # 23 h on the clock that never stops
    assert is_before(days[1], monday)


def test_gap_in_days_is_said_where_one_time_is_known_to_the_day() -> None:
    assert gap_in_days_only(day_film(1, 0, 3), film(2, 60, 3))
    assert gap_hours_between(day_film(1, 0, 3), film(2, 63, 3)) == 72
    assert not gap_in_days_only(film(1, 0, 3), film(2, 60, 3))
    assert gap_hours_between(film(1, 0, 3), film(2, 60.5, 3)) == 60.5
