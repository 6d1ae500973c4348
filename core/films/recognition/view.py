"""Is this a frontal chest film, and do its grey values run the right way? Judged from the pixels alone.

Two logistic regressions on hand-made features of a 64 x 64 copy of the film. NumPy and SciPy only, so
that the check runs wherever a film arrives. Trained by `core.research.training.checks.view`, measured by
`core.research.evaluation.checks.view`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, uniform_filter

from core.films.memo import once_per_film
from core.films.recognition.weights import read_arrays
from core.films.resize import box_resized
from core.types import Film, FloatImage

VIEW_WEIGHTS = Path(__file__).with_name("view_weights.safetensors")

# Set by the rules in `core.research.training.checks.view`, which prints them; a test compares them with the weights.
LATERAL_THRESHOLD: float = 0.81
INVERTED_THRESHOLD: float = 0.95

THUMBNAIL_SIDE = 256
GRID_SIDE = 64
CELLS = 8
ORIENTATIONS = 8
INTENSITY_CELLS = 16
LATERAL_FEATURES = ORIENTATIONS * CELLS * CELLS
INVERSION_FEATURES = INTENSITY_CELLS * INTENSITY_CELLS // 2 + ORIENTATIONS * CELLS * CELLS // 2


@dataclass(frozen=True)
class ViewEstimate:
    """What the pixels say of a film's view.

    Attributes
    ----------
    p_lateral : float
        0-1, probability at even prior odds that the film is a lateral. Refuse above `LATERAL_THRESHOLD`.
    p_inverted : float
        0-1, likewise that dense tissue is stored dark. Turn round above `INVERTED_THRESHOLD`. Meant for
        frontal films; not to be read on a lateral.
    """

    p_lateral: float
    p_inverted: float


@dataclass(frozen=True, eq=False)
class ViewWeights:
    """The two regressions: log odds = features @ weights + bias; the inversion has no bias.

    Attributes
    ----------
    lateral : float64 array, (512,)
    lateral_bias : float
    inversion : float64 array, (384,)
    """

    lateral: NDArray[np.float64]
    lateral_bias: float
    inversion: NDArray[np.float64]


@once_per_film
def estimate_view(film: Film) -> ViewEstimate:
    """Estimate from the pixels whether a film is a lateral and whether it is inverted.

    A film without any contrast gives no evidence: 0 for both, so that neither check acts on it. The estimate
    separates laterals from frontal chest films; it was never shown other body parts or objects and says nothing
    about them. A frontal film that hangs upside down may be taken for an inverted one.

    Raises
    ------
    WeightsMissingError, WeightsInvalidError
        When the weight file of the package is gone or damaged.
    """
    return estimate_grid(film_grid(film))


def estimate_grid(grid: FloatImage) -> ViewEstimate:
    """Estimate the view from a film's standard grid, (64, 64); see `estimate_view`."""
    if not grid.any():
        return ViewEstimate(p_lateral=0.0, p_inverted=0.0)
    weights = _shipped_weights()
    return ViewEstimate(
        p_lateral=probability(float(lateral_features(grid) @ weights.lateral) + weights.lateral_bias),
        p_inverted=probability(float(inversion_features(grid) @ weights.inversion)),
    )


def probability(log_odds: float) -> float:
    """Return the probability (0-1) of natural log odds."""
    return 0.5 * (1.0 + math.tanh(0.5 * log_odds))


def read_weights(path: Path) -> ViewWeights:
    """Read a weight file written by `core.research.training.checks.view`.

    Raises
    ------
    WeightsMissingError
        When there is no such file.
    WeightsInvalidError
        When it is no safetensors file or its arrays have other names or shapes.
    """
    shapes = {"lateral": (LATERAL_FEATURES,), "lateral_bias": (1,), "inversion": (INVERSION_FEATURES,)}
    arrays = read_arrays(path, tuple(shapes), lambda _arrays: shapes, what="The view check")
    return ViewWeights(
        lateral=arrays["lateral"],
        lateral_bias=float(arrays["lateral_bias"][0]),
        inversion=arrays["inversion"],
    )


@lru_cache(maxsize=1)
def _shipped_weights() -> ViewWeights:
    return read_weights(VIEW_WEIGHTS)


def thumbnail(pixels: FloatImage) -> FloatImage:
    """Return a film as a (256, 256) float32 array; each pixel is the mean of the area it stands for."""
    return box_resized(pixels, (THUMBNAIL_SIDE, THUMBNAIL_SIDE))


@once_per_film
def film_grid(film: Film) -> FloatImage:
    """Return a film's standard grid: reducing a whole film is most of what its checks take."""
    return standard_grid(thumbnail(film.pixels))


