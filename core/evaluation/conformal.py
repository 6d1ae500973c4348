"""Prediction intervals from out-of-fold residuals (split-conformal, grouped by patient)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm


def conformal_half_width(films: Sequence[JudgedFilm], level: float) -> float:
    """Return the half width that holds the expert's value of a new patient's film with probability `level`.

    Every patient counts once, however many films he has; one more patient, worse than all, stands for the new one
    (Dunn, Wasserman, Ramdas 2023, doi:10.1080/01621459.2022.2060112, pooled over groups).

    Raises
    ------
    DataSetInvalidError
        Too few patients for that level.
    """
    counts = Counter(film.patient_id for film in films)
    weighted = sorted(
        (abs(said - film.expert), 1 / counts[film.patient_id] / len(film.predicted))
        for film in films
        for said in film.predicted
    )
    needed = level * (len(counts) + 1)
    if needed > len(counts):
        message = f"{len(counts)} patients are too few for an interval at level {level:g}. Expected more."
        raise DataSetInvalidError(message)
    reached = np.cumsum([weight for _residual, weight in weighted])
    place = min(int(np.searchsorted(reached, needed - 1e-9)), len(weighted) - 1)
    return float(weighted[place][0])


def leave_one_patient_out_coverage(films: Sequence[JudgedFilm], level: float) -> float:
    """Return the share of films whose expert's value lies in the interval made without their patient."""
    covered = []
    for patient_id in sorted({film.patient_id for film in films}):
        others = [film for film in films if film.patient_id != patient_id]
        half_width = conformal_half_width(others, level)
        covered += [
            abs(said - film.expert) <= half_width
            for film in films
            if film.patient_id == patient_id
            for said in film.predicted
        ]
    return float(np.mean(covered))
