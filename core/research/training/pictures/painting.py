"""Opacities painted on films without finding: lungs whose severity is known exactly, as many as one likes.

A pattern of the synthetic films (`core.films.synthetic.opacities`) is laid over each lung of a real film and replaces
a part of the way from the lung's grey to the mediastinum's. What the networks learn from such films is only a start:
experts' scores teach them afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from core.films.synthetic.opacities import pattern_of
from core.research.training.pictures.exposure import exposed_anew
from core.research.training.pictures.frames import Frames
from core.research.training.pictures.views import BORDER
from core.scoring.models.embedded.inference import segment_lungs, unrolled_lungs
from core.scoring.models.embedded.network import LungSegmenter
from core.scoring.models.embedded.unrolling import (
    LungOutline,
    mediastinum_grey,
    outline_lungs,
    roll_back,
    unroll,
)
from core.types import FloatImage

log = logging.getLogger(__name__)

_AIR_REPLACED = (0.0, 0.30, 0.64, 0.97)  # at opacity 0 clear, 1 ground glass, 2 consolidation, 3 white-out
_ILL_SHARE, _CLEAR_LUNG_SHARE, _SMALLEST_EXTENT = 0.75, 0.15, 0.02
_NO_EDGE = 30.0

Outlines = tuple[LungOutline, LungOutline]


@dataclass(frozen=True)
class PaintedLungs:
    """Unrolled lungs with painted opacities.

    Attributes
    ----------
    views : float16 array, (films, 2, 5, 96 + 2 border, 64 + 2 border)
        As those of `core.research.training.pictures.views.LungViews`.
    opacity : float32 array, (films, 2)
        Degree of the painted opacity of right and left lung, 0-3.
    """

    views: NDArray[np.float16]
    opacity: NDArray[np.float32]


def paint_lungs(
    frames: Frames, film_ids: Sequence[str], segmenter: LungSegmenter, *, copies: int, seed: int, cache: Path
) -> PaintedLungs:
    """Paint films without finding; a second call reads `cache` (an .npz file).

    Parameters
    ----------
    copies : int
        Paintings of each film; the first on the film as it is, the others on other exposures of it.
    """
    if cache.is_file():
        with np.load(cache) as kept:
            return PaintedLungs(kept["views"], kept["opacity"])
    generator = np.random.default_rng(seed)
    views, opacity = [], []
    for film_id in film_ids:
        frame = frames.frame(film_id)
        for copy in range(copies):
            exposed = exposed_anew(frame, generator) if copy else frame
            lungs = segment_lungs(segmenter, exposed)
            outlines = outline_lungs(lungs)
            if outlines is None:
                log.warning("No lungs found on %s", film_id)
                continue
            view, degrees = _painted(exposed, lungs, outlines, generator)
            views.append(view)
            opacity.append(degrees)
    painted = PaintedLungs(np.stack(views), np.array(opacity, dtype=np.float32))
    np.savez(cache, views=painted.views, opacity=painted.opacity)
    return painted


def _painted(
    frame: FloatImage, lungs: FloatImage, outlines: Outlines, generator: np.random.Generator
) -> tuple[NDArray[np.float16], tuple[float, float]]:
    ill = generator.random() < _ILL_SHARE
    extent, degree = (generator.beta(0.8, 1.0), generator.uniform(0.5, 3)) if ill else (0.0, 0.0)
    patterns, replaced, degrees = [], [], []
    for _lung in range(2):
        of_lung, of_degree = _varied(extent, degree, generator) if ill else (0.0, 0.0)
        pattern, share = _pattern(of_lung, of_degree, generator)
        patterns.append(pattern)
        replaced.append(share)
        degrees.append(of_degree)
    opacity, air_replaced = (_in_frame(np.stack(maps), lungs, outlines) for maps in (patterns, replaced))
    white = mediastinum_grey(frame, outlines) * generator.uniform(0.85, 1.05)
    smooth = ndimage.gaussian_filter(air_replaced, 1.0)
    film = np.clip(frame + smooth * np.maximum(white - frame, 0), 0, 1).astype(np.float32)
    seen = unrolled_lungs(film, lungs, outlines, border=BORDER)
    plane = np.stack([unroll(opacity[None], outline, border=BORDER) for outline in outlines])
    return np.concatenate((seen, plane), axis=1).astype(np.float16), (degrees[0], degrees[1])


def _varied(extent: float, degree: float, generator: np.random.Generator) -> tuple[float, float]:
    """Return one lung's own extent (0-1) and degree (0-3), near the film's."""
    of_lung = float(np.clip(extent + generator.normal(0, 0.2), 0, 1))
    of_degree = float(np.clip(degree + generator.normal(0, 0.4), 0.4, 3))
    is_clear = generator.random() < _CLEAR_LUNG_SHARE or of_lung <= _SMALLEST_EXTENT
    return (0.0, 0.0) if is_clear else (of_lung, of_degree)


def _pattern(extent: float, degree: float, generator: np.random.Generator) -> tuple[FloatImage, FloatImage]:
    """Return where a lung is opaque (0-1) and how much of its air is replaced (0-1), over lung coordinates."""
    pattern = pattern_of(generator)
    if not extent:
        blank = np.zeros_like(pattern.order)
        return blank, blank
    edge = (pattern.order - np.quantile(pattern.order, 1 - extent)) / generator.uniform(0.05, 0.3)
    opaque = 1 / (1 + np.exp(-np.clip(edge, -_NO_EDGE, _NO_EDGE)))
    dense = float(np.interp(degree, (0, 1, 2, 3), _AIR_REPLACED))
    uneven = dense * (1 + 0.25 * pattern.mottle * generator.uniform(0.2, 1))
    return opaque.astype(np.float32), np.clip(opaque * uneven, 0, 1).astype(np.float32)


def _in_frame(maps: FloatImage, lungs: FloatImage, outlines: Outlines) -> FloatImage:
    """Return maps over lung coordinates in the frame, at the frame's size."""
    rolled = roll_back(maps, lungs, outlines).max(axis=0)
    enlarged: FloatImage = np.repeat(np.repeat(rolled, 2, axis=0), 2, axis=1).astype(np.float32)
    return enlarged
