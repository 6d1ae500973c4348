"""Masks drawn by people on the training films, in the films' frames.

Lung fields come from two sets with one convention (anatomical lung, with the part behind the heart and through
consolidations): the radiologists' masks of `opacity/`, and the V7 Labs masks that torchxrayvision carries in its
package. The automatic masks of `masks/` leave the heart out, so the two kinds are not mixed and they are not used.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from core.errors import DataSetInvalidError
from core.research.evaluation.dataset import DataSetFilm, read_table
from core.types import FloatImage

_V7_ARCHIVE = "data/semantic_masks_v7labs_lungs.zip"
_HANNOVER_CROP, _HANNOVER_HEIGHT = 2000, 2048
_SMALLEST_PART = 0.01


def lung_masks(folder: Path, films: Sequence[DataSetFilm]) -> dict[str, FloatImage]:
    """Return right and left lung, (2, rows, columns) in 0-1, of every film whose lungs somebody drew.

    Raises
    ------
    DataSetInvalidError
        The package that carries the V7 Labs masks is not installed.
    """
    drawn = _v7_masks(folder, films)
    for film in films:
        sides = [folder / "opacity" / f"{film.film_id}.{side}_lung.png" for side in ("right", "left")]
        if all(side.is_file() for side in sides):
            drawn[film.film_id] = np.stack([read_mask(side) for side in sides])
    return drawn


def opacity_masks(folder: Path, films: Sequence[DataSetFilm]) -> dict[str, FloatImage]:
    """Return ground glass or consolidation, (rows, columns) in 0-1, of every film with radiologists' masks."""
    listed = {row["film_id"] for row in read_table(folder / "opacity.csv", ("film_id",))}
    result = {}
    for film in films:
        if film.film_id not in listed:
            continue
        layers = [folder / "opacity" / f"{film.film_id}.{layer}.png" for layer in ("ground_glass", "consolidation")]
        planes = [read_mask(layer) for layer in layers if layer.is_file()]
        shape = np.asarray(Image.open(film.path).convert("L")).shape
        result[film.film_id] = np.max(planes, axis=0) if planes else np.zeros(shape, dtype=np.float32)
    return result


def read_mask(path: Path) -> FloatImage:
    """Read a 1-bit mask as 0 or 1."""
    return (np.asarray(Image.open(path).convert("L")) > 0).astype(np.float32)


def _v7_masks(folder: Path, films: Sequence[DataSetFilm]) -> dict[str, FloatImage]:
    hannover = _hannover_names(folder)
    result: dict[str, FloatImage] = {}
    with zipfile.ZipFile(_v7_archive()) as masks:
        members = {Path(name).stem: name for name in masks.namelist() if not name.endswith("/")}
        for film in films:
            in_collection = film.source == "cohen" or film.film_id in hannover
            name = members.get(Path(hannover.get(film.film_id, film.source_filename)).stem) if in_collection else None
            if name is None:
                continue
            mask = Image.open(io.BytesIO(masks.read(name))).convert("L")
            lungs = _sides(_on_film(mask, film))
            if lungs is not None:
                result[film.film_id] = lungs
    return result


def _v7_archive() -> Path:
    spec = find_spec("torchxrayvision")
    archive = Path(spec.origin).parent / _V7_ARCHIVE if spec is not None and spec.origin else None
    if archive is None or not archive.is_file():
        raise DataSetInvalidError(f"torchxrayvision with its {_V7_ARCHIVE} is not installed. Install it to train.")
    return archive


def _hannover_names(folder: Path) -> Mapping[str, str]:
    table = folder / "raw" / "hannover" / "collection_ids.csv"
    rows = read_table(table, ("hannover_image_id", "collection_filename")) if table.is_file() else []
    return {f"hannover-{row['hannover_image_id']}": row["collection_filename"] for row in rows}


def _on_film(mask: Image.Image, film: DataSetFilm) -> FloatImage | None:
    """Place a mask on the film it was drawn on; None where the sizes do not fit."""
    with Image.open(film.path) as image:
        columns, rows = image.size
    if film.source == "hannover":
        # The collection holds the central 2000 x 2000 pixels of originals 2048 high.
        side = round(rows * _HANNOVER_CROP / _HANNOVER_HEIGHT)
        placed = np.zeros((rows, columns), dtype=np.float32)
        square = np.asarray(mask.resize((side, side), Image.Resampling.NEAREST)) > 0
        top, left = (rows - side) // 2, (columns - side) // 2
        if left < 0:
            return None
        placed[top : top + side, left : left + side] = square
        return placed
    if mask.size != (film.original_width, film.original_height):
        return None
    return (np.asarray(mask.resize((columns, rows), Image.Resampling.NEAREST)) > 0).astype(np.float32)


def _sides(mask: FloatImage | None) -> FloatImage | None:
    """Tell right from left lung: the two largest parts, the right lung on the left of the picture."""
    if mask is None:
        return None
    labels, count = ndimage.label(mask)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    largest = [int(part) + 1 for part in np.argsort(-sizes)[:2] if sizes[part] > _SMALLEST_PART * mask.size]
    if len(largest) != 2:
        return None
    largest.sort(key=lambda part: float(np.nonzero(labels == part)[1].mean()))
    return np.stack([(labels == part).astype(np.float32) for part in largest])
