"""A film as the opacity segmentation takes it, and masks back on the grid of the film. NumPy and Pillow only."""

from __future__ import annotations

import numpy as np
from PIL import Image

from core.scoring.grid import map_grid
from core.types import FilmMasks, FloatImage

FRAME_PIXELS = 128
"""Side of the square frame, in pixels."""

_LOW_PERCENTILE, _HIGH_PERCENTILE = 1.0, 99.0


def frame_film(pixels: FloatImage) -> FloatImage:
    """Return a whole film stretched to a square frame, its contrast stretched too.

    A share of the lung fields is the same on the stretched film as on the film itself, so the aspect need not be kept
    and no pixel of the frame is left unused.

    Parameters
    ----------
    pixels : float32 array, (rows, columns)
        0-1, display sense, as in `core.types.Film`.

    Returns
    -------
    float32 array, (128, 128)
        0-1 (1st to 99th percentile of the film).
    """
    frame = resized(pixels, (FRAME_PIXELS, FRAME_PIXELS))
    low, high = np.percentile(frame, (_LOW_PERCENTILE, _HIGH_PERCENTILE))
    stretched: FloatImage = np.clip((frame - low) / max(float(high - low), 1e-6), 0.0, 1.0).astype(np.float32)
    return stretched


def frame_mask(mask: FloatImage) -> FloatImage:
    """Return a mask (0-1, the film's own size) in the film's frame, (128, 128)."""
    return resized(mask, (FRAME_PIXELS, FRAME_PIXELS))


def masks_on_film(probability: FloatImage, shape: tuple[int, int]) -> FilmMasks:
    """Return the frame's masks on the grid of the whole film.

    Parameters
    ----------
    probability : float32 array, (3, 128, 128)
        Right lung, left lung, opacity.
    shape : (int, int)
        Rows and columns of the film.
    """
    grid = map_grid(shape)
    right, left, opacity = (np.clip(resized(plane, grid), 0.0, 1.0) for plane in probability)
    return FilmMasks(right, left, opacity)


def resized(plane: FloatImage, shape: tuple[int, int]) -> FloatImage:
    """Resize to (rows, columns) with an antialiasing filter."""
    image = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32))
    small = image.resize((shape[1], shape[0]), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(small, dtype=np.float32)
