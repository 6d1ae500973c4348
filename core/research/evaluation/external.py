"""External validation: a scorer against experts on films whose extent it had not learned, patients apart.

Films that its cross-validation predicted count by that, all others by its scores. That lungs were drawn on a film does
not count: it taught where lungs are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.agreement import Agreement, JudgedFilm, evaluate_agreement
from core.evaluation.bootstrap import Estimate, patient_bootstrap
from core.evaluation.recalibration import least_squares, recalibrated
from core.research.evaluation.acquisition import stated_acquisition
from core.research.evaluation.comparison import FEWEST_FILMS, FEWEST_PATIENTS, enough
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.noise.change import (
    FEWEST_PAIRS,
    JudgedChange,
    consecutive_changes,
    evaluate_change,
    measure_change_noise,
)
from core.research.evaluation.noise.change_classes import taken_differently
from core.research.evaluation.out_of_sample import judged_films, predict_out_of_sample
from core.research.evaluation.prediction import SaidOfFilms
from core.types import ChangeNoise, PatientPosition, ViewPosition

SEVERE, CALLED_SEVERE, CLEAR = 6.0, 5.0, 0.5
"""Experts' extent from which a film is severe, and up to which it is clear; what a severe film is to be read as."""

_EXTENT, _OPACITY, _OPACITY_0_8 = "geographic_extent", "opacity", "opacity_0_8"


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


@dataclass(frozen=True)
class ExternalValidation:
    """A scorer on films whose extent it had not learned.

    Attributes
    ----------
    n_out_of_fold : int
        Films predicted by its cross-validation.
    extent : tuple of Group
        All films first, then by projection and position, then by source; groups of few films are left out.
    opacity : tuple of Group
        By scale of the experts; on the scale 0-8, that the scorer does not give, after a line that leaves out the
        patient: its bias is then 0 and its slope 1 by construction.
    left_out : mapping of str to int
        Films by the reason why they are not judged.
    """

    scorer: str
    version: str
    n_out_of_fold: int
    extent: tuple[Group, ...]
    opacity: tuple[Group, ...]
    ends: Ends | None
    changes: tuple[ChangeGroup, ...]
    left_out: Mapping[str, int]


def evaluate_external(
    films: Sequence[DataSetFilm],
    name: str,
    *,
    weights_dir: Path,
    evidence: Path,
    only: Collection[str] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> ExternalValidation:
    """Judge a scorer on the films of a data set whose geographic extent it had not learned.

    Parameters
    ----------
    films, only
        As for `predict_out_of_sample`.
    evidence : Path
        Folder with `<scorer>-out-of-fold.csv` and `<scorer>-training-films.csv`.

    Raises
    ------
    DataSetInvalidError
        Too few such films or patients; or nobody can tell what the scorer learned from.
    ScorerUnknownError, WeightsMissingError, WeightsInvalidError
    """
    wanted = {film.film_id for film in films if _EXTENT in film.experts and (only is None or film.film_id in only)}
    said = predict_out_of_sample(films, name, weights_dir=weights_dir, evidence=evidence, only=wanted, of_scores=True)
    about = {film.film_id: film for film in films if film.film_id in wanted}
    extent = judged_films(about.values(), said.said, _EXTENT)
    if not enough(extent):
        raise DataSetInvalidError(
            f"{len(extent)} films with an expert's geographic extent that {name} had not learned. Expected "
            f"{FEWEST_FILMS} or more, of {FEWEST_PATIENTS} patients or more."
        )
    draws = {"resamples": resamples, "seed": seed}
    return ExternalValidation(
        scorer=name,
        version=said.version,
        n_out_of_fold=len(said.out_of_fold),
        extent=tuple(_group(group, members, **draws) for group, members in _grouped(extent, about) if enough(members)),
        opacity=tuple(_group(scale, members, **draws) for scale, members in _of_opacity(about.values(), said.said)),
        ends=_ends(extent, **draws),
        changes=_changes(extent, **draws),
        left_out={group.reason: len(group.film_ids) for group in said.left_out},
    )


def _grouped(films: Sequence[JudgedFilm], about: Mapping[str, DataSetFilm]) -> list[tuple[str, list[JudgedFilm]]]:
    groups: dict[str, list[JudgedFilm]] = {"all": list(films)}
    for film in films:
        view, position = stated_acquisition(film.view)
        groups.setdefault(view.value, []).append(film)
        if position is not PatientPosition.UNKNOWN:
            groups.setdefault(f"{view.value} {position.value}", []).append(film)
    for film in films:
        groups.setdefault(f"from {about[film.film_id].source}", []).append(film)
    return list(groups.items())


def _of_opacity(films: Collection[DataSetFilm], said: SaidOfFilms) -> list[tuple[str, list[JudgedFilm]]]:
    own = judged_films(films, said, _OPACITY)
    moved = {film_id: {_OPACITY_0_8: values[_OPACITY]} for film_id, values in said.items() if _OPACITY in values}
    other = judged_films(films, moved, _OPACITY_0_8)
    scales = [(_OPACITY, own)] if enough(own) else []
    return [*scales, (_OPACITY_0_8, recalibrated(other, 8.0))] if enough(other) else scales


def _group(name: str, films: Sequence[JudgedFilm], *, resamples: int, seed: int) -> Group:
    def slope(rows: NDArray[np.intp]) -> float:
        expert = np.array([film.expert for film in films])[rows]
        predicted = np.array([film.predicted for film in films])[rows].T
        return float(np.mean([least_squares(said, expert)[0] for said in predicted]))

    return Group(
        name,
        evaluate_agreement(films, resamples=resamples, seed=seed),
        patient_bootstrap(slope, [film.patient_id for film in films], resamples=resamples, seed=seed),
    )


def _ends(films: Sequence[JudgedFilm], *, resamples: int, seed: int) -> Ends | None:
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


def _changes(films: Sequence[JudgedFilm], *, resamples: int, seed: int) -> tuple[ChangeGroup, ...]:
    changes = consecutive_changes(films)
    groups = {"all": changes}
    for change in changes:
        groups.setdefault(_pair(change), []).append(change)
    return tuple(
        ChangeGroup(
            name,
            measure_change_noise(members, f"{name}: experts' consecutive films", resamples=resamples, seed=seed),
            evaluate_change(members, resamples=resamples, seed=seed).r,
        )
        for name, members in groups.items()
        if len(members) >= FEWEST_PAIRS
    )


def _pair(change: JudgedChange) -> str:
    """Return how both films were taken, for example "AP-AP"; positions that differ make a pair taken differently."""
    if taken_differently(change):
        return "taken differently"
    views = [stated_acquisition(stated)[0] for stated in change.views]
    return "projection not stated" if ViewPosition.UNKNOWN in views else "-".join(view.value for view in views)
