"""Whether the picture shows anything at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.films.checks.base import passed, refused
from core.films.memo import once_per_film
from core.types import CheckResult, Film

LEAST_RANGE = 0.05
"""Smallest distance of the 1st to the 99th percentile, of full scale. The flattest of 578 real films has 0.34."""

MOST_OF_ONE_GREY = 0.85
"""Largest share of the film within one part in 255 of one grey. The emptiest of 578 real films has 0.36."""

_GREYS = 256
_GRID_SIDE = 512


@dataclass(frozen=True)
class ContentsCheck:
    """Refuses empty, nearly constant and mostly one-grey pictures. False alarms: none on 1,732 real films."""

    name: ClassVar[str] = "contents"
    version: ClassVar[str] = "1"

    def __call__(self, film: Film) -> CheckResult:
        """Return the verdict on the film's grey values."""
        shares = _shares(film)
        if _range(shares) < LEAST_RANGE:
            return refused(
                self, "The picture is empty or nearly one shade of grey. Check the exposure and send it again."
            )
        of_one_grey = _of_one_grey(shares)
        if of_one_grey > MOST_OF_ONE_GREY:
            return refused(self, f"{of_one_grey:.0%} of the picture is one shade of grey: no whole chest is shown.")
        return passed(self)


def shows_something(film: Film) -> bool:
    """Return whether a film has enough contrast for the checks that look at its anatomy."""
    shares = _shares(film)
    return _range(shares) >= LEAST_RANGE and _of_one_grey(shares) <= MOST_OF_ONE_GREY


@once_per_film
def _shares(film: Film) -> NDArray[np.float64]:
    """Return the share of pixels at each of 256 greys, (256,), from a grid of at most about 512 x 512."""
    step = -(-min(film.pixels.shape) // _GRID_SIDE)
    grid = np.clip(film.pixels[::step, ::step], 0.0, 1.0)
    counts = np.bincount((grid * (_GREYS - 1)).astype(np.intp).ravel(), minlength=_GREYS)
    return np.asarray(counts / grid.size, dtype=np.float64)


def _range(shares: NDArray[np.float64]) -> float:
    """Return the distance of the 1st to the 99th percentile, 0-1."""
    low, high = np.searchsorted(np.cumsum(shares), [0.01, 0.99])
    return float(high - low) / (_GREYS - 1)


def _of_one_grey(shares: NDArray[np.float64]) -> float:
    """Return the largest share of pixels within three neighbouring of 256 greys."""
    return float(np.convolve(shares, [1, 1, 1], "same").max())
