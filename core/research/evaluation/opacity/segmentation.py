"""How well a scorer's masks of lungs and opacity meet those that radiologists drew.

Each segmentation system leaves its out-of-fold overlaps, film by film, in a table of one form in `docs/evidence/`; the
figures are recomputed from it and from the drawn opacity fractions of `opacity.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import DataSetInvalidError
from core.evaluation.agreement import correlation
from core.evaluation.bootstrap import Estimate, patient_bootstrap
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.dataset import DataSetFilm, read_data_set, read_table
from core.scoring.fractions import opacity_fractions
from core.types import FilmMasks, FloatImage

OUT_OF_FOLD_TABLES = {
    "embedded": "embedded-segmentation-out-of-fold.csv",
    "unet-resnet18": "unet-resnet18-segmentation-out-of-fold.csv",
}
"""Segmentation systems and where their out-of-fold overlaps stand."""

MARKED_OPACITY = 5.0
"""From this percentage of the lung fields on, a film counts as one with opacity."""

_THRESHOLD = 0.5


@dataclass(frozen=True)
class MaskOverlap:
    """One film's masks against the drawn ones.

    Attributes
    ----------
    dice_lungs, dice_right, dice_left : float or None
        0-1: both lungs as one field, right, left. None where no lungs were drawn.
    dice_opacity : float or None
        0-1; 1 where neither has any. None where no opacity was painted.
    opacity_intersection, opacity_predicted, opacity_drawn : int or None
        Pixels of the film's mask grid.
    fraction, fraction_right, fraction_left : float
        Predicted opacity, 0-100 % of the predicted lung fields.
    """

    dice_lungs: float | None
    dice_right: float | None
    dice_left: float | None
    dice_opacity: float | None
    opacity_intersection: int | None
    opacity_predicted: int | None
    opacity_drawn: int | None
    fraction: float
    fraction_right: float
    fraction_left: float


COLUMNS = ("film_id", "fold", *(field.name for field in fields(MaskOverlap)))
"""Columns of a table of overlaps; a cell is empty where nothing was drawn."""


def measure_overlap(
    masks: FilmMasks, lungs: FloatImage | None = None, opacity: FloatImage | None = None
) -> MaskOverlap:
    """Compare a film's masks with drawn ones of the film's own size, on the grid of the masks.

    Parameters
    ----------
    masks : FilmMasks
    lungs : float32 array, (2, rows, columns), optional
        Drawn right and left lung, 0-1.
    opacity : float32 array, (rows, columns), optional
        Painted opacity, 0-1.
    """
    grid = masks.opacity.shape
    predicted = [plane > _THRESHOLD for plane in (masks.right_lung, masks.left_lung, masks.opacity)]
    sides = None if lungs is None else [_on_grid(side, grid) for side in lungs]
    painted = None if opacity is None else _on_grid(opacity, grid)
    fraction, fraction_right, fraction_left = opacity_fractions(masks)
    return MaskOverlap(
        dice_lungs=None if sides is None else dice(predicted[0] | predicted[1], sides[0] | sides[1]),
        dice_right=None if sides is None else dice(predicted[0], sides[0]),
        dice_left=None if sides is None else dice(predicted[1], sides[1]),
        dice_opacity=None if painted is None else dice(predicted[2], painted),
        opacity_intersection=None if painted is None else int((predicted[2] & painted).sum()),
        opacity_predicted=None if painted is None else int(predicted[2].sum()),
        opacity_drawn=None if painted is None else int(painted.sum()),
        fraction=fraction,
        fraction_right=fraction_right,
        fraction_left=fraction_left,
    )


def dice(predicted: NDArray[np.bool_], drawn: NDArray[np.bool_]) -> float:
    """Return the Dice overlap, 0-1, of two masks of one shape; 1 where both are empty."""
    total = int(predicted.sum()) + int(drawn.sum())
    return 2 * int((predicted & drawn).sum()) / total if total else 1.0


def overlap_row(film_id: str, fold: int, overlap: MaskOverlap) -> list[str]:
    """Return one row of a table of overlaps."""
    values = [getattr(overlap, field.name) for field in fields(overlap)]
    cells = ["" if value is None else str(value) if isinstance(value, int) else f"{value:.4f}" for value in values]
    return [film_id, str(fold), *cells]


def write_overlaps(rows: Sequence[Sequence[str]], path: Path) -> None:
    """Write rows of `overlap_row` as a table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def _on_grid(mask: FloatImage, grid: tuple[int, ...]) -> NDArray[np.bool_]:
    if mask.shape == grid:
        return mask > _THRESHOLD
    image = Image.fromarray(np.ascontiguousarray(mask, dtype=np.float32))
    resized = image.resize((grid[1], grid[0]), Image.Resampling.BOX)
    on_grid: NDArray[np.bool_] = np.asarray(resized) > _THRESHOLD
    return on_grid


