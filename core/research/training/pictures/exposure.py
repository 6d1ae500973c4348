"""Frames as another machine, another exposure or another day's lines and tubes would have made them.

What a film shows of the lungs must not be read from its greys, its marks or its devices, so every training film is
seen under several such changes, made before its lungs are looked for.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image, ImageDraw
from scipy import ndimage
from torch.nn import functional

from core.types import FloatImage

_GAMMA, _SHARE = 0.55, 0.3
_DEVICES_SHARE, _MOVED_SHARE = 0.35, 0.6
_MARKS = "LRAPSUPINE0123456789:"


def exposed_anew(frame: FloatImage, generator: np.random.Generator) -> FloatImage:
    """Return a frame (384, 384) under another gamma, tone curve, sharpness, noise, compression, with devices drawn in.

    The blank surround stays blank, and the contrast is stretched again as `frame_film` does.
    """
    content = frame > 0
    film = np.clip(frame, 0.0, 1.0)
    if generator.random() < _DEVICES_SHARE:
        film = _with_devices(film, generator)
    film = film ** np.exp(generator.uniform(-_GAMMA, _GAMMA))
    for change in _CHANGES:
        if generator.random() < _SHARE:
            film = change(film, generator)
    film = np.clip(film, 0.0, 1.0)
    low, high = np.percentile(film[content], (1, 99)) if content.any() else (0.0, 1.0)
    stretched = np.clip((film - low) / max(float(high - low), 1e-3), 0.0, 1.0)
    return np.where(content, stretched, 0.0).astype(np.float32)


def moved(planes: FloatImage, generator: np.random.Generator) -> FloatImage:
    """Rotate, scale and shift planes (planes, side, side) together, or in four of ten cases leave them."""
    if generator.random() >= _MOVED_SHARE:
        return planes
    angle, scale = np.deg2rad(generator.uniform(-6, 6)), np.exp(generator.uniform(-0.1, 0.1))
    across, down = generator.uniform(-0.06, 0.06, 2)
    cosine, sine = np.cos(angle) * scale, np.sin(angle) * scale
    matrix = torch.tensor([[[cosine, -sine, across], [sine, cosine, down]]], dtype=torch.float32)
    batch = torch.from_numpy(planes)[None]
    grid = functional.affine_grid(matrix, list(batch.shape), align_corners=False)
    result: FloatImage = functional.grid_sample(batch, grid, align_corners=False)[0].numpy()
    return result


def _tone_curve(film: FloatImage, generator: np.random.Generator) -> FloatImage:
    steepness, centre = generator.uniform(2, 6), generator.uniform(0.35, 0.65)
    low, high = (1 / (1 + np.exp(-steepness * (end - centre))) for end in (0.0, 1.0))
    curve: FloatImage = (1 / (1 + np.exp(-steepness * (film - centre))) - low) / (high - low)
    return curve


def _blurred(film: FloatImage, generator: np.random.Generator) -> FloatImage:
    blurred: FloatImage = ndimage.gaussian_filter(film, generator.uniform(0.3, 1.2))
    return blurred


def _noisy(film: FloatImage, generator: np.random.Generator) -> FloatImage:
    noise = generator.normal(0, 1, film.shape) * generator.uniform(0.01, 0.04)
    noisy: FloatImage = (film + noise).astype(np.float32)
    return noisy


def _compressed(film: FloatImage, generator: np.random.Generator) -> FloatImage:
    buffer = io.BytesIO()
    _picture(film).save(buffer, "JPEG", quality=int(generator.integers(30, 85)))
    return np.asarray(Image.open(buffer), dtype=np.float32) / np.float32(255)


def _uneven(film: FloatImage, generator: np.random.Generator) -> FloatImage:
    """Brighten one side against the other, as the heel effect or a tilted detector does."""
    down, across = np.mgrid[0 : film.shape[0], 0 : film.shape[1]] / (film.shape[0] - 1) - 0.5
    slope = down * generator.normal(0, 0.12) + across * generator.normal(0, 0.12)
    uneven: FloatImage = film + slope.astype(np.float32)
    return uneven


_CHANGES: tuple[Callable[[FloatImage, np.random.Generator], FloatImage], ...] = (
    _tone_curve,
    _blurred,
    _noisy,
    _compressed,
    _uneven,
)


def _with_devices(film: FloatImage, generator: np.random.Generator) -> FloatImage:
    """Draw tubes and lines, electrodes and burnt-in letters."""
    picture = _picture(film)
    pen = ImageDraw.Draw(picture)
    for _tube in range(generator.integers(0, 4)):
        steps = generator.normal(0, 45, (generator.integers(3, 6), 2))
        course = [tuple(point) for point in np.cumsum(steps, axis=0) + generator.uniform(60, 320, 2)]
        grey = int(np.clip(film.mean() * 255 + generator.uniform(30, 110), 0, 255))
        pen.line(course, fill=grey, width=int(generator.integers(1, 4)), joint="curve")
    for _electrode in range(generator.integers(0, 3)):
        (across, down), radius = generator.uniform(50, 330, 2), generator.uniform(3, 7)
        box = (across - radius, down - radius, across + radius, down + radius)
        pen.ellipse(box, fill=int(generator.uniform(170, 255)))
    if generator.random() < _SHARE:
        place = (generator.uniform(5, 340), generator.choice([generator.uniform(2, 40), generator.uniform(340, 370)]))
        pen.text(place, "".join(generator.choice(list(_MARKS), 8)), fill=255)
    drawn = np.asarray(picture, dtype=np.float32) / 255
    opaque = np.float32(generator.uniform(0.5, 1.0))
    blended: FloatImage = opaque * drawn + (1 - opaque) * film
    return blended


def _picture(film: FloatImage) -> Image.Image:
    return Image.fromarray((np.clip(film, 0, 1) * 255).astype(np.uint8))
