"""Signs of a photograph of a screen or a scan of a print: a regular fine pattern over the picture.

The pixels of a screen and the dots of a print leave sharp lines in the spectrum of small pieces of the picture, which
anatomy does not. Measured by `core.research.evaluation.checks.photograph`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from core.types import FloatImage

# Above every film of three collections of digital films; see `docs/evidence/likeness.md`.
RASTER_THRESHOLD: float = 2.3

PIECE = 128
"""Side of a piece, pixels."""

LEAST_SIDE = 256
"""Pixels. In a smaller picture the pieces are too much alike for chance to average out."""

PIECES = 10
"""Pieces along each side, overlapping in all but the largest pictures."""

_NEIGHBOURS = 4
_STEP = 2
_SLOWEST = 12
_BACKGROUND = 9
_JPEG_BLOCK = 8

Spectrum = NDArray[np.float64]


def raster_strength(pixels: FloatImage) -> float:
    """Return how far the sharpest line stands out of the spectrum around it, natural log of power; 0 when too small.

    Films straight from a detector have 0.8-1.5, at most 2.3 (grids leave lines too). Median over places: a pattern
    that lies over half of the picture counts.
    """
    if min(pixels.shape) < LEAST_SIDE:
        return 0.0
    grey = np.nan_to_num(pixels, nan=0.0, posinf=1.0, neginf=0.0).astype(np.float64)
    spectra, counted = _spectra(grey), _counted_frequencies()
    # an empty piece has no line
    spectra /= spectra[..., counted].mean(axis=-1)[..., None, None] + 1e-12
    places = range(0, PIECES - _NEIGHBOURS + 1, _STEP)
    lines = [
        _sharpest_line(spectra[top : top + _NEIGHBOURS, left : left + _NEIGHBOURS].mean(axis=(0, 1)), counted)
        for top in places
        for left in places
    ]
    return float(np.median(lines))


def _spectra(grey: Spectrum) -> Spectrum:
    """Return the power of each piece by frequency, (10, 10, 128, 65), zero frequency in the middle row."""
    tops, lefts = (np.linspace(0, side - PIECE, PIECES).astype(int) for side in grey.shape)
    window = np.hanning(PIECE)[:, None] * np.hanning(PIECE)
    pieces = np.stack([[grey[top : top + PIECE, left : left + PIECE] for left in lefts] for top in tops])
    pieces -= pieces.mean(axis=(2, 3), keepdims=True)
    power: Spectrum = np.abs(np.fft.rfft2(pieces * window)) ** 2
    return np.fft.fftshift(power, axes=2)


def _sharpest_line(power: Spectrum, counted: NDArray[np.bool_]) -> float:
    logarithm = np.log(power + 1e-2)
    above = logarithm - uniform_filter(logarithm, _BACKGROUND)
    return float(above[counted].max())


def _counted_frequencies() -> NDArray[np.bool_]:
    """Return which frequencies count: neither slow ones, which are anatomy, nor those of JPEG's blocks of 8 pixels."""
    down = np.abs(np.arange(PIECE) - PIECE // 2)[:, None]
    right = np.arange(PIECE // 2 + 1)[None, :]
    period = PIECE // _JPEG_BLOCK

    def of_blocks(frequency: NDArray[np.intp]) -> NDArray[np.bool_]:
        return np.abs((frequency + period // 2) % period - period // 2) <= 1

    blocks = of_blocks(down) & of_blocks(right)  # the axes are among them: 0 is a multiple of every period
    counted: NDArray[np.bool_] = (np.hypot(down, right) > _SLOWEST) & ~blocks
    return counted
