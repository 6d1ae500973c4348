"""Points, bands, segments, staleness."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from trend_films import GEOGRAPHIC, OPACITY, PA_ERECT, START, day_film, film

from core.trend import Comparability, Saturation, staleness_hours, trajectory
from core.types import Interval

NOW = START + timedelta(hours=100)


def test_points_come_in_order_with_level_and_band() -> None:
    films = [film(2, 24, 7.5, interval=Interval(6.0, 9.0, 0.9)), film(1, 0, 3.0)]
    drawn = trajectory(films, GEOGRAPHIC, now=NOW)
    assert [(point.film.film_id, point.level) for point in drawn.points] == [(1, 3.0), (2, 7.5)]
    assert [point.band for point in drawn.points] == [None, Interval(6.0, 8.0, 0.9)]
    assert drawn.staleness_hours == 76
    assert drawn.measure is GEOGRAPHIC


def test_the_ends_of_the_scale_are_marked() -> None:
    drawn = trajectory([film(1, 0, 0.02), film(2, 5, 4.0), film(3, 9, 7.96)], GEOGRAPHIC, now=NOW)
    assert [point.saturation for point in drawn.points] == [Saturation.BOTTOM, Saturation.NONE, Saturation.TOP]
    top = trajectory([film(1, 0, 4, opacity=5.97)], OPACITY, now=NOW)
    assert top.points[0].saturation is Saturation.TOP


def test_films_taken_differently_are_joined_by_a_dashed_line() -> None:
    drawn = trajectory([film(1, 0, 3), film(2, 5, 4), film(3, 9, 4, PA_ERECT)], GEOGRAPHIC, now=NOW)
    assert [(segment.film_id, segment.next_film_id, segment.dashed) for segment in drawn.segments] == [
        (1, 2, False),
        (2, 3, True),
    ]
    assert drawn.segments[1].comparability is Comparability.MIXED


def test_films_of_one_day_are_joined_by_a_dashed_line() -> None:
    drawn = trajectory([day_film(1, 0, 3), day_film(2, 0, 4), day_film(3, 1, 4)], GEOGRAPHIC, now=NOW)
    assert [(segment.ordered, segment.dashed) for segment in drawn.segments] == [(False, True), (True, False)]


def test_no_line_joins_two_stays() -> None:
    films = [film(1, 0, 3), film(2, 5, 4), film(3, 40, 4, stay_id=2), film(4, 50, 4, stay_id=2)]
    drawn = trajectory(films, GEOGRAPHIC, now=NOW)
    assert [(segment.film_id, segment.next_film_id) for segment in drawn.segments] == [(1, 2), (3, 4)]


def test_no_film_is_an_empty_trajectory_not_zero() -> None:
    drawn = trajectory([], GEOGRAPHIC, now=NOW)
    assert (drawn.points, drawn.segments, drawn.staleness_hours) == ((), (), None)


def test_a_trajectory_never_mixes_models() -> None:
    with pytest.raises(ValueError, match=r"never mixes models; these films were scored by stub 1, stub 2"):
        trajectory([film(1, 0, 3), film(2, 5, 4, version="2")], GEOGRAPHIC, now=NOW)


def test_a_film_from_the_future_hides_no_staleness() -> None:
    assert staleness_hours([film(1, 0, 3), film(2, 500, 3)], now=NOW) == 100
    assert staleness_hours([film(2, 500, 3)], now=NOW) is None


def test_now_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        staleness_hours([], now=datetime(2024, 3, 1))  # noqa: DTZ001 - the mistake under test
