"""Linear recalibration of a scorer to the readers' scale, each patient by a line fitted on the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm, Values

Line = Callable[[Values, Values], tuple[float, float]]
"""Returns slope and offset of expert on predicted, arrays (films,)."""


def least_squares(predicted: Values, expert: Values) -> tuple[float, float]:
    """Return the line of least squares; the mean of the expert's values where the predictions are all one."""
    slope = float(np.polyfit(predicted, expert, 1)[0]) if np.ptp(predicted) else 0.0
    return slope, float(expert.mean() - slope * predicted.mean())


def recalibrated(films: Sequence[JudgedFilm], maximum: float, *, line: Line = least_squares) -> list[JudgedFilm]:
    """Return the films with predictions on the line of expert on predicted, fitted on all other patients' films.

    Each partition has its own line. What leaves the scale is put to its end.

    Parameters
    ----------
    films : sequence of JudgedFilm
        Predictions on any scale.
    maximum : float
        Top of the experts' scale; its bottom is 0.

    Raises
    ------
    DataSetInvalidError
        Films of fewer than three patients.
    """
    patients = np.array([film.patient_id for film in films])
    if len(set(patients)) < 3:
        message = (
            f"Films of {len(set(patients))} patients. Expected 3 or more to recalibrate without the patient's own."
        )
        raise DataSetInvalidError(message)
    expert = np.array([film.expert for film in films])
    predicted = np.array([film.predicted for film in films], dtype=np.float64)
    result = np.empty_like(predicted)
    for patient in set(patients):
        own = patients == patient
        for partition in range(predicted.shape[1]):
            slope, offset = line(predicted[~own, partition], expert[~own])
            result[own, partition] = np.clip(offset + slope * predicted[own, partition], 0.0, maximum)
    return [replace(film, predicted=tuple(values)) for film, values in zip(films, result.tolist(), strict=True)]
