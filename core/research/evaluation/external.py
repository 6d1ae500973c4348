"""External validation: a scorer against experts on films that never taught it a score.

The films of a folder with experts' values; those that taught the scorer severity count by the predictions of its
cross-validation, all others by its scores. That lungs were drawn on a film does not count: it taught where lungs are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.agreement import Agreement, JudgedFilm, evaluate_agreement
from core.evaluation.bootstrap import Estimate, patient_bootstrap
from core.evaluation.recalibration import recalibrated
from core.research.evaluation.acquisition import stated_acquisition
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.noise.change import (
    JudgedChange,
    consecutive_changes,
    evaluate_change,
    measure_change_noise,
)
from core.research.evaluation.out_of_sample import judged_films, predict_out_of_sample
from core.types import ChangeNoise, Measure, PatientPosition, ViewPosition

FEWEST_FILMS, FEWEST_PATIENTS, FEWEST_PAIRS = 10, 5, 5
SEVERE, CALLED_SEVERE, CLEAR = 6.0, 5.0, 0.5
"""Experts' extent from which a film is severe, and up to which it is clear; what a severe film is to be read as."""

OPACITY_SCALES = {"opacity": 6.0, "opacity_0_8": 8.0}


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
    """A scorer on films with experts' values that taught it no score.

    Attributes
    ----------
    n_out_of_fold : int
        Films that taught it something on another scale, predicted by its cross-validation.
    extent : tuple of Group
        All films first, then by projection and position, then by source; groups of few films are left out.
    opacity : tuple of Group
        By scale of the experts; on the scale 0-8, that the scorer does not give, after a line that leaves out the
        patient.
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
    """Judge a scorer on the films of a data set that never taught it geographic extent.

    Parameters
    ----------
    films : sequence of DataSetFilm
        The whole data set: it says of which patients the scorer learned.
    only : collection of str, optional
        Films to judge, by film_id; None: all with an expert's extent.
    evidence : Path
        Folder with `<scorer>-out-of-fold.csv` and `<scorer>-training-films.csv`.

    Raises
    ------
    DataSetInvalidError
        Fewer than ten such films, or films of fewer than five patients; or nobody can tell what the scorer learned
        from.
    ScorerUnknownError, WeightsMissingError, WeightsInvalidError
    """
    judged = [
        film
        for film in films
        if Measure.GEOGRAPHIC_EXTENT.value in film.experts and (only is None or film.film_id in only)
    ]
    wanted = {film.film_id for film in judged}
    known = [film if film.film_id in wanted else replace(film, experts={}) for film in films]
    said = predict_out_of_sample(known, name, weights_dir=weights_dir, evidence=evidence, of_scores=True)
    about = {film.film_id: film for film in judged}
    extent = judged_films(judged, said.said, Measure.GEOGRAPHIC_EXTENT.value)
    if not _enough(extent):
        raise DataSetInvalidError(
            f"{len(extent)} films with an expert's geographic extent that {name} never saw scored. Expected "
            f"{FEWEST_FILMS} or more, of {FEWEST_PATIENTS} patients or more."
        )
    draws = {"resamples": resamples, "seed": seed}
    return ExternalValidation(
        scorer=name,
        version=said.version,
        n_out_of_fold=len(said.out_of_fold),
        extent=tuple(_group(group, members, **draws) for group, members in _grouped(extent, about) if _enough(members)),
        opacity=tuple(
            _group(column, members, **draws)
            for column, maximum in OPACITY_SCALES.items()
            if _enough(members := _of_opacity(judged, said.said, column, maximum))
        ),
        ends=_ends(extent, **draws),
        changes=_changes(extent, **draws),
        left_out={group.reason: len(group.film_ids) for group in said.left_out},
    )


def _enough(films: Sequence[JudgedFilm]) -> bool:
    return len(films) >= FEWEST_FILMS and len({film.patient_id for film in films}) >= FEWEST_PATIENTS


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


def _of_opacity(
    films: Sequence[DataSetFilm], said: Mapping[str, Mapping[str, tuple[float, ...]]], column: str, maximum: float
) -> list[JudgedFilm]:
    own = Measure.OPACITY.value
    if column == own:
        return judged_films(films, said, own)
    moved = {film_id: {column: values[own]} for film_id, values in said.items() if own in values}
    members = judged_films(films, moved, column)
    return recalibrated(members, maximum) if _enough(members) else []


def _group(name: str, films: Sequence[JudgedFilm], *, resamples: int, seed: int) -> Group:
    def slope(rows: NDArray[np.intp]) -> float:
        expert = np.array([film.expert for film in films])[rows]
        predicted = np.array([film.predicted for film in films])[rows].T
        return float(np.mean([np.polyfit(said, expert, 1)[0] if np.ptp(said) else 0.0 for said in predicted]))

    return Group(
        name,
        evaluate_agreement(films, resamples=resamples, seed=seed),
        patient_bootstrap(slope, [film.patient_id for film in films], resamples=resamples, seed=seed),
    )


def _ends(films: Sequence[JudgedFilm], *, resamples: int, seed: int) -> Ends | None:
    severe = [film for film in films if film.expert >= SEVERE]
    clear = [film for film in films if film.expert <= CLEAR]
    if not _enough(severe) or not _enough(clear):
        return None

    def mean(members: Sequence[JudgedFilm], value: Callable[[JudgedFilm], float]) -> Estimate:
        values = np.array([value(film) for film in members])
        patients = [film.patient_id for film in members]
        return patient_bootstrap(lambda rows: float(values[rows].mean()), patients, resamples=resamples, seed=seed)

    return Ends(
        len(severe),
        len(clear),
        severe_error=mean(severe, lambda film: film.said - film.expert),
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
    (view, position), (next_view, next_position) = (stated_acquisition(stated) for stated in change.views)
    if ViewPosition.UNKNOWN in {view, next_view}:
        return "projection not stated"
    unlike = position is not next_position and PatientPosition.UNKNOWN not in {position, next_position}
    return "taken differently" if view is not next_view or unlike else f"{view.value}-{next_view.value}"