@dataclass(frozen=True)
class SegmentationFigures:
    """One system's overlaps over the films with painted opacity, each figure with its 95 % patient-bootstrap interval.

    Attributes
    ----------
    lungs_dice, right_dice, left_dice : Estimate
        Mean over films, 0-1: both lungs as one field, right, left.
    opacity_dice : Estimate
        Mean over films; 1 on a film where neither has any.
    opacity_dice_marked : Estimate
        Mean over films with at least 5 % of the lung fields painted.
    opacity_dice_pooled : Estimate
        Over the pixels of all films together.
    fraction_mae : Estimate
        Mean absolute error of the opacity fraction, percentage points of the lung fields.
    fraction_bias : Estimate
        Mean of predicted minus drawn, percentage points.
    fraction_r : Estimate
        Pearson correlation of predicted and drawn fraction.
    """

    n_films: int
    n_patients: int
    n_films_lungs: int
    n_films_marked: int
    lungs_dice: Estimate
    right_dice: Estimate
    left_dice: Estimate
    opacity_dice: Estimate
    opacity_dice_marked: Estimate
    opacity_dice_pooled: Estimate
    fraction_mae: Estimate
    fraction_bias: Estimate
    fraction_r: Estimate

    def as_evidence(self) -> dict[str, object]:
        """Return the figures as a card carries them."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: v.as_list() if isinstance(v, Estimate) else v for name, v in values.items()}


Row = Mapping[str, str]


def evaluate_segmentations(data: Path, evidence: Path = EVIDENCE) -> dict[str, SegmentationFigures]:
    """Recompute the figures of every segmentation system whose out-of-fold overlaps are there.

    Parameters
    ----------
    data : Path
        Folder with `films.csv` and `opacity.csv`.
    evidence : Path
        Folder with the out-of-fold overlaps.

    Raises
    ------
    DataSetInvalidError
        A table is missing or not of the documented form, or no system's overlaps are there.
    """
    present = {system: name for system, name in OUT_OF_FOLD_TABLES.items() if (evidence / name).is_file()}
    if not present:
        names = " or ".join(OUT_OF_FOLD_TABLES.values())
        raise DataSetInvalidError(f"{evidence.name} holds no {names}. Train a segmentation first.")
    films = {film.film_id: film for film in read_data_set(data)}
    drawn = drawn_fractions(data)
    return {
        system: segmentation_figures(films, drawn, read_table(evidence / name, COLUMNS))
        for system, name in present.items()
    }


def drawn_fractions(data: Path) -> dict[str, float]:
    """Return the drawn opacity of each painted film, 0-100 % of both lung fields.

    Raises
    ------
    DataSetInvalidError
        `opacity.csv` is missing or not of the documented form.
    """
    path = data / "opacity.csv"
    rows = read_table(path, ("film_id", "opacity_fraction"))
    try:
        return {row["film_id"]: float(row["opacity_fraction"]) for row in rows if row["opacity_fraction"]}
    except ValueError as error:
        raise DataSetInvalidError(f"{path}: {error}. Expected opacity_fraction as a number of 0-100.") from error


def segmentation_figures(
    films: Mapping[str, DataSetFilm], drawn: Mapping[str, float], rows: Sequence[Row]
) -> SegmentationFigures:
    """Return the figures of one table of overlaps, over the films with painted opacity.

    Raises
    ------
    DataSetInvalidError
        Fewer than three painted films, or a film that `films.csv` does not list.
    """
    painted = [row for row in rows if row["dice_opacity"] and row["film_id"] in drawn]
    unknown = [row["film_id"] for row in painted if row["film_id"] not in films]
    if unknown or len(painted) < 3:
        message = f"{len(painted)} films with painted opacity, {len(unknown)} of them unknown to films.csv."
        raise DataSetInvalidError(f"{message} Expected 3 or more, all listed there.")
    with_lungs = [row for row in painted if row["dice_lungs"]]
    marked = [row for row in painted if drawn[row["film_id"]] >= MARKED_OPACITY]
    said = np.array([float(row["fraction"]) for row in painted])
    true = np.array([drawn[row["film_id"]] for row in painted])

    def mean(column: str, chosen: Sequence[Row]) -> Estimate:
        values = np.array([float(row[column]) for row in chosen])
        return _estimate(films, chosen, lambda places: float(values[places].mean()))

    return SegmentationFigures(
        n_films=len(painted),
        n_patients=len({films[row["film_id"]].patient_id for row in painted}),
        n_films_lungs=len(with_lungs),
        n_films_marked=len(marked),
        lungs_dice=mean("dice_lungs", with_lungs),
        right_dice=mean("dice_right", with_lungs),
        left_dice=mean("dice_left", with_lungs),
        opacity_dice=mean("dice_opacity", painted),
        opacity_dice_marked=mean("dice_opacity", marked),
        opacity_dice_pooled=_estimate(films, painted, _pooled_dice(painted)),
        fraction_mae=_estimate(films, painted, lambda places: float(np.abs(said - true)[places].mean())),
        fraction_bias=_estimate(films, painted, lambda places: float((said - true)[places].mean())),
        fraction_r=_estimate(films, painted, lambda places: correlation(said[places], true[places])),
    )


def _estimate(
    films: Mapping[str, DataSetFilm], rows: Sequence[Row], figure: Callable[[NDArray[np.intp]], float]
) -> Estimate:
    return patient_bootstrap(figure, [films[row["film_id"]].patient_id for row in rows])


def _pooled_dice(rows: Sequence[Row]) -> Callable[[NDArray[np.intp]], float]:
    """Return Dice over the pixels of the chosen rows together; each film's grid counts as it is."""
    names = ("opacity_intersection", "opacity_predicted", "opacity_drawn")
    pixels = np.array([[int(row[name]) for name in names] for row in rows], dtype=np.int64)

    def figure(places: NDArray[np.intp]) -> float:
        both, predicted, painted = pixels[places].sum(axis=0).tolist()
        return 2 * both / (predicted + painted) if predicted + painted else 1.0

    return figure
