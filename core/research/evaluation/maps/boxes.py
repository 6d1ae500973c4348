"""The pointing game against radiologists' boxes, on films whose patients taught the map nothing.

No lung is drawn on these films: the lungs are those that the scorer finds. A box is larger than the opacity in it, so
that a hit says less than one on a painted mask.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import numpy as np

from core.errors import CoreError, DataSetInvalidError
from core.films.checks import check_film
from core.films.read import read_film
from core.research.evaluation.dataset import DataSetFilm, read_table
from core.research.evaluation.maps.pointing import Point, PointingFigures, pointing_figures
from core.scoring.base import Scorer
from core.scoring.saliency import MapKind, draw_map
from core.scoring.saliency.drawing import MARKED

PLACES = "embedded-boxes.csv"
"""Our own: where the map is highest, among the evidence."""

RSNA, NIH = "RSNA", "NIH"
_TABLES = ((RSNA, "rsna_boxes.csv"), (RSNA, "rsna_boxes_nih2.csv"), (NIH, "nih_boxes.csv"))
_LABELS = frozenset({"Lung Opacity", "Pneumonia"})
_TAUGHT = frozenset({"severity", "normal"})
"""In the list of training films: what taught the map of opacity. Lungs drawn on a film taught where lungs are."""
_COLUMNS = ("boxes", "film_id", "patient_id", "x", "y", "boxed_share", "model_version")

Box = tuple[float, float, float, float]
"""Left, top, right, bottom; pixels of the film."""


@dataclass(frozen=True)
class BoxedFilm:
    """A film on which a radiologist drew boxes around opacity; `drawn_by` is the set that they belong to."""

    row: DataSetFilm
    drawn_by: str
    boxes: tuple[Box, ...]

    def holds(self, x: float, y: float) -> bool:
        """Return whether a place of the film, pixels, lies inside a box."""
        return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in self.boxes)


@dataclass(frozen=True)
class HighestPlace:
    """Where the map of opacity is highest on one film.

    Attributes
    ----------
    x, y : float or None
        Pixels from the left and from the top of the film; None where no lungs are found.
    boxed_share : float
        Share of the lung area inside the boxes, 0-1: how often a blind point into the lungs hits.
    """

    drawn_by: str
    film_id: str
    patient_id: str
    x: float | None
    y: float | None
    boxed_share: float
    model_version: str


def boxed_films(more: Path, films: Iterable[DataSetFilm], training: Path) -> tuple[list[BoxedFilm], dict[str, int]]:
    """Return the films with boxes that may be judged, and by reason how many may not.

    Parameters
    ----------
    more : Path
        Folder with the tables of boxes.
    training : Path
        List of the scorer's training films.

    Raises
    ------
    DataSetInvalidError
        A table is missing or not of the documented form, or names a film that the data set does not have.
    """
    rows = {film.film_id: film for film in films}
    taught = {row["film_id"] for row in read_table(training, ("film_id", "trained")) if _taught(row["trained"])}
    patients = {row.patient_id for row in rows.values() if row.film_id in taught}
    judged: list[BoxedFilm] = []
    learned, young = "of patients whose films taught the scorer", "of patients under 16 years"
    left_out = {learned: 0, young: 0}
    for film in _read_boxes(more, rows):
        if film.row.patient_id in patients:
            left_out[learned] += 1
        elif film.row.is_child:
            left_out[young] += 1
        else:
            judged.append(film)
    return judged, {reason: count for reason, count in left_out.items() if count}


def highest_places(films: Sequence[BoxedFilm], scorer: Scorer) -> Iterator[HighestPlace]:
    """Yield where the scorer's map of opacity is highest on each film."""
    for film in films:
        row = film.row
        try:
            read = check_film(read_film(row.path.read_bytes(), site_zone=UTC)).film
            planes = draw_map(scorer, read, MapKind.MASKS).planes
        except CoreError:
            yield HighestPlace(film.drawn_by, row.film_id, row.patient_id, None, None, 0.0, scorer.version)
            continue
        height, width = read.pixels.shape[0] / planes.shape[1], read.pixels.shape[1] / planes.shape[2]
        lungs = np.argwhere(planes[:2].max(axis=0) > MARKED)
        # The middles of the map's pixels, on the film.
        inside = [film.holds((column + 0.5) * width, (line + 0.5) * height) for line, column in lungs]
        line, column = np.unravel_index(int(planes[2].argmax()), planes[2].shape)
        x, y = float((column + 0.5) * width), float((line + 0.5) * height)
        share = float(np.mean(inside)) if inside else 0.0
        yield HighestPlace(film.drawn_by, row.film_id, row.patient_id, x, y, share, scorer.version)


