"""What happens to a film and must not move its score: exposure, storage, placing, metal, text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from core.types import FilmMasks, FloatImage

Disturbance = Callable[[FloatImage, np.random.Generator], FloatImage]

BRIGHTNESS = 0.10
"""Share of the full scale that is added or taken away."""
CONTRAST = 0.20
JPEG_QUALITY = 50
DEGREES = 5.0
CROPPED_EACH_SIDE = 0.05
NOISE_SD = 0.02
"""Of the full scale."""
GROWN_BY = 0.03
"""How far the lungs are grown before all else is hidden, share of the film's longer side: edges belong to them."""

FLIPPED = "flipped left to right"


def brightened(share: float) -> Disturbance:
    """Return a disturbance that adds a share of the full scale to every pixel."""
    return lambda pixels, _random: _in_range(pixels + share)


def stretched(share: float) -> Disturbance:
    """Return a disturbance that raises the contrast around the film's mean by a share, or lowers it."""
    return lambda pixels, _random: _in_range((pixels - pixels.mean()) * (1 + share) + pixels.mean())


def bent(gamma: float) -> Disturbance:
    """Return a disturbance that raises every grey value (0-1) to a power."""
    return lambda pixels, _random: _in_range(pixels**gamma)


def rotated(degrees: float) -> Disturbance:
    """Return a disturbance that turns the film about its centre; what comes in at the corners repeats the edge."""

    def turn(pixels: FloatImage, _random: np.random.Generator) -> FloatImage:
        rows, columns = pixels.shape
        margin = math.ceil(max(rows, columns) * math.sin(math.radians(abs(degrees))))
        wide = Image.fromarray(np.pad(pixels, margin, mode="edge"))
        turned = np.asarray(wide.rotate(degrees, Image.Resampling.BILINEAR), dtype=np.float32)
        return _in_range(turned[margin : margin + rows, margin : margin + columns])

    return turn


def compressed(pixels: FloatImage, _random: np.random.Generator) -> FloatImage:
    """Return the film after 8-bit JPEG of low quality."""
    stored = BytesIO()
    Image.fromarray(np.rint(_in_range(pixels) * 255).astype(np.uint8)).save(stored, "JPEG", quality=JPEG_QUALITY)
    return np.asarray(Image.open(stored), dtype=np.float32) / np.float32(255)


def cropped(pixels: FloatImage, _random: np.random.Generator) -> FloatImage:
    """Return the film without a margin on each side."""
    down, across = (round(side * CROPPED_EACH_SIDE) for side in pixels.shape)
    return np.ascontiguousarray(pixels[down : pixels.shape[0] - down, across : pixels.shape[1] - across])


def halved(pixels: FloatImage, _random: np.random.Generator) -> FloatImage:
    """Return the film at half its size, averaged."""
    return np.asarray(Image.fromarray(pixels).reduce(2), dtype=np.float32)


def noisy(pixels: FloatImage, random: np.random.Generator) -> FloatImage:
    """Return the film with normal noise on every pixel."""
    return _in_range(pixels + NOISE_SD * random.standard_normal(pixels.shape, dtype=np.float32))


def lettered(pixels: FloatImage, _random: np.random.Generator) -> FloatImage:
    """Return the film with white text in two corners and the mark of the left side, as they are burnt in."""
    rows, columns = pixels.shape
    sheet = Image.new("L", (columns, rows), 0)
    draw = ImageDraw.Draw(sheet)
    small, large = (ImageFont.load_default(max(9.0, share * max(rows, columns))) for share in (0.022, 0.05))
    draw.text((0.02 * columns, 0.02 * rows), "PORTABLE  AP SUPINE\n08:15  85 kV", fill=255, font=small)
    draw.text((0.98 * columns, 0.98 * rows), "ICU 3", fill=255, font=small, anchor="rs")
    draw.text((0.90 * columns, 0.06 * rows), "L", fill=255, font=large)
    return _in_range(np.maximum(pixels, np.asarray(sheet, dtype=np.float32) / 255))


def wired(pixels: FloatImage, _random: np.random.Generator) -> FloatImage:
    """Return the film with a tube down the middle, a line from the right shoulder and a lead across both lungs."""
    rows, columns = pixels.shape
    sheet = Image.new("F", (columns, rows), 0.0)
    draw = ImageDraw.Draw(sheet)
    for path, width, value in (
        (((0.52, 0.0), (0.51, 0.2), (0.50, 0.36)), 0.016, 0.25),
        (((0.12, 0.0), (0.22, 0.12), (0.40, 0.22), (0.45, 0.38), (0.45, 0.55)), 0.006, 0.5),
        (((0.0, 0.62), (0.25, 0.5), (0.5, 0.58), (0.75, 0.46), (1.0, 0.55)), 0.005, 0.5),
    ):
        points = [(across * columns, down * rows) for across, down in path]
        draw.line(points, fill=value, width=max(1, round(width * columns)), joint="curve")
    metal = ndimage.gaussian_filter(np.asarray(sheet, dtype=np.float32), 0.001 * max(rows, columns))
    return _in_range(pixels + (1 - pixels) * metal)


def flipped(pixels: FloatImage, _random: np.random.Generator) -> FloatImage:
    """Return the film's mirror image."""
    return np.ascontiguousarray(pixels[:, ::-1])


DISTURBANCES: Mapping[str, Disturbance] = {
    "brightness +10 %": brightened(BRIGHTNESS),
    "brightness -10 %": brightened(-BRIGHTNESS),
    "contrast +20 %": stretched(CONTRAST),
    "contrast -20 %": stretched(-CONTRAST),
    "gamma 0.7": bent(0.7),
    "gamma 1.4": bent(1.4),
    "JPEG quality 50": compressed,
    "rotated by +5°": rotated(DEGREES),
    "rotated by -5°": rotated(-DEGREES),
    "10 % cropped": cropped,
    "half the size": halved,
    "light noise": noisy,
    "burnt-in text and side mark": lettered,
    "tube, line and lead": wired,
    FLIPPED: flipped,
}
"""By name; each takes pixels (float32, (rows, columns), 0-1) and a generator and returns a film's pixels likewise."""


def outside_hidden(pixels: FloatImage, masks: FilmMasks) -> FloatImage:
    """Return the film with everything outside the grown lungs at the film's median.

    Parameters
    ----------
    pixels : float32 array, (rows, columns)
        0-1.
    masks : FilmMasks
        Of the same film, on their own grid.
    """
    lungs = np.maximum(masks.right_lung, masks.left_lung) > 0.5
    grown = ndimage.distance_transform_edt(~lungs) <= GROWN_BY * max(lungs.shape)
    size = (pixels.shape[1], pixels.shape[0])
    kept = np.asarray(Image.fromarray(grown).resize(size, Image.Resampling.NEAREST))
    return np.where(kept, pixels, np.float32(np.median(pixels))).astype(np.float32)


def _in_range(pixels: FloatImage) -> FloatImage:
    return np.clip(pixels, 0.0, 1.0).astype(np.float32)
