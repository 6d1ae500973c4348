"""How levels wander and films scatter around them, by maximum likelihood from series of scores; without experts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import exp, log

from scipy.optimize import brentq, minimize_scalar

from core.errors import DataSetInvalidError
from core.trend.state_space import LevelModel, Moment, filter_levels, total_log_likelihood

FEWEST_FILMS = 20
"""Films that have one before them in their stay; from fewer nothing is estimated."""

_SMALLEST, _LARGEST = 0.005, 5.0
_CHI_SQUARED_95 = 3.841458820694124
_SLOPE_PROCESSES = (0.02, 0.05, 0.1, 0.2, 0.4)

Stay = Sequence[Moment]


@dataclass(frozen=True)
class ProcessEstimate:
    """The process noise of pooled stays, and the films' scatter around the level.

    Attributes
    ----------
    sd, low, high : float
        Points per √day, with its 95 % interval by profile likelihood; `low` is 0 where no wandering is likely enough.
    film_sd, film_low, film_high : float
        SD of the films around the level, points, likewise.
    n_films, n_stays : int
        Of stays with two films or more.
    slope_gain : float
        By how much the log-likelihood grows where the level also has a slope that wanders; 1.9 would be beyond chance.
    """

    sd: float
    low: float
    high: float
    film_sd: float
    film_low: float
    film_high: float
    n_films: int
    n_stays: int
    slope_gain: float


def estimate_process(stays: Sequence[Stay], model: LevelModel) -> ProcessEstimate:
    """Estimate both, with all else of the model held.

    Parameters
    ----------
    stays : sequence of stays
        Each with the moments of its films in order of time.
    model : LevelModel
        Its own noises are not used.

    Raises
    ------
    DataSetInvalidError
        Fewer than 20 films have one before them in their stay.
    """
    serial = [stay for stay in stays if len(stay) > 1]
    n_films = sum(len(stay) for stay in serial)
    if n_films - len(serial) < FEWEST_FILMS:
        message = (
            f"{n_films - len(serial)} films have one before them in their stay. Expected {FEWEST_FILMS} or more to "
            "estimate how levels wander."
        )
        raise DataSetInvalidError(message)

    @cache
    def likelihood(film_sd: float, process_sd: float, slope_process_sd: float = 0.0) -> float:
        tried = replace(model, measurement_sd=film_sd, process_sd=process_sd, slope_process_sd=slope_process_sd)
        return sum(total_log_likelihood(filter_levels(stay, tried)) for stay in serial)

    @cache
    def of_process(process_sd: float) -> float:
        return _maximum(lambda film_sd: likelihood(film_sd, process_sd))[1]

    @cache
    def of_films(film_sd: float) -> float:
        return _maximum(lambda process_sd: likelihood(film_sd, process_sd))[1]

    sd, highest = _maximum(of_process)
    film_sd, _same = _maximum(lambda film_sd: likelihood(film_sd, sd))
    with_slope = max(_maximum(lambda q, r=r: likelihood(film_sd, q, r))[1] for r in _SLOPE_PROCESSES)  # type: ignore[misc]
    low, high = _profile_interval(of_process, sd, highest)
    film_low, film_high = _profile_interval(of_films, film_sd, highest)
    gain = max(with_slope - highest, 0.0)
    return ProcessEstimate(sd, low, high, film_sd, film_low, film_high, n_films, len(serial), gain)


def _maximum(likelihood: Callable[[float], float]) -> tuple[float, float]:
    found = minimize_scalar(
        lambda log_sd: -likelihood(exp(log_sd)), bounds=(log(_SMALLEST), log(_LARGEST)), method="bounded"
    )
    return exp(float(found.x)), -float(found.fun)


def _profile_interval(likelihood: Callable[[float], float], sd: float, highest: float) -> tuple[float, float]:
    def beyond(tried: float) -> float:
        return 2 * (highest - likelihood(tried)) - _CHI_SQUARED_95

    low = float(brentq(beyond, _SMALLEST, sd, xtol=1e-3)) if beyond(_SMALLEST) > 0 else 0.0
    high = float(brentq(beyond, sd, _LARGEST, xtol=1e-3)) if beyond(_LARGEST) > 0 else _LARGEST
    return low, high
