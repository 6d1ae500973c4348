"""Prediction intervals from residuals out of sample (split-conformal, grouped by patient)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.scoring.interval import FLAT, LevelShape


def are_enough(n_patients: int, level: float) -> bool:
    """Return whether so many patients determine an interval at `level` (0-1)."""
    return level * (n_patients + 1) <= n_patients


def conformal_half_width(films: Sequence[JudgedFilm], level: float, shape: LevelShape = FLAT) -> float:
    """Return the half width that holds the expert's value of a new patient's film with probability `level`.

    It is that of a film like the training films; a scorer that widens its intervals on others multiplies it there.
    Every patient counts once, however many films there are; one more patient, worse than all, stands for the new one
    (Dunn, Wasserman, Ramdas 2023, doi:10.1080/01621459.2022.2060112, pooled over groups; residuals divided by the
    widening, and by the factor of `shape` at the predicted level, as in Lei et al. 2018,
    doi:10.1080/01621459.2017.1307116).

    Raises
    ------
    DataSetInvalidError
        Too few patients for that level.
    """
    n_patients = len({film.patient_id for film in films})
    if not are_enough(n_patients, level):
        message = f"{n_patients} patients are too few for an interval at level {level:g}. Expected more."
        raise DataSetInvalidError(message)
    return residual_quantile(films, level, shape, lambda _said: True)


def residual_quantile(
    films: Sequence[JudgedFilm], level: float, shape: LevelShape, chosen: Callable[[float], bool], *, more: int = 1
) -> float:
    """Return the residual that the share `level` of patients, and `more`, stays within; each counts once."""
    residuals = [
        (film.patient_id, abs(said - film.expert) / widening / shape.factor(said))
        for film in films
        for said, widening in predictions(film)
        if chosen(said)
    ]
    counts = Counter(patient for patient, _residual in residuals)
    weighted = sorted((residual, 1 / counts[patient]) for patient, residual in residuals)
    reached = np.cumsum([weight for _residual, weight in weighted])
    place = min(int(np.searchsorted(reached, level * (len(counts) + more) - 1e-9)), len(weighted) - 1)
    return weighted[place][0]


def predictions(film: JudgedFilm) -> Iterator[tuple[float, float]]:
    """Yield each prediction with the widening of its interval."""
    return zip(film.predicted, film.widening or (1.0,) * len(film.predicted), strict=True)
