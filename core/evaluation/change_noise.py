"""Noise of a scorer's change, measured on consecutive films of one patient scored by experts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm, correlation
from core.evaluation.bootstrap import Estimate, patient_bootstrap
from core.types import ChangeNoise

FEWEST_PAIRS = 5
"""Fewer pairs of films make no noise."""


@dataclass(frozen=True)
class JudgedChange:
    """From one film of a patient to the next: the expert's change and the predicted one (one per partition).

    Attributes
    ----------
    views : (str, str)
        Of both films, as the data set states them.
    """

    patient_id: str
    earlier_film_id: str
    later_film_id: str
    expert: float
    predicted: tuple[float, ...]
    views: tuple[str, str] = ("", "")


def consecutive_changes(films: Sequence[JudgedFilm]) -> list[JudgedChange]:
    """Pair each film with the next judged one of the same patient on a later day.

    Films without a day are left out, and so are pairs of one day, which have no order.
    """
    of_patient: dict[str, list[JudgedFilm]] = defaultdict(list)
    for film in films:
        of_patient[film.patient_id].append(film)
    changes = []
    for patient_id in sorted(of_patient):
        dated = [(film.day, film) for film in of_patient[patient_id] if film.day is not None]
        dated.sort(key=lambda pair: (pair[0], pair[1].film_id))
        for (day, earlier), (next_day, later) in pairwise(dated):
            if next_day > day:
                changes.append(_change(earlier, later))
    return changes


def measure_change_noise(
    changes: Sequence[JudgedChange], source: str, *, resamples: int = 1000, seed: int = 0
) -> ChangeNoise:
    """Measure how the expert's change follows the predicted one.

    The model is ``expert's change = slope x predicted change + error``, fitted by least squares through the origin: no
    predicted change means none expected, and the order of the films must not matter. SD with n - 1 degrees of freedom;
    slope and SD are means over the partitions.

    Raises
    ------
    DataSetInvalidError
        Fewer than five pairs.
    """
    if len(changes) < FEWEST_PAIRS:
        message = (
            f"{len(changes)} pairs of consecutive films with experts' values. Expected {FEWEST_PAIRS} or more to "
            "measure noise."
        )
        raise DataSetInvalidError(message)
    sd = patient_bootstrap(
        lambda rows: _mean_over_partitions(changes, rows)[1],
        [change.patient_id for change in changes],
        resamples=resamples,
        seed=seed,
    )
    slope, _sd = _mean_over_partitions(changes, np.arange(len(changes)))
    raw_sd = float(np.mean([residual_sd(changes, 1.0, partition) for partition in range(len(changes[0].predicted))]))
    return ChangeNoise(
        sd=round(sd.value, 4),
        slope=round(slope, 4),
        n_pairs=len(changes),
        n_patients=len({change.patient_id for change in changes}),
        sd_low=round(sd.low, 4),
        sd_high=round(sd.high, 4),
        source=source,
        raw_sd=round(raw_sd, 4),
        expert_sd=round(sd_of_expert_change(changes), 4),
    )


def residual_sd(changes: Sequence[JudgedChange], slope: float, partition: int) -> float:
    """Return the SD about 0 of the expert's change minus ``slope x predicted change`` of one partition."""
    errors = np.array([change.expert - slope * change.predicted[partition] for change in changes])
    return float(np.sqrt(np.mean(errors**2)))


def sd_of_expert_change(changes: Sequence[JudgedChange]) -> float:
    """Return the SD of the experts' changes, points."""
    return float(np.std([change.expert for change in changes], ddof=1))


@dataclass(frozen=True)
class ChangeAgreement:
    """Correlation of predicted and expert's change, and slope of the expert's on the predicted, with intervals."""

    r: Estimate
    slope: Estimate
    sd_of_expert_change: float


def evaluate_change(changes: Sequence[JudgedChange], *, resamples: int = 1000, seed: int = 0) -> ChangeAgreement:
    """Return how well predicted changes follow experts' ones."""
    expert = np.array([change.expert for change in changes])
    predicted = np.array([change.predicted for change in changes]).T
    patients = [change.patient_id for change in changes]

    def r(rows: NDArray[np.intp]) -> float:
        return float(np.mean([correlation(partition[rows], expert[rows]) for partition in predicted]))

    return ChangeAgreement(
        r=patient_bootstrap(r, patients, resamples=resamples, seed=seed),
        slope=patient_bootstrap(
            lambda rows: _mean_over_partitions(changes, rows)[0], patients, resamples=resamples, seed=seed
        ),
        sd_of_expert_change=sd_of_expert_change(changes),
    )


def _change(earlier: JudgedFilm, later: JudgedFilm) -> JudgedChange:
    predicted = tuple(after - before for before, after in zip(earlier.predicted, later.predicted, strict=True))
    return JudgedChange(
        earlier.patient_id,
        earlier.film_id,
        later.film_id,
        later.expert - earlier.expert,
        predicted,
        views=(earlier.view, later.view),
    )


def _mean_over_partitions(changes: Sequence[JudgedChange], rows: NDArray[np.intp]) -> tuple[float, float]:
    """Return slope and SD of the error, each the mean over the partitions."""
    expert = np.array([change.expert for change in changes])[rows]
    predicted = np.array([change.predicted for change in changes]).T[:, rows]
    figures = [_through_origin(partition, expert) for partition in predicted]
    slope, sd = np.mean(figures, axis=0)
    return float(slope), float(sd)


def _through_origin(predicted: NDArray[np.float64], expert: NDArray[np.float64]) -> tuple[float, float]:
    power = float((predicted**2).sum())
    slope = float((predicted * expert).sum()) / power if power else 0.0
    error = expert - slope * predicted
    return slope, float(np.sqrt((error**2).sum() / max(len(error) - 1, 1)))
