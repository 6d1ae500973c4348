"""Two predictions of the same films, or of the same changes, paired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm, correlation, difference_of_mae, evaluate_agreement
from core.evaluation.bootstrap import Estimate, patient_bootstrap
from core.evaluation.change_noise import JudgedChange
from core.evaluation.recalibration import recalibrated
from core.research.evaluation.comparison import enough
from core.research.evaluation.dataset import DataSetFilm

_EXTENT, _BRIXIA, _TOP = "geographic_extent", "brixia_senior", 8.0


@dataclass(frozen=True)
class PairedErrors:
    """Mean absolute errors on the same films.

    Attributes
    ----------
    mae, mae_of_other : Estimate
        Points of geographic extent.
    difference : Estimate
        Of the first minus the other, paired; below 0 the first errs less.
    """

    name: str
    n_films: int
    n_patients: int
    mae: Estimate
    mae_of_other: Estimate
    difference: Estimate


@dataclass(frozen=True)
class PairedChanges:
    """Correlations with the experts' change on the same pairs of films; the difference is paired."""

    name: str
    n_pairs: int
    n_patients: int
    r: Estimate
    r_of_other: Estimate
    difference: Estimate


def paired_errors(
    name: str, films: Sequence[JudgedFilm], others: Sequence[JudgedFilm], *, resamples: int = 1000, seed: int = 0
) -> PairedErrors:
    """Compare the errors of two predictions of the same films, in the same order.

    Raises
    ------
    DataSetInvalidError
        The two do not hold the same films, or fewer than three.
    """
    difference = difference_of_mae(films, others, resamples=resamples, seed=seed)
    first, other = (evaluate_agreement(one, resamples=resamples, seed=seed) for one in (films, others))
    return PairedErrors(name, first.n_films, first.n_patients, first.mae, other.mae, difference)


def paired_changes(
    name: str, changes: Sequence[JudgedChange], others: Sequence[JudgedChange], *, resamples: int = 1000, seed: int = 0
) -> PairedChanges:
    """Compare how two predictions of the same changes, in the same order, follow the experts'.

    Raises
    ------
    DataSetInvalidError
        The two do not hold the same pairs of films.
    """
    if [_films_of(one) for one in changes] != [_films_of(one) for one in others] or not changes:
        message = f"{len(changes)} changes against {len(others)}. Expected the same pairs of films in the same order."
        raise DataSetInvalidError(message)
    patients = [change.patient_id for change in changes]
    expert = np.array([change.expert for change in changes])
    said = [np.array([change.predicted for change in both]).T for both in (changes, others)]

    def r(values: NDArray[np.float64], rows: NDArray[np.intp]) -> float:
        return float(np.mean([correlation(partition[rows], expert[rows]) for partition in values]))

    draws = {"resamples": resamples, "seed": seed}
    return PairedChanges(
        name,
        len(changes),
        len(set(patients)),
        patient_bootstrap(lambda rows: r(said[0], rows), patients, **draws),
        patient_bootstrap(lambda rows: r(said[1], rows), patients, **draws),
        patient_bootstrap(lambda rows: r(said[0], rows) - r(said[1], rows), patients, **draws),
    )


def of_reader(films: Sequence[DataSetFilm]) -> list[JudgedFilm]:
    """Return the extent that the senior reader's Brixia score would give: by a line fitted without the patient.

    The line is of the experts' geographic extent on the Brixia score, so that it carries the reader's error and the
    difference of the two scales.

    Parameters
    ----------
    films : sequence of DataSetFilm
        Those without one of the two values are left out; too few films for a figure give none.
    """
    read = [
        JudgedFilm(film.film_id, film.patient_id, film.experts[_EXTENT], (film.experts[_BRIXIA],), film.day, film.view)
        for film in sorted(films, key=lambda one: one.film_id)
        if _EXTENT in film.experts and _BRIXIA in film.experts
    ]
    return recalibrated(read, _TOP) if enough(read) else []


def _films_of(change: JudgedChange) -> tuple[str, str]:
    return change.earlier_film_id, change.later_film_id
