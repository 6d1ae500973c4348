"""The smoothed level is broken where a new level began, on screen and on paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.trend import LevelPoint, StayLevel
from core.types import Interval, Measure
from dashboard.services.patient.level_parts import level_parts

START = datetime(2026, 3, 1, tzinfo=UTC)
BAND = Interval(0.0, 8.0, 0.95)


def point(hours: float, film_id: int | None) -> LevelPoint:
    return LevelPoint(START + timedelta(hours=hours), film_id, 2.0, BAND, 2.0, BAND, None)


def test_a_step_parts_the_line_and_what_lies_between_both_levels_is_left_out() -> None:
    points = (point(0, 1), point(6, None), point(12, 2), point(18, None), point(24, 3), point(30, None))
    stay = StayLevel(1, Measure.GEOGRAPHIC_EXTENT, points, None)
    assert level_parts(stay, frozenset()) == (points,)
    assert level_parts(stay, frozenset({3})) == (points[:3], points[4:])
    # A part of one moment is no line.
    assert level_parts(stay, frozenset({2, 3})) == (points[4:],)
    assert level_parts(StayLevel(1, Measure.OPACITY, points[:1], None), frozenset()) == ()
