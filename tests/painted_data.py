"""A small data set with painted lungs and opacity, for the tests of the pointing game."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from core.types import FloatImage

ROWS, COLUMNS = 160, 200
# Each lung is 40 columns wide; the upper half of the right one is painted: a quarter of the lungs.
RIGHT, LEFT = slice(20, 60), slice(120, 160)


def grey(seed: int) -> np.ndarray:
    """Return a film that passes the checks: noise that is brighter at its edges."""
    noise = np.random.default_rng(seed).integers(0, 90, size=(ROWS, COLUMNS))
    noise[:, RIGHT] //= 2
    return (noise + 60).astype(np.uint8)


def save_mask(folder: Path, film_id: str, layer: str, rows: slice, columns: slice) -> None:
    mask = np.zeros((ROWS, COLUMNS), np.uint8)
    mask[rows, columns] = 255
    Image.fromarray(mask).save(folder / "opacity" / f"{film_id}.{layer}.png")


def write_data(folder: Path, *, patients: tuple[str, ...] = ("a", "a", "b"), painted: bool = True) -> Path:
    """Write a data set of films whose right upper lung is painted, the last one's not."""
    (folder / "opacity").mkdir(parents=True)
    (folder / "films").mkdir()
    columns = ("film_id", "source", "path", "patient_id", "day", "view", "sex", "finding", "licence", "url")
    with (folder / "films.csv").open("w", newline="") as films, (folder / "opacity.csv").open("w", newline="") as table:
        film_writer, opacity_writer = csv.writer(films), csv.writer(table)
        film_writer.writerow(columns)
        opacity_writer.writerow(("film_id",))
        for number, patient in enumerate((*patients, "clear")):
            film_id = f"film-{number}"
            Image.fromarray(grey(number)).save(folder / "films" / f"{film_id}.png")
            film_writer.writerow((film_id, "s", f"films/{film_id}.png", patient, "", "PA", "", "", "CC0", ""))
            opacity_writer.writerow((film_id,))
            save_mask(folder, film_id, "right_lung", slice(None), RIGHT)
            save_mask(folder, film_id, "left_lung", slice(None), LEFT)
            if painted and patient != "clear":
                save_mask(folder, film_id, "consolidation", slice(0, ROWS // 2), RIGHT)
    return folder


def weights_at(row: int, column: int) -> FloatImage:
    """Return weights of the films' size that are 0 but for one pixel."""
    weights = np.zeros((ROWS, COLUMNS), np.float32)
    weights[row, column] = 1
    return weights
