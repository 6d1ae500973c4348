"""The level of each stay behind its films' scores: filtered, smoothed, with bands, and its slope over 24 hours.

Assumptions: errors of films independent and normal with one SD beside a part that stays the same in one patient. That
SD is `LevelNoise.film_sd`, as series of scores show it, else `ChangeNoise.film_sd`, since two films make the error of a
change; it is wider by `TrendPolicy.unknown_position_widening` where a film's projection or position is not stated. The
level wanders by `LevelNoise.process_sd` per square root of a day, whatever happened; a film taken differently from the
one before may have made a step of unknown size. Films of one day without a time stand at their nominal time, in the
order of their ids.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import sqrt

from core.trend.comparability import HOURS_PER_DAY, SECONDS_PER_HOUR, comparability_of, seconds
from core.trend.noise_of_pair import acquisitions_without_pairs, why_not_assessed
from core.trend.series import by_stay, refuse_invalid_series, refuse_other_scorer
from core.trend.state_space import Filtered, LevelModel, Moment, Moments, filter_levels, smooth_against_last
from core.trend.true_change import INTERVAL_LEVEL, TrueChange
from core.trend.types import Comparability, ScoredFilm, TrendPolicy
from core.trend.wording import is_at_bottom, is_at_top
from core.types import Interval, Measure, PatientPosition, ScorerCard, ViewPosition

PROCESS_SHARE = 0.05
"""Where a card has no process noise: this share of the scale per √day, 0.4 of 8. A convention near what was estimated
for `embedded` on the Hannover stays; how patients move is not the scorer's."""

MIXED_WIDENING = 2.0
"""Factor on the SD of a change between films taken differently where that was not measured: a convention."""

SECONDS_PER_DAY = SECONDS_PER_HOUR * HOURS_PER_DAY
SLOPE_HOURS = 24.0
GRID_HOURS = 6.0
MOST_GRID_MOMENTS = 20


@dataclass(frozen=True)
class LevelPoint:
    """What is known of the level at one time of a stay; levels in points, within the scale.

    Attributes
    ----------
    film_id : int or None
        None for a time between or after films.
    filtered : float
        From the films up to this time.
    filtered_band : Interval
        95 %, of that.
    level : float
        From all films of the stay (smoothed).
    band : Interval
        95 %, of what the scorer would see without the scatter from film to film: for reading changes.
    absolute_band : Interval or None
        The same with the error that stays the same in one patient: what readers would say. None where the card does
        not have that.
    """

    at: datetime
    film_id: int | None
    filtered: float
    filtered_band: Interval
    level: float
    band: Interval
    absolute_band: Interval | None


@dataclass(frozen=True)
class LevelSlope:
    """By how much the level moved over the last 24 hours of the stay's films, or since the first film if that is less.

    Attributes
    ----------
    per_24_h : float
        Points per 24 hours.
    interval : Interval or None
        95 %; like `p_rising` None where the noise was not measured on films taken like those of the stay.
    p_rising : float or None
        P(slope > 0), 0-1.
    span_hours : float
        Hours it is taken over.
    """

    per_24_h: float
    interval: Interval | None
    p_rising: float | None
    span_hours: float


@dataclass(frozen=True)
class StayLevel:
    """The level of one stay on one measure; `slope` is None for a stay with a single moment."""

    stay_id: int | None
    measure: Measure
    points: tuple[LevelPoint, ...]
    slope: LevelSlope | None


def level_model(card: ScorerCard, measure: Measure) -> LevelModel | None:
    """Return the model of the level on `measure`'s scale; None where the noise of a change was not measured."""
    noise = card.noise.get(measure)
    if noise is None or why_not_assessed(noise):
        return None
    known = card.level_noise.get(measure)
    return LevelModel(
        measurement_sd=known.film_sd if known and known.film_sd else noise.film_sd,
        process_sd=known.process_sd if known else PROCESS_SHARE * measure.maximum,
        start_level=measure.maximum / 2,
        start_sd=measure.maximum,
    )


def stay_levels(
    films: Sequence[ScoredFilm],
    measure: Measure,
    *,
    card: ScorerCard,
    policy: TrendPolicy,
    until: datetime | None = None,
) -> tuple[StayLevel, ...]:
    """Return the level of every stay, in order of its first film; empty where the noise was not measured.

    Between films, and after the last film of the newest stay towards `until` but not beyond where it is stale, the
    level is given about every 6 hours or at 20 times, so that the band is seen to widen.

    Raises
    ------
    ValueError
        As `core.trend.assess_trend`.
    """
    refuse_invalid_series(films)
    refuse_other_scorer(films, card)
    model = level_model(card, measure)
    if model is None:
        return ()
    stays = by_stay(films)
    newest = max(stays.values(), key=lambda stay: seconds(stay[-1]), default=None)
    return tuple(_stay_level(stay, measure, card, policy, until if stay is newest else None) for stay in stays.values())


def film_moments(
    films: Sequence[ScoredFilm], measure: Measure, *, card: ScorerCard, policy: TrendPolicy
) -> list[Moment]:
    """Return the films of one stay, given in order of time, as moments of the state-space model.

    Raises
    ------
    ValueError
        The noise was not measured.
    """
    model = level_model(card, measure)
    if model is None:
        raise ValueError(f"The noise of {measure.value} was not measured for {card.model}. It has no level.")
    extra = model.measurement_sd**2 * (policy.unknown_position_widening**2 - 1)
    step = _mixed_step_variance(card, measure)
    moments = []
    for index, film in enumerate(films):
        mixed = index > 0 and comparability_of(films[index - 1], film) is Comparability.MIXED
        moments.append(
            Moment(
                days=seconds(film) / SECONDS_PER_DAY,
                value=film.score.value(measure),
                end=1 if is_at_top(film, measure) else -1 if is_at_bottom(film, measure) else 0,
                step_variance=step if mixed else 0.0,
                extra_variance=extra if _partly_unknown(film) else 0.0,
            )
        )
    return moments


