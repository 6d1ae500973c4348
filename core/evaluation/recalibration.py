"""Linear recalibration of a scorer to the readers' scale, each patient by a line that his films had no part in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm


def recalibrated(films: Sequence[JudgedFilm], maximum: float) -> list[JudgedFilm]:
    """Return the films with predictions on the line of expert on predicted, fitted on all other patients' films.

    Each partition has its own line. What leaves the scale is put to its end. The mean of the others stands where their
    predictions are all one.

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
            said = predicted[~own, partition]
            slope = np.polyfit(said, expert[~own], 1)[0] if np.ptp(said) else 0.0
            line = expert[~own].mean() + slope * (predicted[own, partition] - said.mean())
            result[own, partition] = np.clip(line, 0.0, maximum)
    return [replace(film, predicted=tuple(values)) for film, values in zip(films, result.tolist(), strict=True)]
