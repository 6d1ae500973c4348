"""Where a film stands in time: its own clock against the moment it came."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.films.film_time import FilmTime, film_time
from core.types import TimeDoubt, TimePrecision

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY, SECOND = TimePrecision.DAY, TimePrecision.SECOND
IMPOSSIBLE = TimeDoubt.IMPOSSIBLE


def placed(stated: datetime, precision: TimePrecision = SECOND, **facts: object) -> FilmTime:
    return film_time(stated, precision, **({"received_at": NOON, "zone": UTC} | facts))


@pytest.mark.parametrize("ahead", [timedelta(days=-9000), timedelta(), timedelta(minutes=10)])
def test_a_film_within_the_tolerance_of_its_receipt_stands_at_its_own_time(ahead: timedelta) -> None:
    assert placed(NOON + ahead) == FilmTime(NOON + ahead, SECOND)


@pytest.mark.parametrize("ahead", [timedelta(minutes=10, seconds=1), timedelta(minutes=62), timedelta(hours=24)])
def test_a_film_from_ahead_stands_at_its_receipt(ahead: timedelta) -> None:
    assert placed(NOON + ahead) == FilmTime(NOON, SECOND, TimeDoubt.AHEAD)


def test_the_tolerance_is_the_sites() -> None:
    ahead = NOON + timedelta(minutes=20)
    assert placed(ahead, tolerance=timedelta(minutes=20)).doubt is None
    assert placed(ahead, tolerance=timedelta(minutes=19)).doubt is TimeDoubt.AHEAD


@pytest.mark.parametrize(
    "stated",
    [
        NOON + timedelta(hours=24, seconds=1),
        NOON + timedelta(days=365),
        datetime(9999, 12, 31, 12, tzinfo=UTC),
        datetime(1979, 12, 31, 23, 59, tzinfo=UTC),
        datetime(1900, 1, 1, tzinfo=UTC),
    ],
)
@pytest.mark.parametrize("precision", [SECOND, DAY])
def test_a_time_that_cannot_be_is_none(stated: datetime, precision: TimePrecision) -> None:
    stated = stated + timedelta(days=1) if precision is DAY and stated > NOON and stated.year < 9999 else stated
    assert placed(stated, precision) == FilmTime(None, precision, IMPOSSIBLE)


def test_no_film_is_older_than_its_patient() -> None:
    born = date(2026, 3, 1)
    assert placed(NOON - timedelta(days=1), birth_date=born).doubt is None
    assert placed(NOON - timedelta(days=2), birth_date=born).doubt is IMPOSSIBLE
    assert placed(datetime(1985, 1, 1, tzinfo=UTC), birth_date=date(1930, 1, 1)).doubt is None


def test_a_day_is_the_hospitals_day() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    # 12:00 UTC on the 2nd is 01:00 on the 3rd there: a film of the 3rd has come on its day.
    third = datetime(2026, 3, 3, 12, tzinfo=auckland)
    assert placed(third, DAY, zone=auckland) == FilmTime(third, DAY)
    assert placed(third, DAY, zone=UTC).doubt is None, "noon in Auckland is still the 2nd in UTC"
    fourth = datetime(2026, 3, 4, 12, tzinfo=auckland)
    assert placed(fourth, DAY, zone=auckland) == FilmTime(third, DAY, TimeDoubt.AHEAD)
    assert placed(fourth + timedelta(days=1), DAY, zone=auckland).doubt is IMPOSSIBLE


def test_a_film_of_today_that_came_in_the_morning_is_not_ahead() -> None:
    morning = NOON.replace(hour=6)
    assert placed(NOON, DAY, received_at=morning) == FilmTime(NOON, DAY)
