"""Whether maps of what moves a score can be trusted: sanity checks, and the pointing game.

A map that stays the same when the network's weights are shuffled shows the film, not the network (Adebayo et al. 2018,
arXiv:1810.03292).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from datetime import tzinfo
from pathlib import Path
from types import MethodType

import numpy as np
import torch
from scipy import stats
from torch import Tensor, nn

from core.errors import DataSetInvalidError, FilmNotScorableError
from core.evaluation.bootstrap import Estimate
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.dataset import DataSetFilm, read_data_set, read_table
from core.research.evaluation.maps.pointing import (
    PaintedFilm,
    Point,
    PointingFigures,
    mean_over_films,
    painted_films,
    point_maps,
    pointing_figures,
    points_file,
    read_painted,
    read_points,
)
from core.scoring.base import ExplainableScorer, Scorer
from core.scoring.saliency import MapKind
from core.scoring.saliency.gradients import relative_map, seen_by_network
from core.types import Film

DESTROYED_BELOW = 0.5
"""A map counts as destroyed where its rank correlation with the map of shuffled weights is below this."""

SANITY_FILMS = 20
SANITY_SEED = 7

EXPLAINING_KINDS = tuple(kind for kind in MapKind if kind is not MapKind.MASKS)


@dataclass(frozen=True)
class SanityFigures:
    """How alike maps by the trained and by shuffled weights are.

    Attributes
    ----------
    rank_correlation : Estimate
        Spearman's, mean over films, over the places that reach the network.
    highest : float
        Of any film.
    destroyed : bool
        Whether the upper end of the interval is below `DESTROYED_BELOW`.
    """

    kind: MapKind
    n_films: int
    n_patients: int
    rank_correlation: Estimate
    highest: float
    destroyed: bool


@dataclass(frozen=True)
class SaliencyEvidence:
    """What `lungline evaluate saliency` reports.

    Attributes
    ----------
    training : str
        Which of the films the scorer was trained on, in words.
    not_used : tuple of str
        Films that could not be used, with the reason.
    """

    model: str
    model_version: str
    training: str
    pointing: tuple[PointingFigures, ...]
    sanity: tuple[SanityFigures, ...]
    not_used: tuple[str, ...]


def evaluate_saliency(
    data: Path, scorer: Scorer, *, site_zone: tzinfo, evidence: Path = EVIDENCE, limit: int | None = None
) -> SaliencyEvidence:
    """Play the pointing game and run the sanity checks on the films with painted opacity.

    Parameters
    ----------
    data : Path
        Folder with `films.csv`, `opacity.csv` and the masks in `opacity/`.
    scorer : Scorer
        Kinds of maps that it does not draw are left out.
    evidence : Path
        Folder with the list of training films and the points of held-out networks, where there are such for this
        scorer.
    limit : int, optional
        Only so many films.

    Raises
    ------
    DataSetInvalidError
        A table or a mask is missing or not of the documented form, or no film has painted opacity.
    """
    rows = read_data_set(data)
    painted = [film for film in painted_films(data, rows) if film.opacity.any()][:limit]
    if not painted:
        raise DataSetInvalidError(f"No film of {data} has painted opacity. Name a folder with opacity.csv and masks.")
    films, not_used = read_painted(painted, site_zone)
    points = [point for one, film in films for point in point_maps(scorer, film, one)]
    trained_patients, training = _training(scorer.name, rows, painted, evidence)
    return SaliencyEvidence(
        scorer.name,
        scorer.version,
        training,
        (*_pointing(points, trained_patients), *_held_out(scorer.name, evidence)),
        tuple(_sanity(scorer, films[:: max(1, len(films) // SANITY_FILMS)][:SANITY_FILMS])),
        not_used,
    )


def with_shuffled_weights(module: nn.Module, seed: int) -> nn.Module:
    """Return a copy of a network whose every weight tensor has its own values in random order.

    What was learnt is gone, while the size of the weights, and so the range of what passes through, stays.

    Raises
    ------
    ValueError
        The network has no weights.
    """
    generator = torch.Generator().manual_seed(seed)
    shuffled = copy.deepcopy(module)
    weights = {id(tensor): tensor for tensor in _weights(shuffled)}
    if not weights:
        message = "This network has no weights of its own to shuffle: its maps cannot be checked."
        raise ValueError(message)
    with torch.no_grad():
        for tensor in weights.values():
            order = torch.randperm(tensor.numel(), generator=generator)
            tensor.copy_(tensor.flatten()[order].reshape(tensor.shape))
    return shuffled


def _weights(value: object) -> Iterator[Tensor]:
    """Yield the tensors that a network computes with, also those that it does not list as its parameters.

    Running means and the like (buffers) are no weights.
    """
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        yield from (tensor for one in value.values() for tensor in _weights(one))
    elif isinstance(value, list | tuple):
        yield from (tensor for one in value for tensor in _weights(one))
    elif isinstance(value, MethodType):
        yield from _weights(value.__self__)
    elif isinstance(value, nn.Module) or is_dataclass(value):
        yield from _weights({name: one for name, one in vars(value).items() if name != "_buffers"})


def likeness_to_shuffled(scorer: ExplainableScorer, film: Film, kind: MapKind, *, seed: int) -> float:
    """Return the rank correlation of a film's map with that of shuffled weights, -1 to 1; 0 where one has no map."""
    trained = scorer.differentiable(film)
    shuffled = replace(trained, module=with_shuffled_weights(trained.module, seed))
    maps = [relative_map(network, kind) for network in (trained, shuffled)]
    if maps[0] is None or maps[1] is None:
        return 0.0
    seen = seen_by_network(trained)
    correlation = float(stats.spearmanr(maps[0][seen], maps[1][seen]).statistic)
    return correlation if np.isfinite(correlation) else 0.0


