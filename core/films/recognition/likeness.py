"""Does the picture look like a whole, upright frontal chest film? Judged from the pixels alone.

A network of radial basis functions on hand-made features of a 64 x 64 copy of the film. Its centres are typical
frontal films, so a picture unlike all of them gets 0 whatever it shows. NumPy and SciPy only, so that the
check runs wherever a film arrives. Trained by `core.research.training.checks.likeness`, measured by
`core.research.evaluation.checks.likeness`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from core.films.recognition.view import CELLS, GRID_SIDE, INTENSITY_CELLS, LATERAL_FEATURES, film_grid, lateral_features
from core.films.recognition.weights import Arrays, Shapes, read_arrays
from core.types import Film, FloatImage

LIKENESS_WEIGHTS = Path(__file__).with_name("likeness_weights.safetensors")

# Set by the rule in `core.research.training.checks.likeness`, which prints it; a test compares it with the weight file.
CHEST_THRESHOLD: float = 0.43

TURNED_THRESHOLD: float = 0.7
"""Likeness from which a picture is said to be a chest film that hangs the wrong way; only the reason depends on it."""

FEATURES = LATERAL_FEATURES + 2 * INTENSITY_CELLS**2 + CELLS**2

Features = NDArray[np.float32]
Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LikenessWeights:
    """Standardised features → leading components and the rest's length → radial basis functions → one number.

    Attributes
    ----------
    mean, scale : float64 arrays, (1088,)
        Of the features of frontal films.
    components : float64 array, (1088, d)
        Orthonormal.
    centres : float64 array, (m, d + 1)
    width : float
        Squared distance at which a function has fallen to 1/e.
    output : float64 array, (m,)
    """

    mean: Values
    scale: Values
    components: Values
    centres: Values
    width: float
    output: Values


def estimate_likeness(film: Film) -> float:
    """Estimate from the pixels how much a film looks like a frontal chest film.

    About 1 for frontal chest films, about 0 for anything else: refuse below `CHEST_THRESHOLD`. Expects dense tissue
    bright, as after the photometry check. Mirror images count alike. A film without any contrast gets 0.

    Raises
    ------
    WeightsMissingError, WeightsInvalidError
        When the weight file of the package is gone or damaged.
    """
    return float(_of_grids([film_grid(film)])[0])


def turns_to_upright(film: Film) -> int:
    """Return by how many quarter turns anticlockwise (1-3) a film becomes a frontal chest film; 0 when by none.

    For films that are refused as they hang. Negatives are looked at too: the photometry check judges upright films
    only, and turns some that hang upside down round.

    Raises
    ------
    WeightsMissingError, WeightsInvalidError
        When the weight file of the package is gone or damaged.
    """
    grid = film_grid(film)
    turned = [np.rot90(sign * grid, turns) for sign in (1, -1) for turns in (1, 2, 3)]
    found = _of_grids(turned)
    best = int(found.argmax())
    return best % 3 + 1 if found[best] >= TURNED_THRESHOLD else 0


def grid_likeness(grid: FloatImage) -> float:
    """Return the likeness of a standard grid (64, 64) or of its negative, whichever is more like a chest."""
    return float(_of_grids([grid, -grid]).max())


def _of_grids(grids: Sequence[FloatImage]) -> Values:
    features = np.stack([likeness_features(np.ascontiguousarray(grid)) for grid in grids])
    return np.where([grid.any() for grid in grids], likeness(features, _shipped_weights()), 0.0)


def likeness_features(grid: FloatImage) -> Features:
    """Return oriented gradients, low-resolution intensity, and how rough each place is, (1088,).

    Everything is given as the mean of the film and its mirror image, and as their difference.

    Parameters
    ----------
    grid : float32 array, (64, 64), -1 … 1
        From `core.films.recognition.view.standard_grid`.
    """
    down, right = np.gradient(gaussian_filter(grid, 0.7))
    strength = np.hypot(down, right)
    maps = (_means(grid, INTENSITY_CELLS), np.log(_means(strength, CELLS) + 0.01), _means(strength, INTENSITY_CELLS))
    return np.concatenate([lateral_features(grid), *(_of_both_sides(values) for values in maps)])


def _means(grid: FloatImage, cells: int) -> FloatImage:
    side = GRID_SIDE // cells
    means: FloatImage = grid.reshape(cells, side, cells, side).mean(axis=(1, 3))
    return means


def _of_both_sides(values: FloatImage) -> Features:
    mirrored, half = values[:, ::-1], values.shape[1] // 2
    parts = ((values + mirrored) / 2, np.abs(values - mirrored) / 2)
    return np.concatenate([part[:, :half].astype(np.float32).ravel() for part in parts])


def likeness(features: Features, weights: LikenessWeights) -> Values:
    """Return the likeness of each row of features, (n,)."""
    return basis(features, weights) @ weights.output


def basis(features: Features, weights: LikenessWeights) -> Values:
    """Return the radial basis functions of each row of features, (n, m), 0-1."""
    projected = projections(features, weights)
    distance = (
        (projected**2).sum(axis=1)[:, None]
        + (weights.centres**2).sum(axis=1)[None, :]
        - 2 * projected @ weights.centres.T
    )
    values: Values = np.exp(-np.maximum(distance, 0) / weights.width)
    return values


def projections(features: Features, weights: LikenessWeights) -> Values:
    """Return the leading components of each row and the length of what they leave out, (n, d + 1)."""
    standard = (features - weights.mean) / weights.scale
    leading = standard @ weights.components
    rest = (standard**2).sum(axis=1) - (leading**2).sum(axis=1)
    return np.column_stack([leading, np.sqrt(np.maximum(rest, 0))])


def read_weights(path: Path) -> LikenessWeights:
    """Read a weight file written by `core.research.training.checks.likeness`.

    Raises
    ------
    WeightsMissingError
        When there is no such file.
    WeightsInvalidError
        When it is no safetensors file or its arrays have other names or shapes.
    """
    names = ("mean", "scale", "components", "centres", "width", "output")
    arrays = read_arrays(path, names, _shapes, what="The check for chest films")
    return LikenessWeights(
        mean=arrays["mean"],
        scale=arrays["scale"],
        components=arrays["components"],
        centres=arrays["centres"],
        width=float(arrays["width"][0]),
        output=arrays["output"],
    )


def _shapes(arrays: Arrays) -> Shapes:
    count, components = arrays["output"].size, arrays["components"].size // FEATURES
    return {
        "mean": (FEATURES,),
        "scale": (FEATURES,),
        "components": (FEATURES, components),
        "centres": (count, components + 1),
        "width": (1,),
        "output": (count,),
    }


@lru_cache(maxsize=1)
def _shipped_weights() -> LikenessWeights:
    return read_weights(LIKENESS_WEIGHTS)
