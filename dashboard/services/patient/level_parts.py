"""The smoothed level as it may be drawn: broken where a new level began."""

from __future__ import annotations

from collections.abc import Iterable

from core.trend import LevelPoint, StayLevel
from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.recent import NEW_LEVEL
from core.trend.types import FilmTrend
from core.types import Measure


def new_levels(trends: Iterable[FilmTrend], measure: Measure) -> frozenset[int]:
    """Return the films with which a new level began: a change that was almost certainly large."""
    changes = (trend.change(measure, ALERTING_REFERENCE) for trend in trends)
    return frozenset(
        change.film_id
        for change in changes
        if change is not None and max(change.p_large_rise or 0.0, change.p_large_drop or 0.0) >= NEW_LEVEL
    )


def level_parts(stay: StayLevel, steps: frozenset[int]) -> tuple[tuple[LevelPoint, ...], ...]:
    """Return the points of a stay's level in parts, broken before each film of `steps`.

    A smoothed line would run between both levels and say that the patient was there. What lies between the last film
    before a step and the step belongs to neither part; a part of a single moment is left out.
    """
    parts: list[list[LevelPoint]] = [[]]
    for point in stay.points:
        if point.film_id in steps:
            films = [place for place, before in enumerate(parts[-1]) if before.film_id is not None]
            parts[-1] = parts[-1][: films[-1] + 1] if films else []
            parts.append([])
        parts[-1].append(point)
    return tuple(tuple(part) for part in parts if len(part) > 1)
