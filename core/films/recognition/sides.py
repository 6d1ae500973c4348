"""Does the picture show the patient's right side on its left, as a frontal film hangs? Judged from the pixels alone.

A logistic regression on how the halves of a 64 x 64 copy of the film differ: heart, aortic arch, gastric bubble,
diaphragm. NumPy and SciPy only. Trained and measured by `core.research.training.checks.sides`; a heart on the
right looks mirrored.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.films.recognition.view import (
    INTENSITY_CELLS,
    INVERTED_THRESHOLD,
    ORIENTATIONS,
    estimate_grid,
    film_grid,
    left_half,
    oriented_gradients,
)
from core.films.recognition.weights import read_arrays
from core.types import Film, FloatImage

SIDES_WEIGHTS = Path(__file__).with_name("sides_weights.safetensors")
SIDES_FEATURES = INTENSITY_CELLS**2 // 2 + ORIENTATIONS * 8 * 8 // 2

TURNED_LOG_ODDS = 1.0
"""Least log odds with which pixels confirm a header that calls the film mirrored; error in the record of training."""

MIRRORED_LOG_ODDS = -2.0
"""Log odds below which a film looks mirrored whatever its header says."""


def sides_log_odds(film: Film) -> float:
    """Return the natural log odds that a frontal, upright film is not mirrored; a mirror image has the opposite."""
    return grid_log_odds(film_grid(film))


def grid_log_odds(grid: FloatImage) -> float:
    """Return the log odds of a film's standard grid; see `sides_log_odds`. An inverted one is turned round first.

    Raises
    ------
    WeightsMissingError, WeightsInvalidError
        When the weight file of the package is gone or damaged.
    """
    if estimate_grid(grid).p_inverted >= INVERTED_THRESHOLD:
        grid = -grid
    return float(sides_features(grid) @ _shipped_weights())


def sides_features(grid: FloatImage) -> NDArray[np.float32]:
    """Return how intensity and oriented gradients differ from those of the mirror image, (384,).

    Every feature changes its sign when the film is mirrored, so that a regression without bias is fair.

    Parameters
    ----------
    grid : float32 array, (64, 64), -1 … 1
        From `core.films.recognition.view.standard_grid`.
    """
    side = grid.shape[0] // INTENSITY_CELLS
    intensity = grid.reshape(INTENSITY_CELLS, side, INTENSITY_CELLS, side).mean(axis=(1, 3))
    gradients = oriented_gradients(grid, ORIENTATIONS, period=math.pi)
    mirrored = np.roll(gradients[::-1], 1, axis=0)[:, :, ::-1]
    parts = ((intensity - intensity[:, ::-1]) / 2, (gradients - mirrored) / 2)
    return np.concatenate([left_half(part.astype(np.float32)).ravel() for part in parts])


@lru_cache(maxsize=1)
def _shipped_weights() -> NDArray[np.float64]:
    return read_weights(SIDES_WEIGHTS)


def read_weights(path: Path) -> NDArray[np.float64]:
    """Read a weight file written by `core.research.training.checks.sides`, (384,).

    Raises
    ------
    WeightsMissingError
        When there is no such file.
    WeightsInvalidError
        When it is no safetensors file or its array has another name or shape.
    """
    shape = {"sides": (SIDES_FEATURES,)}
    return read_arrays(path, ("sides",), lambda _arrays: shape, what="The check of sides")["sides"]
