"""Prediction intervals from out-of-fold residuals (split-conformal, grouped by patient)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.evaluation.proportion import wilson_interval


def conformal_half_width(films: Sequence[JudgedFilm], level: float) -> float:
    """Return the half width that holds the expert's value of a new patient's film with probability `level`.

    It is that of a film like the training films; a scorer that widens its intervals on others multiplies it there.
    Every patient counts once, however many films there are; one more patient, worse than all, stands for the new one
    (Dunn, Wasserman, Ramdas 2023, doi:10.1080/01621459.2022.2060112, pooled over groups; residuals divided by the
    widening as in Lei et al. 2018, doi:10.1080/01621459.2017.1307116).

    Raises
    ------
    DataSetInvalidError
        Too few patients for that level.
    """
    counts = Counter(film.patient_id for film in films)
    weighted = sorted(
        (abs(said - film.expert) / widening, 1 / counts[film.patient_id] / len(film.predicted))
        for film in films
        for said, widening in _predictions(film)
    )
    needed = level * (len(counts) + 1)
    if needed > len(counts):
        message = f"{len(counts)} patients are too few for an interval at level {level:g}. Expected more."
        raise DataSetInvalidError(message)
    reached = np.cumsum([weight for _residual, weight in weighted])
    place = min(int(np.searchsorted(reached, needed - 1e-9)), len(weighted) - 1)
    return float(weighted[place][0])


@dataclass(frozen=True)
class HeldFilm:
    """How often, of all partitions, a film's interval held its expert's value; the interval made without its patient.

    Attributes
    ----------
    share : float
        0-1.
    half_width : float
        Mean over the partitions, in points of the scale.
    """

    film: JudgedFilm
    share: float
    half_width: float


def leave_one_patient_out(films: Sequence[JudgedFilm], level: float) -> list[HeldFilm]:
    """Judge every film by the interval that all other patients' films give."""
    held = []
    for patient_id in sorted({film.patient_id for film in films}):
        usual = conformal_half_width([film for film in films if film.patient_id != patient_id], level)
        for film in films:
            if film.patient_id == patient_id:
                widths = [usual * widening for _said, widening in _predictions(film)]
                inside = [abs(said - film.expert) <= width for said, width in zip(film.predicted, widths, strict=True)]
                held.append(HeldFilm(film, float(np.mean(inside)), float(np.mean(widths))))
    return held


def leave_one_patient_out_coverage(films: Sequence[JudgedFilm], level: float) -> float:
    """Return the share of films whose expert's value lies in the interval made without their patient."""
    return float(np.mean([film.share for film in leave_one_patient_out(films, level)]))


@dataclass(frozen=True)
class Coverage:
    """How often the intervals of a group of films held the expert's value.

    Attributes
    ----------
    share : float
        0-1, mean over films and partitions.
    low, high : float
        95 % Wilson interval, films counted alike.
    half_width : float
        Mean, in points of the scale.
    """

    n_films: int
    share: float
    low: float
    high: float
    half_width: float


def coverage_of(held: Sequence[HeldFilm]) -> Coverage:
    """Summarise a group of one film or more."""
    share = float(np.mean([film.share for film in held]))
    low, high = wilson_interval(share, len(held))
    return Coverage(len(held), share, low, high, float(np.mean([film.half_width for film in held])))


def _predictions(film: JudgedFilm) -> Iterator[tuple[float, float]]:
    """Yield each prediction with the widening of its interval."""
    return zip(film.predicted, film.widening or (1.0,) * len(film.predicted), strict=True)