def box_figures(films: Sequence[BoxedFilm], places: Sequence[HighestPlace]) -> tuple[PointingFigures, ...]:
    """Return how often the highest place lies inside a box: by set of boxes, and of the larger set by projection.

    Raises
    ------
    DataSetInvalidError
        A film has no place.
    """
    of = {(place.drawn_by, place.film_id): place for place in places}
    missing = [film.row.film_id for film in films if (film.drawn_by, film.row.film_id) not in of]
    if missing:
        raise DataSetInvalidError(f"{PLACES} has no place for {missing[0]} and {len(missing) - 1} more. Draw it anew.")
    groups: dict[str, list[Point]] = defaultdict(list)
    for film in films:
        point = _point(film, of[film.drawn_by, film.row.film_id])
        for name, belongs in _GROUPS.items():
            if belongs(film):
                groups[name].append(point)
    return tuple(pointing_figures(groups[name], name) for name in _GROUPS if groups[name])


def write_places(places: Iterable[HighestPlace], path: Path) -> None:
    """Write places as a table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for one in places:
            at = ("" if value is None else f"{value:.1f}" for value in (one.x, one.y))
            writer.writerow(
                [one.drawn_by, one.film_id, one.patient_id, *at, f"{one.boxed_share:.4f}", one.model_version]
            )


def read_places(path: Path, *, model_version: str) -> list[HighestPlace]:
    """Read a table of places.

    Raises
    ------
    DataSetInvalidError
        The table is missing, not of this form, or of another version of the scorer.
    """
    rows = read_table(path, _COLUMNS)
    others = {row["model_version"] for row in rows} - {model_version}
    if others:
        message = f"{path.name} is of {', '.join(sorted(others))}. Expected {model_version}: draw it anew."
        raise DataSetInvalidError(message)
    return [
        HighestPlace(
            row["boxes"],
            row["film_id"],
            row["patient_id"],
            float(row["x"]) if row["x"] else None,
            float(row["y"]) if row["y"] else None,
            float(row["boxed_share"]),
            row["model_version"],
        )
        for row in rows
    ]


_GROUPS: Mapping[str, Callable[[BoxedFilm], bool]] = {
    "RSNA, lung opacity": lambda film: film.drawn_by == RSNA,
    "of these AP": lambda film: film.drawn_by == RSNA and film.row.view == "AP",
    "of these PA": lambda film: film.drawn_by == RSNA and film.row.view == "PA",
    "of these women": lambda film: film.drawn_by == RSNA and film.row.sex == "F",
    "of these men": lambda film: film.drawn_by == RSNA and film.row.sex == "M",
    "NIH, pneumonia": lambda film: film.drawn_by == NIH,
}


def _taught(trained: str) -> bool:
    return not _TAUGHT.isdisjoint(trained.split("+"))


def _read_boxes(more: Path, rows: Mapping[str, DataSetFilm]) -> Iterator[BoxedFilm]:
    boxes: dict[tuple[str, str], list[Box]] = defaultdict(list)
    for drawn_by, name in _TABLES:
        for row in read_table(more / name, ("film_id", "x", "y", "width", "height", "label")):
            if row["film_id"] not in rows:
                raise DataSetInvalidError(f"{name} lists {row['film_id']!r}, which films.csv does not. Correct it.")
            if row["label"] in _LABELS:
                left, top, width, height = (float(row[column]) for column in ("x", "y", "width", "height"))
                boxes[drawn_by, row["film_id"]].append((left, top, left + width, top + height))
    for (drawn_by, film_id), of_film in boxes.items():
        yield BoxedFilm(rows[film_id], drawn_by, tuple(of_film))


def _point(film: BoxedFilm, place: HighestPlace) -> Point:
    row = film.row
    found = place.x is not None and place.y is not None
    hit = place.x is not None and place.y is not None and film.holds(place.x, place.y)
    return Point(MapKind.MASKS, row.film_id, row.patient_id, place.boxed_share, hit, in_lungs=found, drawn=found)
