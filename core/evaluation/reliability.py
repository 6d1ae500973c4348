"""Figures of agreement between readers, over rows that count several times: one line of counts per resample.

Every function takes `counts`, array (draws, rows), how often each row stands in each draw, and returns one figure per
draw, NaN where the draw does not determine it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_NOTHING = 1e-12
"""Below this a variance is that of equal values, left by rounding."""


def intraclass_correlation(ratings: Values, counts: Values) -> Values:
    """Return ICC(2,1): two-way random effects, absolute agreement, one reading.

    ``(BMS - EMS) / (BMS + (k - 1) EMS + k (JMS - EMS) / n)`` with the mean squares between films (BMS), between readers
    (JMS) and residual (EMS) of n films by k readers. A reader who reads higher throughout lowers it, unlike Pearson's
    r. Source: Shrout and Fleiss, Psychol Bull 1979;86:420-428, doi:10.1037/0033-2909.86.2.420.

    Parameters
    ----------
    ratings : array (rows, readers)
    """
    readers = ratings.shape[1]
    centred = ratings - ratings.mean()
    n = counts.sum(axis=1)
    reader_means = counts @ centred / n[:, None]
    grand = reader_means.mean(axis=1)
    film_means = centred.mean(axis=1)
    between_films = readers * (counts @ film_means**2 - n * grand**2)
    between_readers = n * ((reader_means - grand[:, None]) ** 2).sum(axis=1)
    total = counts @ (centred**2).sum(axis=1) - readers * n * grand**2
    with np.errstate(divide="ignore", invalid="ignore"):
        bms = between_films / (n - 1)
        jms = between_readers / (readers - 1)
        ems = (total - between_films - between_readers) / ((n - 1) * (readers - 1))
        whole = bms + (readers - 1) * ems + readers * (jms - ems) / n
        return np.where(whole > _NOTHING, (bms - ems) / whole, np.nan)


def weighted_kappa(first: Values, second: Values, counts: Values, *, power: int) -> Values:
    """Return Cohen's weighted kappa of two readings rounded to whole points (halves up).

    ``1 - observed / expected`` disagreement, the disagreement of two readings being their distance (`power` 1, linear)
    or its square (`power` 2, quadratic); expected from the two readers' own frequencies. Source: Cohen, Psychol Bull
    1968;70:213-220, doi:10.1037/h0026256.

    Parameters
    ----------
    first, second : array (rows,)
    power : int
        1 or 2.
    """
    one, other = whole_points(first), whole_points(second)
    points = np.arange(min(one.min(), other.min()), max(one.max(), other.max()) + 1)
    distance = np.abs(points[:, None] - points[None, :]).astype(np.float64) ** power
    n = counts.sum(axis=1)
    observed = counts @ distance[one - points[0], other - points[0]] / n
    frequencies = [counts @ (reading[:, None] == points) / n[:, None] for reading in (one, other)]
    expected = np.einsum("di,ij,dj->d", frequencies[0], distance, frequencies[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > _NOTHING, 1 - observed / expected, np.nan)


def whole_points(readings: Values) -> NDArray[np.intp]:
    """Return readings, array of any shape, rounded to whole points, halves up."""
    return np.floor(readings + 0.5).astype(np.intp)


def moments(values: Values, counts: Values) -> tuple[Values, Values]:
    """Return mean and variance (over n) of `values`, array (rows,), per draw; tiny variances are 0."""
    n = counts.sum(axis=1)
    middle = values.mean()
    mean = counts @ (values - middle) / n
    variance = counts @ (values - middle) ** 2 / n - mean**2
    return mean + middle, np.where(variance > _NOTHING, variance, 0.0)


def covariance(first: Values, second: Values, counts: Values) -> Values:
    """Return the covariance (over n) of two arrays (rows,), per draw."""
    n = counts.sum(axis=1)
    one, other = first - first.mean(), second - second.mean()
    covariances: Values = counts @ (one * other) / n - (counts @ one / n) * (counts @ other / n)
    return covariances
