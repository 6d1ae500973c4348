"""Whether maps of what moves a score deserve a look: sanity checks, and the pointing game against radiologists' masks.

A map that stays the same when the network's weights are shuffled shows the film, not the network (Adebayo et al. 2018,
arXiv:1810.03292). In the pointing game (Zhang et al. 2016, arXiv:1608.00507) a map scores where its highest place lies
within what people marked.
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
from numpy.typing import NDArray
from PIL import Image
from scipy import stats
from torch import Tensor, nn

from core.errors import CoreError, DataSetInvalidError, FilmNotScorableError, MapNotPossibleError
from core.evaluation.bootstrap import Estimate, patient_bootstrap
from core.evaluation.dataset import DataSetFilm, read_data_set, read_table
from core.evaluation.evidence import EVIDENCE
from core.evaluation.pointing import Point, points_file, read_points
from core.films.checks import check_film
from core.films.read import read_film
from core.scoring.base import ExplainableScorer, Scorer
from core.scoring.saliency import MapKind, draw_map
from core.scoring.saliency.gradients import relative_map, seen_by_network
from core.types import Film, FloatImage

DESTROYED_BELOW = 0.5
"""A map counts as destroyed where its rank correlation with the map of shuffled weights is below this."""

SANITY_FILMS = 20
SANITY_SEED = 7

EXPLAINING_KINDS = tuple(kind for kind in MapKind if kind is not MapKind.MASKS)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PaintedFilm:
    """A film on which radiologists marked lungs and opacity.

    Attributes
    ----------
    lungs, opacity : bool array, (rows, columns)
        Both lungs; ground glass or consolidation. Of the film's own size.
    """

    row: DataSetFilm
    lungs: Mask
    opacity: Mask

    @property
    def painted_share(self) -> float:
        """Return the share of the lungs that is painted, 0-1: how often a blind point into the lungs hits."""
        return float((self.opacity & self.lungs).sum() / max(int(self.lungs.sum()), 1))


@dataclass(frozen=True)
class PointingFigures:
    """The pointing game of one kind of map over some films; shares 0-1 with their 95 % patient-bootstrap intervals.

    Attributes
    ----------
    films : str
        Which films.
    on_opacity : Estimate
        Share of films whose map is highest within the painted opacity.
    chance : float
        Painted share of the lung area, mean over the films.
    above_chance : Estimate
    in_lungs : Estimate
    n_without_map : int
        Counted as misses.
    """

    kind: MapKind
    films: str
    n_films: int
    n_patients: int
    on_opacity: Estimate
    chance: float
    above_chance: Estimate
    in_lungs: Estimate
    n_without_map: int


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


def painted_films(data: Path, rows: Sequence[DataSetFilm]) -> Iterator[PaintedFilm]:
    """Yield the films of `opacity.csv` with their masks; the opacity of a film without any is empty.

    Raises
    ------
    DataSetInvalidError
        The table lists an unknown film or one without a lung.
    """
    known = {row.film_id: row for row in rows}
    for listed in read_table(data / "opacity.csv", ("film_id",)):
        film_id = listed["film_id"]
        if film_id not in known:
            raise DataSetInvalidError(f"opacity.csv lists {film_id!r}, which films.csv does not. Correct the table.")
        lungs = _layers(data, film_id, ("right_lung", "left_lung"))
        opacity = _layers(data, film_id, ("ground_glass", "consolidation"))
        if lungs is None:
            raise DataSetInvalidError(f"Film {film_id!r} of opacity.csv has no lung in opacity/. Restore its masks.")
        yield PaintedFilm(known[film_id], lungs, np.zeros_like(lungs) if opacity is None else opacity)


def point_maps(scorer: Scorer, film: Film, painted: PaintedFilm) -> Iterator[Point]:
    """Yield where each kind of map that the scorer draws is highest on one film."""
    for kind in MapKind:
        try:
            planes = draw_map(scorer, film, kind).planes
        except MapNotPossibleError:
            if kind is not MapKind.MASKS and isinstance(scorer, ExplainableScorer):
                yield _point(kind, painted, None)
            continue
        except FilmNotScorableError:
            yield _point(kind, painted, None)
            continue
        yield _point(kind, painted, planes[-1])


def with_shuffled_weights(module: nn.Module, seed: int) -> nn.Module:
    """Return a copy of a network whose every weight tensor has its own values in random order.

    What was learnt is gone, while the size of the weights, and so the range of what passes through, stays.
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
    maps = [relative_map(one, kind) for one in (trained, shuffled)]
    if maps[0] is None or maps[1] is None:
        return 0.0
    seen = seen_by_network(trained)
    correlation = float(stats.spearmanr(maps[0][seen], maps[1][seen]).statistic)
    return correlation if np.isfinite(correlation) else 0.0