def level_slope(moments: Sequence[Moment], model: LevelModel) -> LevelSlope | None:
    """Return the slope at the last of these moments; None where all are one moment."""
    start = max(moments[0].days, moments[-1].days - SLOPE_HOURS / HOURS_PER_DAY)
    span = moments[-1].days - start
    if span <= 0:
        return None
    place = bisect_left(moments, start, key=lambda moment: moment.days)
    asked = Moment(start, None)
    smoothed = smooth_against_last(filter_levels([*moments[:place], asked, *moments[place:]], model))
    moved = difference(smoothed, place)
    per_day = TrueChange(moved.mean / span, moved.sd / span)
    return LevelSlope(per_day.mean, per_day.interval(), per_day.p_above(0.0), span * HOURS_PER_DAY)


def difference(smoothed: Sequence[tuple[Moments, float]], index: int) -> TrueChange:
    """Return what is known of the last level minus that at `index`; without the error that stays the same."""
    last, (earlier, covariance) = smoothed[-1][0], smoothed[index]
    variance = last.level_variance + earlier.level_variance - 2 * covariance
    return TrueChange(last.level - earlier.level, sqrt(max(variance, 1e-12)))


def _mixed_step_variance(card: ScorerCard, measure: Measure) -> float:
    """Return by how much a change's error is wider between films taken differently, points squared."""
    alike = card.noise[measure].unshrunk_sd ** 2
    mixed = card.mixed_noise.get(measure)
    return max((mixed.unshrunk_sd**2 if mixed else alike * MIXED_WIDENING**2) - alike, 0.0)


def _partly_unknown(film: ScoredFilm) -> bool:
    return film.view_position is ViewPosition.UNKNOWN or film.patient_position is PatientPosition.UNKNOWN


def _stay_level(
    stay: Sequence[ScoredFilm], measure: Measure, card: ScorerCard, policy: TrendPolicy, until: datetime | None
) -> StayLevel:
    model = level_model(card, measure)
    if model is None:
        raise ValueError(f"The noise of {measure.value} was not measured for {card.model}. Draw its scores alone.")
    moments = film_moments(stay, measure, card=card, policy=policy)
    times: list[tuple[datetime, int | None, Moment]] = []
    for index, (film, moment) in enumerate(zip(stay, moments, strict=True)):
        times.append((film.acquired_at, film.film_id, moment))
        after = stay[index + 1].acquired_at if index + 1 < len(stay) else _end(film, until, policy)
        times += [(at, None, Moment(at.timestamp() / SECONDS_PER_DAY, None)) for at in _grid(film.acquired_at, after)]
    known = filter_levels([moment for _at, _film_id, moment in times], model)
    bias = card.level_noise[measure].bias_sd if measure in card.level_noise else None
    points = tuple(
        _point(at=at, film_id=film_id, known=one, smoothed=smoothed, measure=measure, bias=bias)
        for (at, film_id, _moment), one, (smoothed, _with_last) in zip(
            times, known, smooth_against_last(known), strict=True
        )
    )
    slope = level_slope(moments, model)
    if slope is not None and acquisitions_without_pairs(card, *stay):
        slope = replace(slope, interval=None, p_rising=None)
    return StayLevel(stay[0].stay_id, measure, points, slope)


def _end(last: ScoredFilm, until: datetime | None, policy: TrendPolicy) -> datetime:
    stale = last.acquired_at.astimezone(UTC) + timedelta(hours=policy.stale_after_hours)
    return last.acquired_at if until is None else min(until, stale)


def _grid(start: datetime, end: datetime) -> list[datetime]:
    """Return times after `start` and before `end`, 6 hours apart or 20 in number."""
    # In UTC: a time of a zone with summer time is moved by the clock on the wall.
    first = start.astimezone(UTC)
    span = end.astimezone(UTC) - first
    count = min(int(span / timedelta(hours=GRID_HOURS)), MOST_GRID_MOMENTS)
    return [first + span * (step / (count + 1)) for step in range(1, count + 1)]


def _point(
    *, at: datetime, film_id: int | None, known: Filtered, smoothed: Moments, measure: Measure, bias: float | None
) -> LevelPoint:
    return LevelPoint(
        at=at,
        film_id=film_id,
        filtered=_within(known.updated.level, measure),
        filtered_band=_band(known.updated, 0.0, measure),
        level=_within(smoothed.level, measure),
        band=_band(smoothed, 0.0, measure),
        absolute_band=None if bias is None else _band(smoothed, bias, measure),
    )


def _band(moments: Moments, bias_sd: float, measure: Measure) -> Interval:
    interval = TrueChange(moments.level, sqrt(max(moments.level_variance, 0.0) + bias_sd**2)).interval(INTERVAL_LEVEL)
    return Interval(_within(interval.low, measure), _within(interval.high, measure), interval.level)


def _within(level: float, measure: Measure) -> float:
    return min(max(level, 0.0), measure.maximum)
