"""The level behind noisy scores at irregular times: Kalman filter and Rauch-Tung-Striebel smoother.

Level l and slope s (points, points per day) move as ``dl = s dt + q dW1``, ``ds = r dW2``; a film reads ``l + error``,
error normal. With r = 0 and no prior spread of the slope it is the local level model, else the local linear trend.

Sources: Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989, 3.2 and 3.6; Durbin and
Koopman, Time Series Analysis by State Space Methods, 2012, 4.3-4.4. Checked against statsmodels in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, log, pi, sqrt
from typing import NamedTuple

_FAR = 8.0
"""From here on the tail of the normal distribution is taken from its asymptotic series."""


class Moments(NamedTuple):
    """Mean and covariance of level (points) and slope (points per day)."""

    level: float
    slope: float
    level_variance: float
    covariance: float
    slope_variance: float


class Moment(NamedTuple):
    """One time, with or without a film.

    Attributes
    ----------
    days : float
        On any axis; moments are given in order.
    value : float or None
        The score; None where the level is asked for without a film.
    end : int
        1: the score is at the top of its scale and means "this or more"; -1: at the bottom, "this or less"; 0: neither.
    step_variance : float
        Variance of a step of unknown size since the moment before, points squared: for films taken differently.
    extra_variance : float
        Added to the variance of this film's error: for a film of which not all is known.
    """

    days: float
    value: float | None
    end: int = 0
    step_variance: float = 0.0
    extra_variance: float = 0.0


class Filtered(NamedTuple):
    """What is known at one moment from it and the moments before.

    Attributes
    ----------
    days : float
        Since the moment before; 0 for the first.
    predicted, updated : Moments
        Before and after the film of the moment.
    innovation : float or None
        Score minus predicted level, in SDs of that difference; None without a film. At an end of the scale the score
        is taken as it stands, so the innovation is too small rather than too large.
    log_likelihood : float
        Of the film given those before, 0 without one.
    """

    days: float
    predicted: Moments
    updated: Moments
    innovation: float | None
    log_likelihood: float


@dataclass(frozen=True)
class LevelModel:
    """The variances of the model, and where a level starts.

    Attributes
    ----------
    measurement_sd : float
        SD of the error that differs from film to film, points.
    process_sd : float
        q, points per square root of a day.
    slope_process_sd : float
        r, points per day per square root of a day.
    start_level, start_sd : float
        The level before the first film, points. Wide against the scale, so that it hardly moves the first level.
    start_slope_sd : float
        SD of the slope before the first film, points per day; its mean is 0.
    """

    measurement_sd: float
    process_sd: float
    slope_process_sd: float = 0.0
    start_level: float = 0.0
    start_sd: float = 100.0
    start_slope_sd: float = 0.0

    def __post_init__(self) -> None:
        spreads = (self.process_sd, self.slope_process_sd, self.start_slope_sd)
        if not (self.measurement_sd > 0 and self.start_sd > 0 and min(spreads) >= 0):
            message = (
                f"{self}: an SD of measurement and start above 0 is expected, and no negative one. "
                "Leave the level out where the noise was not measured."
            )
            raise ValueError(message)


def filter_levels(moments: Sequence[Moment], model: LevelModel) -> list[Filtered]:
    """Return what is known at each moment from the films up to it.

    A score at an end of the scale is a censored observation: the update takes mean and variance of the level given
    that the score, could it have gone on, lay beyond (moment-matched Tobit update).

    Raises
    ------
    ValueError
        The moments are not in order of time.
    """
    known: list[Filtered] = []
    start = Moments(model.start_level, 0.0, model.start_sd**2, 0.0, model.start_slope_sd**2)
    for index, moment in enumerate(moments):
        days = moment.days - moments[index - 1].days if index else 0.0
        predicted = _predict(known[-1].updated, days, moment.step_variance, model) if index else start
        known.append(_update(days, predicted, moment, model))
    return known


def smooth_against_last(known: Sequence[Filtered]) -> list[tuple[Moments, float]]:
    """Return, per moment, what all films say of it and the covariance of its level with that of the last moment."""
    if not known:
        return []
    last = known[-1].updated
    if last.slope_variance == 0:
        return _smooth_levels(known)
    smoothed = last
    # Covariance of (level, slope) of the moment at hand with the last moment's level.
    with_level, with_slope = last.level_variance, last.covariance
    found = [(smoothed, with_level)]
    for index in range(len(known) - 2, -1, -1):
        (a, b, c, d) = gain = _gain(known, index)
        smoothed = _smooth(known[index].updated, known[index + 1].predicted, smoothed, gain)
        with_level, with_slope = a * with_level + b * with_slope, c * with_level + d * with_slope
        found.append((smoothed, with_level))
    found.reverse()
    return found


def _smooth_levels(known: Sequence[Filtered]) -> list[tuple[Moments, float]]:
    """Return the same where there is no slope: the usual model, of which many are smoothed."""
    last = known[-1].updated
    level, variance, with_last = last.level, last.level_variance, last.level_variance
    found = [(last, with_last)]
    for index in range(len(known) - 2, -1, -1):
        now, after = known[index].updated, known[index + 1].predicted
        gain = now.level_variance / after.level_variance
        level = now.level + gain * (level - after.level)
        variance = now.level_variance + gain * gain * (variance - after.level_variance)
        with_last *= gain
        found.append((Moments(level, 0.0, variance, 0.0, 0.0), with_last))
    found.reverse()
    return found


def total_log_likelihood(known: Sequence[Filtered]) -> float:
    """Return the log-likelihood of the films but the first, which only says where the level starts."""
    return sum(filtered.log_likelihood for filtered in known[1:])


def _predict(now: Moments, days: float, step_variance: float, model: LevelModel) -> Moments:
    if days < 0:
        raise ValueError(f"A moment lies {-days:g} days before the one ahead of it. Give moments in order of time.")
    slope_variance = model.slope_process_sd**2
    moved = now.level_variance + days * (2 * now.covariance + days * now.slope_variance)
    spread = model.process_sd**2 * days + slope_variance * days**3 / 3
    return Moments(
        now.level + days * now.slope,
        now.slope,
        moved + spread + step_variance,
        now.covariance + days * now.slope_variance + slope_variance * days**2 / 2,
        now.slope_variance + slope_variance * days,
    )


def _update(days: float, predicted: Moments, moment: Moment, model: LevelModel) -> Filtered:
    if moment.value is None:
        return Filtered(days, predicted, predicted, None, 0.0)
    variance = predicted.level_variance + model.measurement_sd**2 + moment.extra_variance
    sd = sqrt(variance)
    innovation = (moment.value - predicted.level) / sd
    if moment.end == 0:
        surprise, shrink = innovation, 1.0
        log_likelihood = -0.5 * (log(2 * pi * variance) + innovation**2)
    else:
        ratio, log_likelihood = _tail(moment.end * innovation)
        surprise, shrink = moment.end * ratio, ratio * (ratio - moment.end * innovation)
    gain_level, gain_slope = predicted.level_variance / variance, predicted.covariance / variance
    updated = Moments(
        predicted.level + gain_level * sd * surprise,
        predicted.slope + gain_slope * sd * surprise,
        predicted.level_variance - shrink * gain_level * predicted.level_variance,
        predicted.covariance - shrink * gain_level * predicted.covariance,
        predicted.slope_variance - shrink * gain_slope * predicted.covariance,
    )
    return Filtered(days, predicted, updated, innovation, log_likelihood)


def _tail(start: float) -> tuple[float, float]:
    """Return, of a standard normal beyond `start`, the mean (inverse Mills ratio) and the log of its probability."""
    if start < _FAR:
        above = 0.5 * erfc(start / sqrt(2))
        return exp(-0.5 * start**2) / sqrt(2 * pi) / above, log(above)
    series = 1 - 1 / start**2 + 3 / start**4 - 15 / start**6 + 105 / start**8
    return start / series, -0.5 * start**2 - log(start * sqrt(2 * pi)) + log(series)


def _gain(known: Sequence[Filtered], index: int) -> tuple[float, float, float, float]:
    """Return the smoother's gain, P F' (F P F' + Q)^-1, row by row."""
    now, after = known[index].updated, known[index + 1].predicted
    determinant = after.level_variance * after.slope_variance - after.covariance**2
    days = known[index + 1].days
    return (
        *_row(now.level_variance + days * now.covariance, now.covariance, after, determinant),
        *_row(now.covariance + days * now.slope_variance, now.slope_variance, after, determinant),
    )


def _row(level: float, slope: float, after: Moments, determinant: float) -> tuple[float, float]:
    return (
        (level * after.slope_variance - slope * after.covariance) / determinant,
        (slope * after.level_variance - level * after.covariance) / determinant,
    )


def _smooth(now: Moments, predicted: Moments, after: Moments, gain: tuple[float, float, float, float]) -> Moments:
    a, b, c, d = gain
    level, slope = after.level - predicted.level, after.slope - predicted.slope
    p, q, r = (x - y for x, y in zip(after[2:], predicted[2:], strict=True))
    return Moments(
        now.level + a * level + b * slope,
        now.slope + c * level + d * slope,
        now.level_variance + a * a * p + 2 * a * b * q + b * b * r,
        now.covariance + a * c * p + (a * d + b * c) * q + b * d * r,
        now.slope_variance + c * c * p + 2 * c * d * q + d * d * r,
    )
