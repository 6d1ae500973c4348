"""torchxrayvision's crop and resize as two sparse matrices: its result to 1e-3, in a fraction of its time.

The library smooths the whole film with a Gaussian and then reads 224 x 224 places of it. Both steps work along
rows and columns by themselves and are linear, so each place is a weighted sum of a few dozen rows and columns.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.types import FloatImage

SIDE_PIXELS = 224
WHITE = np.float32(1024)
"""Of the scale that the networks take: -1024 is black."""

_TRUNCATE_SD = 4.0  # where scipy's Gaussian ends, which the library uses


def central_square(pixels: FloatImage) -> FloatImage:
    """Return the central square of a film at 224 x 224, as ``XRayCenterCrop`` and ``XRayResizer`` give it.

    Parameters
    ----------
    pixels : float32 array, (rows, columns)
        0-1, display sense.

    Returns
    -------
    float32 array, (224, 224)
        -1024 (darkest) to 1024 (brightest). Within 1e-3 of the library's. As there, what lies outside the film
        counts as mid-grey, and no value leaves the film's own range.
    """
    rows, columns = pixels.shape
    side = min(rows, columns)
    top, left = rows // 2 - side // 2, columns // 2 - side // 2
    matrix, weight = _resizing(side)
    # All columns, also those that are cropped: a part of each row would have to be copied first.
    lower = matrix @ pixels[top : top + side]
    both = (matrix @ np.ascontiguousarray(lower[:, left : left + side].T)).T
    resized: FloatImage = np.ascontiguousarray((2 * both - np.outer(weight, weight)) * WHITE)
    if not resized.min() < 0 < resized.max():
        # Only in a film without both dark and bright can mid-grey from outside leave the film's range.
        square = pixels[top : top + side, left : left + side]
        np.clip(resized, (2 * square.min() - 1) * WHITE, (2 * square.max() - 1) * WHITE, out=resized)
    return resized


@lru_cache(maxsize=32)
def _resizing(side: int) -> tuple[sparse.csr_array, NDArray[np.float32]]:
    """Return the matrix (224, side) that resizes one direction, and the sums of its rows: 1 but at the edges."""
    matrix = _interpolation(side)
    sd = (side / SIDE_PIXELS - 1) / 2
    if sd > 0:
        matrix = matrix @ _smoothing(side, sd)
    matrix = matrix.tocsr().astype(np.float32)
    return matrix, np.asarray(matrix.sum(axis=1), dtype=np.float32)


def _interpolation(side: int) -> sparse.csr_array:
    """Return what reads 224 evenly spaced places between `side` pixels, (224, side); outside them is 0."""
    place = (np.arange(SIDE_PIXELS) + 0.5) * (side / SIDE_PIXELS) - 0.5
    before = np.floor(place).astype(np.intp)
    share = place - before
    row = np.tile(np.arange(SIDE_PIXELS), 2)
    column, weight = np.concatenate((before, before + 1)), np.concatenate((1 - share, share))
    on_film = (column >= 0) & (column < side) & (weight > 0)
    return sparse.csr_array((weight[on_film], (row[on_film], column[on_film])), shape=(SIDE_PIXELS, side))


def _smoothing(side: int, sd: float) -> sparse.dia_array:
    """Return a Gaussian of `sd` pixels as a banded matrix, (side, side)."""
    radius = int(_TRUNCATE_SD * sd + 0.5)
    offset = np.arange(-radius, radius + 1)
    weight = np.exp(-0.5 * (offset / sd) ** 2)
    weight /= weight.sum()
    return sparse.dia_array((np.repeat(weight[:, None], side, axis=1), offset), shape=(side, side))
