"""How well predicted severity agrees with experts' values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.bootstrap import Estimate, estimate, resampled_counts
from core.evaluation.reliability import covariance, intraclass_correlation, moments, weighted_kappa

Values = NDArray[np.float64]

LIMIT_SDS = 1.96
"""Bland-Altman limits of agreement lie this many SDs of the differences from their mean."""


@dataclass(frozen=True)
class JudgedFilm:
    """One film with an expert's value and what a scorer said of it.

    Attributes
    ----------
    day : int or None
        On the patient's own time axis.
    view : str
        As the data set states it.
    expert : float
    predicted : tuple of float
        One value per random partition of a cross-validation, each by a model that had not seen the patient; one value
        alone for a scorer that was not trained on such films.
    widening : tuple of float
        By what the interval of each prediction is widened, as its scorer widens it on films unlike its training films;
        empty: not at all.
    """

    film_id: str
    patient_id: str
    expert: float
    predicted: tuple[float, ...]
    day: int | None = None
    view: str = ""
    widening: tuple[float, ...] = ()

    @property
    def said(self) -> float:
        """Return the mean of the predictions, for pictures; figures are means over the partitions instead."""
        return float(np.mean(self.predicted))


@dataclass(frozen=True)
class Agreement:
    """Agreement on one scale, each figure the mean over the partitions, with its 95 % patient-bootstrap interval.

    Attributes
    ----------
    mae, bias : Estimate
        Mean absolute error; mean of predicted minus expert. Points of the scale.
    r : Estimate
        Pearson correlation.
    slope : Estimate
        Of predicted on expert; below 1 the severe end is called too low.
    mae_by_partition : tuple of float
    mae_constant : float
        Error of always saying the median of the other patients' experts' values.
    r2 : Estimate
        1 - squared error / variance of the experts' values, of the predictions as they stand; negative where the mean
        of the experts' values were the better prediction.
    icc : Estimate
        ICC(2,1) of prediction and expert, see `core.evaluation.reliability.intraclass_correlation`.
    limit_low, limit_high : Estimate
        Bland-Altman 95 % limits of agreement: bias -/+ 1.96 SD of predicted minus expert (n - 1), films counted alike.
    kappa_linear, kappa_quadratic : Estimate
        Cohen's weighted kappa of values rounded to whole points (halves up).
    """

    n_films: int
    n_patients: int
    mae: Estimate
    bias: Estimate
    r: Estimate
    slope: Estimate
    mae_by_partition: tuple[float, ...]
    mae_constant: float
    r2: Estimate
    icc: Estimate
    limit_low: Estimate
    limit_high: Estimate
    kappa_linear: Estimate
    kappa_quadratic: Estimate


FIGURES = (
    "mae",
    "bias",
    "r",
    "slope",
    "r2",
    "icc",
    "limit_low",
    "limit_high",
    "kappa_linear",
    "kappa_quadratic",
)
"""The figures of an `Agreement` that have an interval."""


def evaluate_agreement(films: Sequence[JudgedFilm], *, resamples: int = 1000, seed: int = 0) -> Agreement:
    """Compare predictions with experts' values.

    Raises
    ------
    DataSetInvalidError
        Fewer than three films, or films with different numbers of predictions.
    """
    if len(films) < 3 or len({len(film.predicted) for film in films}) != 1:
        message = (
            f"{len(films)} films with predictions and experts' values. Expected 3 or more, equally often predicted."
        )
        raise DataSetInvalidError(message)
    expert = np.array([film.expert for film in films])
    predicted = np.array([film.predicted for film in films]).T
    patients = [film.patient_id for film in films]
    counts = resampled_counts(patients, resamples=resamples, seed=seed)
    by_partition = [_figures(partition, expert, counts) for partition in predicted]
    figures = {name: np.mean([figures[name] for figures in by_partition], axis=0) for name in FIGURES}
    return Agreement(
        n_films=len(films),
        n_patients=len(set(patients)),
        mae_by_partition=tuple(mean_absolute_error(partition, expert) for partition in predicted),
        mae_constant=_constant_error(expert, patients),
        **{name: estimate(float(drawn[0]), drawn[1:]) for name, drawn in figures.items()},
    )


def difference_of_mae(
    films: Sequence[JudgedFilm], others: Sequence[JudgedFilm], *, resamples: int = 1000, seed: int = 0
) -> Estimate:
    """Return the mean absolute error of `films` minus that of `others`, the same films by two scorers, paired.

    Raises
    ------
    DataSetInvalidError
        The two do not hold the same films in the same order.
    """
    if [film.film_id for film in films] != [film.film_id for film in others] or not films:
        message = f"{len(films)} films against {len(others)}. Expected the same films in the same order by both."
        raise DataSetInvalidError(message)
    errors = np.array([_mean_error(film) - _mean_error(other) for film, other in zip(films, others, strict=True)])
    counts = resampled_counts([film.patient_id for film in films], resamples=resamples, seed=seed)
    drawn = counts @ errors / counts.sum(axis=1)
    return estimate(float(drawn[0]), drawn[1:])


def mean_absolute_error(predicted: Values, expert: Values) -> float:
    """Return the mean of |predicted - expert|, points; arrays (films,)."""
    return float(np.mean(np.abs(predicted - expert)))


def correlation(predicted: Values, expert: Values) -> float:
    """Return Pearson's r of two arrays (films,), -1 to 1; NaN where one of the two does not vary."""
    if np.ptp(predicted) == 0 or np.ptp(expert) == 0:
        return float("nan")
    return float(np.corrcoef(predicted, expert)[0, 1])


def _figures(predicted: Values, expert: Values, counts: Values) -> dict[str, Values]:
    """Return every figure per draw of `counts`, array (draws, films)."""
    n = counts.sum(axis=1)
    difference = predicted - expert
    bias, variance = moments(difference, counts)
    _mean, of_expert = moments(expert, counts)
    _mean, of_predicted = moments(predicted, counts)
    together = covariance(predicted, expert, counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = LIMIT_SDS * np.sqrt(variance * n / (n - 1))
        return {
            "mae": counts @ np.abs(difference) / n,
            "bias": bias,
            "r": _defined(together / np.sqrt(of_expert * of_predicted)),
            "slope": _defined(together / of_expert),
            "r2": _defined(1 - (counts @ difference**2 / n) / of_expert),
            "icc": intraclass_correlation(np.stack([predicted, expert], axis=1), counts),
            "limit_low": bias - reach,
            "limit_high": bias + reach,
            "kappa_linear": weighted_kappa(predicted, expert, counts, power=1),
            "kappa_quadratic": weighted_kappa(predicted, expert, counts, power=2),
        }


def _defined(figures: Values) -> Values:
    """Return figures with NaN where values that do not vary leave them undefined."""
    return np.where(np.isfinite(figures), figures, np.nan)


def _mean_error(film: JudgedFilm) -> float:
    return float(np.mean([abs(said - film.expert) for said in film.predicted]))


def _constant_error(expert: Values, patients: Sequence[str]) -> float:
    names = np.asarray(patients)
    of_patient = {name: float(np.median(expert[names != name])) for name in set(patients) if (names != name).any()}
    errors = [abs(value - of_patient.get(name, np.nan)) for value, name in zip(expert, patients, strict=True)]
    return float(np.mean(errors))
