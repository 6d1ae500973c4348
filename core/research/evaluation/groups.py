"""Films in groups (how taken, where from), the ends of the scale, and changes by how both films were taken."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.acquisition import stated_acquisition
from core.evaluation.agreement import Agreement, JudgedFilm, evaluate_agreement
from core.evaluation.bootstrap import Estimate, estimate, patient_bootstrap, resampled_counts
from core.evaluation.change_classes import taken_differently
from core.evaluation.change_noise import (
    FEWEST_PAIRS,
    JudgedChange,
    evaluate_change,
    measure_change_noise,
)
from core.evaluation.recalibration import recalibrated
from core.evaluation.reliability import covariance, moments
from core.research.evaluation.comparison import enough
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.out_of_sample import judged_films
from core.research.evaluation.prediction import SaidOfFilms
from core.types import ChangeNoise, PatientPosition, ViewPosition

SEVERE, CALLED_SEVERE, CLEAR = 6.0, 5.0, 0.5
"""Experts' extent from which a film is severe, and up to which it is clear; what a severe film is to be read as."""

OPACITY, OPACITY_0_8 = "opacity", "opacity_0_8"
"""The two scales of the experts' opacity; no film has both."""


@dataclass(frozen=True)
class Group:
    """Films that share a fact, on one scale.

    Attributes
    ----------
    name : str
        For example "AP supine" or "from hannover".
    agreement : Agreement
    expert_slope : Estimate
        Of expert on predicted, with offset: 1 where a point of the score is a point of the experts.
    """

    name: str
    agreement: Agreement
    expert_slope: Estimate


@dataclass(frozen=True)
class Ends:
    """How the ends of geographic extent are read.

    Attributes
    ----------
    severe_error : Estimate
        Mean of predicted minus expert of the films that experts score 6 or more.
    severe_share : Estimate
        Share of them read as 5 or more.
    clear_score : Estimate
        Mean score of the films that experts score 0.5 or less.
    """

    n_severe: int
    n_clear: int
    severe_error: Estimate
    severe_share: Estimate
    clear_score: Estimate


@dataclass(frozen=True)
class ChangeGroup:
    """Changes of extent between consecutive films taken in one way; `noise` as on a scorer's card."""

    name: str
    noise: ChangeNoise
    r: Estimate


def grouped(films: Sequence[JudgedFilm], about: Mapping[str, DataSetFilm]) -> list[tuple[str, list[JudgedFilm]]]:
    """Return all films, then those of each projection and position, then those of each source."""
    groups: dict[str, list[JudgedFilm]] = {"all": list(films)}
    for film in films:
        view, position = stated_acquisition(film.view)
        groups.setdefault(view.value, []).append(film)
        if position is not PatientPosition.UNKNOWN:
            groups.setdefault(f"{view.value} {position.value}", []).append(film)
    for film in films:
        groups.setdefault(f"from {about[film.film_id].source}", []).append(film)
    return list(groups.items())


def of_opacity(films: Collection[DataSetFilm], said: SaidOfFilms) -> list[tuple[str, list[JudgedFilm]]]:
    """Return the films of each scale of the experts' opacity; those on 0-8 after a line that leaves out the patient."""
    own = judged_films(films, said, OPACITY)
    moved = {film_id: {OPACITY_0_8: values[OPACITY]} for film_id, values in said.items() if OPACITY in values}
    other = judged_films(films, moved, OPACITY_0_8)
    scales = [(OPACITY, own)] if enough(own) else []
    return [*scales, (OPACITY_0_8, recalibrated(other, 8.0))] if enough(other) else scales


def group_of(name: str, films: Sequence[JudgedFilm], *, resamples: int = 1000, seed: int = 0) -> Group:
    """Return the agreement of some films, as `evaluate_agreement`."""
    expert = np.array([film.expert for film in films])
    counts = resampled_counts([film.patient_id for film in films], resamples=resamples, seed=seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = [
            covariance(said, expert, counts) / moments(said, counts)[1]
            for said in np.array([film.predicted for film in films]).T
        ]
    drawn = np.mean(np.where(np.isfinite(slopes), slopes, np.nan), axis=0)
    return Group(name, evaluate_agreement(films, resamples=resamples, seed=seed), estimate(float(drawn[0]), drawn[1:]))


def ends_of(films: Sequence[JudgedFilm], *, resamples: int = 1000, seed: int = 0) -> Ends | None:
    """Return how the ends are read; None where one of them has too few films."""
    severe = [film for film in films if film.expert >= SEVERE]
    clear = [film for film in films if film.expert <= CLEAR]
    if not enough(severe) or not enough(clear):
        return None

    def mean(members: Sequence[JudgedFilm], value: Callable[[JudgedFilm], float]) -> Estimate:
        values = np.array([value(film) for film in members])
        patients = [film.patient_id for film in members]
        return patient_bootstrap(lambda rows: float(values[rows].mean()), patients, resamples=resamples, seed=seed)

    return Ends(
        len(severe),
        len(clear),
        severe_error=evaluate_agreement(severe, resamples=resamples, seed=seed).bias,
        severe_share=mean(severe, lambda film: float(np.mean([value >= CALLED_SEVERE for value in film.predicted]))),
        clear_score=mean(clear, lambda film: film.said),
    )


def grouped_changes(changes: Sequence[JudgedChange]) -> dict[str, list[JudgedChange]]:
    """Return all changes, then those by how both films were taken, where there are enough for a figure."""
    groups = {"all": list(changes)}
    for change in changes:
        groups.setdefault(_pair(change), []).append(change)
    return {name: members for name, members in groups.items() if len(members) >= FEWEST_PAIRS}


def change_group(name: str, changes: Sequence[JudgedChange], *, resamples: int = 1000, seed: int = 0) -> ChangeGroup:
    """Return how the changes of one group follow the experts'."""
    noise = measure_change_noise(changes, f"{name}: experts' consecutive films", resamples=resamples, seed=seed)
    return ChangeGroup(name, noise, evaluate_change(changes, resamples=resamples, seed=seed).r)


def _pair(change: JudgedChange) -> str:
    """Return how both films were taken, for example "AP-AP"; positions that differ make a pair taken differently."""
    if taken_differently(change):
        return "taken differently"
    views = [stated_acquisition(stated)[0] for stated in change.views]
    return "projection not stated" if ViewPosition.UNKNOWN in views else "-".join(view.value for view in views)
