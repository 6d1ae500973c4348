"""How well predicted severity agrees with experts' values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.bootstrap import Estimate, patient_bootstrap

Values = NDArray[np.float64]


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
    """

    film_id: str
    patient_id: str
    expert: float
    predicted: tuple[float, ...]
    day: int | None = None
    view: str = ""


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
    """

    n_films: int
    n_patients: int
    mae: Estimate
    bias: Estimate
    r: Estimate
    slope: Estimate
    mae_by_partition: tuple[float, ...]
    mae_constant: float


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

    def estimate(figure: Callable[[Values, Values], float]) -> Estimate:
        def over(rows: NDArray[np.intp]) -> float:
            return float(np.mean([figure(partition[rows], expert[rows]) for partition in predicted]))

        return patient_bootstrap(over, patients, resamples=resamples, seed=seed)

    return Agreement(
        n_films=len(films),
        n_patients=len(set(patients)),
        mae=estimate(mean_absolute_error),
        bias=estimate(lambda said, true: float(np.mean(said - true))),
        r=estimate(correlation),
        slope=estimate(slope_on_expert),
        mae_by_partition=tuple(mean_absolute_error(partition, expert) for partition in predicted),
        mae_constant=_constant_error(expert, patients),
    )


def mean_absolute_error(predicted: Values, expert: Values) -> float:
    """Return the mean of |predicted - expert|."""
    return float(np.mean(np.abs(predicted - expert)))


def correlation(predicted: Values, expert: Values) -> float:
    """Return Pearson's r, NaN where one of the two does not vary."""
    if np.ptp(predicted) == 0 or np.ptp(expert) == 0:
        return float("nan")
    return float(np.corrcoef(predicted, expert)[0, 1])


def slope_on_expert(predicted: Values, expert: Values) -> float:
    """Return the least-squares slope of predicted on expert, NaN where experts' values do not vary."""
    spread = expert - expert.mean()
    return float((spread * predicted).sum() / (spread**2).sum()) if np.ptp(expert) else float("nan")


def _constant_error(expert: Values, patients: Sequence[str]) -> float:
    names = np.asarray(patients)
    errors = [abs(value - np.median(expert[names != name])) for value, name in zip(expert, names, strict=True)]
    return float(np.mean(errors))
