"""A film brought to the fixed frame that the embedded networks take. Needs no network."""

from __future__ import annotations

import numpy as np
from PIL import Image

from core.films.resize import bilinear_resized
from core.types import FloatImage

FRAME_PIXELS = 384
"""Side of the square frame, in pixels."""

_CONSTANT_EDGE = 0.02
_LONGEST_SIDE = 512
_LEAST_CONTRAST = 1e-5
_LOW_PERCENTILE, _HIGH_PERCENTILE = 1.0, 99.0


def frame_film(pixels: FloatImage) -> FloatImage:
    """Return a film, its blank edges cut off, in a square frame with its contrast stretched.

    Parameters
    ----------
    pixels : float32 array, (rows, columns)
        0-1, display sense, as in `core.types.Film`.

    Returns
    -------
    float32 array, (384, 384)
        0-1 (1st to 99th percentile of the film); the aspect is kept, the rest of the square is 0.
    """
    content = _fitted(pixels, content_region(pixels))
    low, high = np.percentile(content, (_LOW_PERCENTILE, _HIGH_PERCENTILE))
    contrast = float(high - low)
    # What a film without contrast has is rounding.
    return _centred(np.clip((content - low) / (contrast if contrast > _LEAST_CONTRAST else np.inf), 0.0, 1.0))


def frame_mask(mask: FloatImage, region: tuple[slice, slice]) -> FloatImage:
    """Return a mask (0-1, the film's own size) in the frame of the film whose content region is given, (384, 384)."""
    return _centred(_fitted(mask, region))


def on_film(plane: FloatImage, film_shape: tuple[int, int], region: tuple[slice, slice]) -> FloatImage:
    """Return a plane of the frame on the grid of the whole film, its longer side at most 512 pixels.

    Parameters
    ----------
    plane : float32 array, (side, side)
        Over the square frame, at any resolution.
    film_shape : (int, int)
        Rows and columns of the film.
    region : (slice, slice)
        The film's `content_region`, which fills the frame.
    """
    step = max(1.0, max(film_shape) / _LONGEST_SIDE)
    whole = np.zeros([max(1, round(size / step)) for size in film_shape], dtype=np.float32)
    edges = [(round(part.start / step), round(part.stop / step)) for part in region]
    target = tuple(slice(start, max(stop, start + 1)) for start, stop in edges)
    sides = np.array([part.stop - part.start for part in region], dtype=float)
    rows, columns = sides / sides.max() * plane.shape[0]
    top, left = (plane.shape[0] - rows) / 2, (plane.shape[1] - columns) / 2
    size = (target[1].stop - target[1].start, target[0].stop - target[0].start)
    content = Image.fromarray(plane).resize(
        size, Image.Resampling.BILINEAR, box=(left, top, left + columns, top + rows)
    )
    whole[target] = np.asarray(content)[: whole[target].shape[0], : whole[target].shape[1]]
    return whole


def content_region(pixels: FloatImage) -> tuple[slice, slice]:
    """Return the rows and columns of a film without the blank (constant) ones at its edges."""
    step = max(1, max(pixels.shape) // FRAME_PIXELS)
    sample = pixels[::step, ::step]
    rows, columns = _lively(np.ptp(sample, axis=1)), _lively(np.ptp(sample, axis=0))
    return (
        slice(rows.start * step, min(rows.stop * step, pixels.shape[0])),
        slice(columns.start * step, min(columns.stop * step, pixels.shape[1])),
    )


def _lively(ranges: FloatImage) -> slice:
    lively = np.flatnonzero(ranges > _CONSTANT_EDGE)
    # A film that is blank nearly throughout is for the checks to refuse; here it only must not break.
    return slice(int(lively[0]), int(lively[-1]) + 1) if lively.size > ranges.size // 4 else slice(0, ranges.size)


def _fitted(pixels: FloatImage, region: tuple[slice, slice]) -> FloatImage:
    """Resize a region so that its longer side fills the frame, with an antialiasing filter."""
    rows, columns = (part.stop - part.start for part in region)
    scale = FRAME_PIXELS / max(rows, columns)
    return bilinear_resized(pixels, (max(1, round(rows * scale)), max(1, round(columns * scale))), region)


def _centred(content: FloatImage) -> FloatImage:
    frame = np.zeros((FRAME_PIXELS, FRAME_PIXELS), dtype=np.float32)
    top, left = (FRAME_PIXELS - content.shape[0]) // 2, (FRAME_PIXELS - content.shape[1]) // 2
    frame[top : top + content.shape[0], left : left + content.shape[1]] = content
    return frame
