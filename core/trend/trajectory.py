"""The scores of a patient in order of time, as they are drawn: points, bands, segments, staleness.

The points are the scores themselves; no level is smoothed and nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.films.film_time import TOLERANCE
from core.trend.comparability import SECONDS_PER_HOUR, comparability_of, is_before, seconds
from core.trend.series import refuse_invalid_series
from core.trend.types import Comparability, ScoredFilm
from core.trend.wording import is_at_bottom, is_at_top
from core.types import Interval, Measure


class Saturation(StrEnum):
    """Whether a score is at an end of its scale, where the film may be beyond what the scale shows."""

    NONE = "none"
    BOTTOM = "bottom"
    TOP = "top"


@dataclass(frozen=True)
class TrajectoryPoint:
    """One film on the trajectory of a measure.

    Attributes
    ----------
    film : ScoredFilm
    level : float
        The score, on the measure's scale.
    band : Interval or None
        The score's calibrated interval within the scale; None for a scorer that has none.
    saturation : Saturation
    """

    film: ScoredFilm
    level: float
    band: Interval | None
    saturation: Saturation


@dataclass(frozen=True)
class TrajectorySegment:
    """The line between two neighbouring films of one stay.

    Attributes
    ----------
    film_id, next_film_id : int
    comparability : Comparability
    ordered : bool
        False where nobody knows which film came first (films of one day).
    """

    film_id: int
    next_film_id: int
    comparability: Comparability
    ordered: bool

    @property
    def dashed(self) -> bool:
        """Return True where the line must not read as a change: taken differently, or without order."""
        return self.comparability is Comparability.MIXED or not self.ordered


@dataclass(frozen=True)
class Trajectory:
    """A patient's scores on one measure, by one model version.

    Attributes
    ----------
    points : tuple of TrajectoryPoint
        In order of acquisition time, ties by film id.
    segments : tuple of TrajectorySegment
        None across stays.
    staleness_hours : float or None
        As `staleness_hours`.
    """

    measure: Measure
    points: tuple[TrajectoryPoint, ...]
    segments: tuple[TrajectorySegment, ...]
    staleness_hours: float | None


def trajectory(films: Sequence[ScoredFilm], measure: Measure, *, now: datetime) -> Trajectory:
    """Return the trajectory of `measure` over a patient's films, given in any order.

    Raises
    ------
    ValueError
        The scores are of several models or versions, a film is given twice, or a time has no zone.
    """
    refuse_invalid_series(films)
    ordered = sorted(films, key=lambda film: (seconds(film), film.film_id))
    newest_of_stay: dict[int | None, ScoredFilm] = {}
    segments = []
    for film in ordered:
        before = newest_of_stay.get(film.stay_id)
        if before is not None:
            segments.append(_segment(before, film))
        newest_of_stay[film.stay_id] = film
    points = tuple(_point(film, measure) for film in ordered)
    return Trajectory(measure, points, tuple(segments), staleness_hours(films, now=now))


def staleness_hours(films: Sequence[ScoredFilm], *, now: datetime) -> float | None:
    """Return the hours from the last film to `now`; None where there is no film yet.

    A film dated after `now` by more than clocks may differ does not count: it would hide for long that nothing new
    has come. A film known to the day only counts from its nominal time.

    Raises
    ------
    ValueError
        `now` has no time zone.
    """
    if now.tzinfo is None:
        message = f"The time {now} has no time zone. Give an aware time."
        raise ValueError(message)
    moment = now.timestamp()
    latest = moment + TOLERANCE.total_seconds()
    last = max((at for film in films if (at := seconds(film)) <= latest), default=None)
    return None if last is None else max(moment - last, 0.0) / SECONDS_PER_HOUR


def _segment(before: ScoredFilm, film: ScoredFilm) -> TrajectorySegment:
    return TrajectorySegment(before.film_id, film.film_id, comparability_of(before, film), is_before(before, film))


def _point(film: ScoredFilm, measure: Measure) -> TrajectoryPoint:
    saturation = Saturation.NONE
    if is_at_top(film, measure):
        saturation = Saturation.TOP
    elif is_at_bottom(film, measure):
        saturation = Saturation.BOTTOM
    return TrajectoryPoint(
        film, film.score.value(measure), _within_scale(film.score.interval(measure), measure), saturation
    )


def _within_scale(interval: Interval | None, measure: Measure) -> Interval | None:
    if interval is None:
        return None
    low, high = (min(max(end, 0.0), measure.maximum) for end in (interval.low, interval.high))
    return Interval(low, high, interval.level)