def pointing_figures(points: Sequence[Point], films: str) -> PointingFigures:
    """Return the figures of one kind of map over some films; `points` are one per film, at least one."""
    patients = [point.patient_id for point in points]
    hits = np.array([point.on_opacity for point in points], dtype=np.float64)
    inside = np.array([point.in_lungs for point in points], dtype=np.float64)
    chance = np.array([point.painted_share for point in points])
    return PointingFigures(
        kind=points[0].kind,
        films=films,
        n_films=len(points),
        n_patients=len(set(patients)),
        on_opacity=_mean(hits, patients),
        chance=float(chance.mean()),
        above_chance=_mean(hits - chance, patients),
        in_lungs=_mean(inside, patients),
        n_without_map=sum(not point.drawn for point in points),
    )


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
            mean = _mean(np.array(found), patients)
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
    of_films = sum(one.row.film_id in films for one in painted)
    of_patients = sum(one.row.patient_id in patients for one in painted)
    return patients, (
        f"{of_films} of these {len(painted)} films were in the training of {model}, and {of_patients} are of patients "
        "who were: their figures are not out of sample."
    )


def read_painted(
    painted: Sequence[PaintedFilm], zone: tzinfo
) -> tuple[list[tuple[PaintedFilm, Film]], tuple[str, ...]]:
    """Read the films, and say which could not be used and why."""
    films, not_used = [], []
    for one in painted:
        try:
            film = check_film(read_film(one.row.path.read_bytes(), site_zone=zone)).film
        except (CoreError, OSError) as error:
            not_used.append(f"{one.row.film_id}: {error}")
            continue
        if film.pixels.shape != one.lungs.shape:
            not_used.append(f"{one.row.film_id}: its masks are not of the film's size")
            continue
        films.append((one, film))
    return films, tuple(not_used)


def _layers(data: Path, film_id: str, names: Sequence[str]) -> Mask | None:
    """Return the union of a film's layers, None where there is none of them."""
    paths = [data / "opacity" / f"{film_id}.{name}.png" for name in names]
    planes = []
    for path in paths:
        if path.is_file():
            with Image.open(path) as picture:
                planes.append(np.asarray(picture.convert("L")) > 0)
    return np.any(planes, axis=0) if planes else None


def _point(kind: MapKind, painted: PaintedFilm, plane: FloatImage | None) -> Point:
    row, share = painted.row, painted.painted_share
    if plane is None:
        return Point(kind, row.film_id, row.patient_id, share, on_opacity=False, in_lungs=False, drawn=False)
    highest = np.unravel_index(int(plane.argmax()), plane.shape)
    # The middle of the map's pixel, on the film.
    place = tuple(
        int((index + 0.5) * size / cells)
        for index, size, cells in zip(highest, painted.opacity.shape, plane.shape, strict=True)
    )
    hit, inside = bool(painted.opacity[place]), bool(painted.lungs[place])
    return Point(kind, row.film_id, row.patient_id, share, on_opacity=hit, in_lungs=inside)


def _mean(values: NDArray[np.float64], patients: Sequence[str]) -> Estimate:
    return patient_bootstrap(lambda rows: float(values[rows].mean()), patients)