def _pointing(points: Sequence[Point], trained_patients: frozenset[str] | None) -> Iterator[PointingFigures]:
    for kind in MapKind:
        of_kind = [point for point in points if point.kind is kind]
        groups = {"all": of_kind}
        if trained_patients is not None:
            seen = [point for point in of_kind if point.patient_id in trained_patients]
            unseen = [point for point in of_kind if point.patient_id not in trained_patients]
            named = {"patients in the scorer's training": seen, "patients not in its training": unseen}
            groups = groups | named if seen and unseen else named
        yield from (pointing_figures(group, name) for name, group in groups.items() if group)


def _held_out(model: str, evidence: Path) -> Iterator[PointingFigures]:
    """Yield the figures of networks that had not seen a film's patient, where their points are kept."""
    path = evidence / points_file(model)
    points = read_points(path) if path.is_file() else []
    for kind in MapKind:
        of_kind = [point for point in points if point.kind is kind]
        if of_kind:
            yield pointing_figures(of_kind, "by networks that had not seen the patient")


def _sanity(scorer: Scorer, films: Sequence[tuple[PaintedFilm, Film]]) -> Iterator[SanityFigures]:
    if not isinstance(scorer, ExplainableScorer):
        return
    for kind in EXPLAINING_KINDS:
        found, patients = [], []
        for place, (painted, film) in enumerate(films):
            try:
                found.append(likeness_to_shuffled(scorer, film, kind, seed=SANITY_SEED + place))
            except FilmNotScorableError:
                continue
            patients.append(painted.row.patient_id)
        if found:
            mean = mean_over_films(np.array(found), patients)
            yield SanityFigures(kind, len(found), len(set(patients)), mean, max(found), mean.high < DESTROYED_BELOW)


def _training(
    model: str, rows: Sequence[DataSetFilm], painted: Sequence[PaintedFilm], evidence: Path
) -> tuple[frozenset[str] | None, str]:
    """Return the patients that a scorer was trained on, None where that is not known, and the same in words."""
    path = evidence / f"{model}-training-films.csv"
    if not path.is_file():
        return None, f"Which of these films {model} was trained on is not recorded."
    films = {row["film_id"] for row in read_table(path, ("film_id",))}
    patients = frozenset(row.patient_id for row in rows if row.film_id in films)
    of_films = sum(painted_film.row.film_id in films for painted_film in painted)
    of_patients = sum(painted_film.row.patient_id in patients for painted_film in painted)
    return patients, (
        f"{of_films} of these {len(painted)} films were in the training of {model}, and {of_patients} are of patients "
        "who were: their figures are not out of sample."
    )
