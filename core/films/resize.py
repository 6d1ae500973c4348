"""Films made small by Pillow's filters, written as two sparse matrices: its result, in a fraction of its time.

A filter works along rows and columns by themselves and is linear. Pillow copies a whole film before it looks at it;
a matrix reads each pixel where it lies, once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.types import FloatImage

Values = NDArray[np.float64]

WHOLE = (slice(None), slice(None))


def box_resized(pixels: FloatImage, shape: tuple[int, int]) -> FloatImage:
    """Return pixels (rows, columns) at another shape; each is the mean of the area it stands for (Pillow's BOX)."""
    rows, columns = (_box(before, after) for before, after in zip(pixels.shape, shape, strict=True))
    return _product(rows, np.ascontiguousarray(pixels), columns)


def bilinear_resized(pixels: FloatImage, shape: tuple[int, int], region: tuple[slice, slice] = WHOLE) -> FloatImage:
    """Return a region of pixels (rows, columns) at another shape: Pillow's BILINEAR with ``reducing_gap=2``."""
    down, across = (range(*part.indices(size)) for part, size in zip(region, pixels.shape, strict=True))
    rows, columns = _bilinear(len(down), shape[0]), _bilinear(len(across), shape[1])
    # All columns, also those beside the region: a part of each row would have to be copied first.
    return _product(rows, np.ascontiguousarray(pixels[region[0]]), columns, region[1])


def _product(
    rows: sparse.csr_array, pixels: FloatImage, columns: sparse.csr_array, used: slice = slice(None)
) -> FloatImage:
    lower: FloatImage = rows @ pixels
    resized: FloatImage = np.ascontiguousarray((columns @ np.ascontiguousarray(lower[:, used].T)).T)
    return resized


@lru_cache(maxsize=128)
def _box(before: int, after: int) -> sparse.csr_array:
    """Return the matrix (after, before) of one direction."""
    return _filtered(before, after, before / after, reach=0.5, kernel=lambda place: (place > -0.5) & (place <= 0.5))


@lru_cache(maxsize=128)
def _bilinear(before: int, after: int) -> sparse.csr_array:
    """Return the matrix (after, before) of one direction."""
    factor = max(1, int(before / after / 2))
    blocks = -(-before // factor)
    scale = before / factor / after
    smooth = _filtered(blocks, after, scale, reach=1.0, kernel=lambda place: np.maximum(1 - np.abs(place), 0))
    return (smooth @ _filtered_blocks(before, factor)).astype(np.float32).tocsr() if factor > 1 else smooth


def _filtered_blocks(before: int, factor: int) -> sparse.csr_array:
    """Return what takes the mean of every `factor` neighbours, the last ones of those that are left."""
    block = np.arange(before) // factor
    return sparse.csr_array((1 / np.bincount(block)[block], (block, np.arange(before))))


def _filtered(
    before: int, after: int, scale: float, *, reach: float, kernel: Callable[[Values], NDArray[Any]]
) -> sparse.csr_array:
    """Return the matrix of Pillow's resampling: a kernel about the middle of each new pixel, as wide as it is."""
    width = max(scale, 1.0)
    middle = (np.arange(after)[:, None] + 0.5) * scale
    first = np.maximum((middle - reach * width + 0.5).astype(int), 0)
    last = np.minimum((middle + reach * width + 0.5).astype(int), before)
    place = first + np.arange(int(2 * reach * width) + 3)
    weight = np.where(place < last, kernel((place - middle + 0.5) / width), 0.0)
    weight /= weight.sum(axis=1, keepdims=True)
    row, tap = np.nonzero(weight)
    shape = (after, before)
    return sparse.csr_array((weight[row, tap].astype(np.float32), (row, place[row, tap])), shape=shape)