def standard_grid(thumbnail_pixels: FloatImage) -> FloatImage:
    """Cut uniform borders off, reduce to (64, 64) and equalise the histogram to -1 (darkest) … 1 (brightest).

    Equalised values do not depend on window, gamma or gain, and those of an inverted film are the exact
    negatives. Zero everywhere for a film without contrast.
    """
    finite = np.nan_to_num(thumbnail_pixels, nan=0.0, posinf=1.0, neginf=0.0).astype(np.float32)
    small = box_resized(_without_borders(finite), (GRID_SIDE, GRID_SIDE))
    # 1,024 grey levels: rounding noise of a constant film is not taken for contrast
    _, level, count = np.unique(np.round(small * 1023), return_inverse=True, return_counts=True)
    middle_rank = (np.cumsum(count) - count / 2) / small.size
    equalised: FloatImage = (2 * middle_rank - 1)[level].reshape(small.shape).astype(np.float32)
    return equalised


def lateral_features(grid: FloatImage) -> NDArray[np.float32]:
    """Return oriented gradients, (512,): the mean of the film and its mirror image, and their difference.

    Orientation is counted without sign, so an inverted film gives the same features; mean and absolute
    difference are the same whichever side the patient faces. The difference carries the symmetry that a
    frontal chest has and a lateral has not.
    """
    gradients = oriented_gradients(grid, ORIENTATIONS, period=math.pi)
    mirrored = np.roll(gradients[::-1], 1, axis=0)[:, :, ::-1]
    sides = ((gradients + mirrored) / 2, np.abs(gradients - mirrored) / 2)
    return np.concatenate([left_half(side.astype(np.float32)).ravel() for side in sides])


def inversion_features(grid: FloatImage) -> NDArray[np.float32]:
    """Return low-resolution intensity (16 x 16) and signed gradients, (384,), both averaged with the mirror image.

    Every feature changes its sign when the film is inverted, so a regression without bias gives a film and
    its negative opposite log odds.
    """
    side = GRID_SIDE // INTENSITY_CELLS
    intensity = grid.reshape(INTENSITY_CELLS, side, INTENSITY_CELLS, side).mean(axis=(1, 3))
    gradients = oriented_gradients(grid, 2 * ORIENTATIONS, period=2 * math.pi)
    turned = (ORIENTATIONS - np.arange(2 * ORIENTATIONS)) % (2 * ORIENTATIONS)
    mirrored = gradients[turned][:, :, ::-1]
    signed = (gradients + mirrored)[:ORIENTATIONS] - (gradients + mirrored)[ORIENTATIONS:]
    parts = ((intensity + intensity[:, ::-1]) / 2, signed / 2)
    return np.concatenate([left_half(part.astype(np.float32)).ravel() for part in parts])


def _without_borders(pixels: FloatImage) -> FloatImage:
    """Cut rows and columns at the edges whose grey hardly varies; never more than 60 % of a side."""
    least_sd = 0.1 * float(pixels.std())
    spans = []
    for axis in (1, 0):
        inside = np.flatnonzero(pixels.std(axis=axis) > least_sd)
        long_enough = inside.size > 0 and inside[-1] + 1 - inside[0] >= 0.4 * pixels.shape[1 - axis]
        spans.append(slice(inside[0], inside[-1] + 1) if long_enough else slice(None))
    return pixels[spans[0], spans[1]]


def oriented_gradients(grid: FloatImage, n_orientations: int, *, period: float) -> FloatImage:
    """Return gradient strength by orientation and cell, (n_orientations, 8, 8), relative to the 3 x 3 cells around."""
    down, right = np.gradient(gaussian_filter(grid, 0.7))
    position = (np.arctan2(down, right) % period) / period * n_orientations
    lower = np.floor(position).astype(np.intp)
    to_upper, strength = position - lower, np.hypot(right, down)
    rows, columns = np.indices(grid.shape)
    spread = np.zeros((n_orientations, *grid.shape), dtype=np.float32)
    # each gradient is shared between the two orientations next to it
    spread[lower % n_orientations, rows, columns] = strength * (1 - to_upper)
    spread[(lower + 1) % n_orientations, rows, columns] = strength * to_upper
    side = GRID_SIDE // CELLS
    cells = spread.reshape(n_orientations, CELLS, side, CELLS, side).mean(axis=(2, 4))
    surroundings = uniform_filter(np.sqrt((cells**2).sum(axis=0)), 3, mode="nearest")
    relative: FloatImage = (cells / (surroundings + 0.01)).astype(np.float32)
    return relative


def left_half(values: FloatImage) -> FloatImage:
    """Return the left half of maps whose other half says nothing more."""
    return values[..., : values.shape[-1] // 2]
