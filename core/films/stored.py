"""The stored grey values of one film, and what is looked up by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.films.grey import StoredImage
from core.types import FloatImage, Photometry

_BLOCK_PIXELS = 65_536


@dataclass(frozen=True)
class StoredFilm:
    """Stored grey values of one film with the format that gives them their meaning.

    Attributes
    ----------
    values : integer array, (rows, columns)
        Within the range of `bits` and `signed`.
    bits : int
        1-16.
    """

    values: StoredImage
    bits: int
    signed: bool
    photometry: Photometry

    @property
    def lowest(self) -> int:
        """Return the smallest value the format can hold."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def highest(self) -> int:
        """Return the largest value the format can hold."""
        return self.lowest + (1 << self.bits) - 1

    @property
    def possible(self) -> NDArray[np.int64]:
        """Return every value the format can hold, in order, (2^bits,)."""
        return np.arange(self.lowest, self.lowest + (1 << self.bits))


def counts(film: StoredFilm, padding: NDArray[np.bool_], *, every: int = 1) -> NDArray[np.int64]:
    """Return how many pixels of each `every`-th row have each possible value, (2^bits,); 0 for padding."""
    found = np.zeros(film.possible.size, dtype=np.int64)
    for rows in _row_blocks(film, every):
        found += np.bincount(_places(film, rows).ravel(), minlength=found.size)
    found[padding] = 0
    return found


def edge_values(values: NDArray[Any]) -> NDArray[Any]:
    """Return the values along the four edges of a film (rows, columns), those of its corners twice."""
    return np.concatenate((values[0], values[-1], values[:, 0], values[:, -1]))


def roughness(values: NDArray[np.int32], counted: NDArray[np.bool_] | None = None) -> float:
    """Return the mean difference of neighbours along the rows, of those that both are counted; 0 where none are."""
    steps = np.abs(np.diff(values, axis=1))
    if counted is not None:
        steps = steps[counted[:, 1:] & counted[:, :-1]]
    return float(steps.mean()) if steps.size else 0.0


def looked_up(film: StoredFilm, grey: FloatImage) -> FloatImage:
    """Return the grey of each pixel from that of each possible value, (rows, columns)."""
    shown = np.empty(film.values.shape, dtype=np.float32)
    for rows in _row_blocks(film):
        # Each value has its place; "clip" only spares the check of that and a buffer.
        np.take(grey, _places(film, rows), out=shown[rows], mode="clip")
    return shown


def _places(film: StoredFilm, rows: slice) -> NDArray[np.intp]:
    """Return the place of each pixel's value among the possible ones."""
    places = film.values[rows].astype(np.intp)
    if film.lowest:
        places -= film.lowest
    return places


def _row_blocks(film: StoredFilm, every: int = 1) -> list[slice]:
    """Return slices of rows, small enough that what is made of them stays in the processor's cache."""
    rows, columns = film.values.shape
    step = every * max(1, _BLOCK_PIXELS // columns)
    return [slice(start, start + step, every) for start in range(0, rows, step)]
