"""Distorted copies of films: turned, cropped, re-windowed, framed and lettered, as films from other places come."""

from __future__ import annotations

import numpy as np
from PIL import Image

from core.films.recognition.view import THUMBNAIL_SIDE
from core.types import FloatImage


def distorted(thumbnail: FloatImage, random: np.random.Generator) -> FloatImage:
    """Return a (256, 256) film turned by up to 12°, cropped by up to 15 % a side, with other gamma, gain and noise."""
    edges = np.concatenate([thumbnail[0], thumbnail[-1], thumbnail[:, 0], thumbnail[:, -1]])
    picture = Image.fromarray(thumbnail).rotate(
        random.uniform(-12, 12), Image.Resampling.BILINEAR, fillcolor=float(np.median(edges))
    )
    left, top, right, bottom = (round(cut) for cut in random.uniform(0, 0.15 * THUMBNAIL_SIDE, 4))
    picture = picture.crop((left, top, THUMBNAIL_SIDE - right, THUMBNAIL_SIDE - bottom))
    picture = picture.resize((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BILINEAR)
    gamma = np.exp(random.uniform(np.log(0.6), -np.log(0.6)))
    grey = np.clip(np.asarray(picture), 0, 1) ** gamma * random.uniform(0.5, 1)
    grey = grey + random.uniform(0, 1 - grey.max())
    noisy = grey + random.normal(0, random.uniform(0, 0.02), grey.shape)
    result: FloatImage = np.clip(noisy, 0, 1).astype(np.float32)
    return result


def framed_and_lettered(thumbnail: FloatImage, random: np.random.Generator) -> FloatImage:
    """Return a (256, 256) film with, half the time, a frame of any grey (collimation, paper) and up to three marks.

    Frame and marks are drawn after a film was inverted or not: they tell nothing of its photometry.
    """
    film = _framed(thumbnail, random) if random.random() < 0.5 else thumbnail.copy()
    for _ in range(random.integers(0, 4)):
        height, width = int(random.integers(4, 14)), int(random.integers(6, 40))
        top, left = int(random.integers(0, THUMBNAIL_SIDE - height)), int(random.integers(0, THUMBNAIL_SIDE - width))
        if random.random() < 0.5:
            top = int(random.choice([2, THUMBNAIL_SIDE - height - 2]))
        else:
            left = int(random.choice([2, THUMBNAIL_SIDE - width - 2]))
        mark = film[top : top + height, left : left + width]
        mark[random.random(mark.shape) < 0.5] = random.choice([0.0, 1.0])
    return film


def _framed(thumbnail: FloatImage, random: np.random.Generator) -> FloatImage:
    widths = random.integers(0, 26, 4)
    if random.random() < 0.5:  # a bedside film laid askew: one broad unexposed edge
        widths[random.integers(0, 4)] = random.integers(26, 90)
    top, bottom, left, right = (int(width) for width in widths)
    size = (THUMBNAIL_SIDE - left - right, THUMBNAIL_SIDE - top - bottom)
    frame = np.full_like(thumbnail, random.choice([0.0, 0.1, 0.9, 1.0]))
    inside = np.asarray(Image.fromarray(thumbnail).resize(size, Image.Resampling.BOX))
    frame[top : THUMBNAIL_SIDE - bottom, left : THUMBNAIL_SIDE - right] = inside
    return frame
