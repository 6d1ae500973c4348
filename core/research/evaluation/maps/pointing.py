"""The pointing game against radiologists' masks: where maps are highest, and the table of held-out networks' points.

A map scores where its highest place lies within what people marked (Zhang et al. 2016, arXiv:1608.00507).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import CoreError, DataSetInvalidError, FilmNotScorableError, MapNotPossibleError
from core.evaluation.bootstrap import Estimate, patient_bootstrap
from core.films.checks import check_film
from core.films.read import read_film
from core.research.evaluation.dataset import DataSetFilm, read_table
from core.scoring.base import ExplainableScorer, Scorer
from core.scoring.saliency import MapKind, draw_map
from core.types import Film, FloatImage

_COLUMNS = ("kind", "film_id", "patient_id", "painted_share", "on_opacity", "in_lungs", "drawn")

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
class Point:
    """Where the highest place of one map lies.

    Attributes
    ----------
    on_opacity, in_lungs : bool
        Both False where there is no map.
    """

    kind: MapKind
    film_id: str
    patient_id: str
    painted_share: float
    on_opacity: bool
    in_lungs: bool
    drawn: bool = True


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
        on_opacity=mean_over_films(hits, patients),
        chance=float(chance.mean()),
        above_chance=mean_over_films(hits - chance, patients),
        in_lungs=mean_over_films(inside, patients),
        n_without_map=sum(not point.drawn for point in points),
    )


def points_file(model: str) -> str:
    """Return the name of a model's table among the evidence."""
    return f"{model}-pointing-out-of-fold.csv"


def write_points(points: Sequence[Point], path: Path) -> None:
    """Write points as a table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for point in points:
            flags = (int(flag) for flag in (point.on_opacity, point.in_lungs, point.drawn))
            writer.writerow([point.kind.value, point.film_id, point.patient_id, f"{point.painted_share:.4f}", *flags])


def read_points(path: Path) -> list[Point]:
    """Read a table of points.

    Raises
    ------
    DataSetInvalidError
        The table is missing or not of this form.
    """
    return [
        Point(
            kind=MapKind(row["kind"]),
            film_id=row["film_id"],
            patient_id=row["patient_id"],
            painted_share=float(row["painted_share"]),
            on_opacity=row["on_opacity"] == "1",
            in_lungs=row["in_lungs"] == "1",
            drawn=row["drawn"] == "1",
        )
        for row in read_table(path, _COLUMNS)
    ]


def read_painted(
    painted: Sequence[PaintedFilm], zone: tzinfo
) -> tuple[list[tuple[PaintedFilm, Film]], tuple[str, ...]]:
    """Read the films, and say which could not be used and why."""
    films, not_used = [], []
    for painted_film in painted:
        try:
            film = check_film(read_film(painted_film.row.path.read_bytes(), site_zone=zone)).film
        except (CoreError, OSError) as error:
            not_used.append(f"{painted_film.row.film_id}: {error}")
            continue
        if film.pixels.shape != painted_film.lungs.shape:
            not_used.append(f"{painted_film.row.film_id}: its masks are not of the film's size")
            continue
        films.append((painted_film, film))
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


def mean_over_films(values: NDArray[np.float64], patients: Sequence[str]) -> Estimate:
    """Return the mean with its interval by resampling patients."""
    return patient_bootstrap(lambda rows: float(values[rows].mean()), patients)
