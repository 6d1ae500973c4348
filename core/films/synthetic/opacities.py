"""Opacities: a pattern of the patient's own, of which a film shows as much as its extent says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from core.films.synthetic.types import LungSeverity
from core.types import FloatImage

_GRID = (120, 80)  # apex to base, hilum to flank

_DENSITIES = (0.0, 1.0, 2.0, 3.0)
_AIR_REPLACED = (0.0, 0.30, 0.64, 0.97)  # share of the air: clear, ground glass, consolidation, white-out


@dataclass(frozen=True, eq=False)
class OpacityPattern:
    """Where one lung becomes opaque first: fields over lung coordinates (v, u), of unit scatter.

    Attributes
    ----------
    order : float32 array
        High values turn opaque first. Fixed for a patient, so that a rise adds to what is there.
    mottle : float32 array
        Unevenness within the opacity.
    """

    order: FloatImage
    mottle: FloatImage


def pattern_of(random: np.random.Generator) -> OpacityPattern:
    """Return the pattern of one lung: patchy, for the most part basal and peripheral."""
    v, u = np.meshgrid(np.linspace(0, 1, _GRID[0]), np.linspace(0, 1, _GRID[1]), indexing="ij")
    basal, peripheral = random.uniform(0.9, 2.2), random.uniform(0.2, 1.3)
    field = 1.0 * _noise(random, 17) + 0.6 * _noise(random, 8) + 0.3 * _noise(random, 4) + 0.16 * _noise(random, 1.8)
    order = field + basal * (v - 0.6) * 1.6 + peripheral * (u - 0.5)
    mottle = 0.7 * _noise(random, 5) + 0.6 * _noise(random, 2) + 0.4 * _noise(random, 1)
    return OpacityPattern(_unit(order), _unit(mottle))


def _noise(random: np.random.Generator, scale: float) -> NDArray[np.float64]:
    return np.asarray(_unit(ndimage.gaussian_filter(random.standard_normal(_GRID), scale, mode="reflect")), dtype=float)


def _unit(field: NDArray[np.float64]) -> FloatImage:
    return np.asarray((field - field.mean()) / field.std(), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Opacity:
    """One lung's opacity on a film, each (rows, columns).

    Attributes
    ----------
    replaced : 0-1
        Share of the lung's air that is gone.
    mask : bool
        Opaque part of the lung field.
    """

    replaced: FloatImage
    mask: NDArray[np.bool_]


def opacity_of(
    pattern: OpacityPattern, severity: LungSeverity, *, u: FloatImage, v: FloatImage, lung: NDArray[np.bool_]
) -> Opacity:
    """Return the opacity of one lung; `lung` is the field whose stated share turns opaque."""
    if severity.fraction == 0 or not lung.any():
        return Opacity(np.zeros(u.shape, dtype=np.float32), np.zeros(u.shape, dtype=bool))
    at = np.stack([v * (_GRID[0] - 1), u * (_GRID[1] - 1)])
    order = ndimage.map_coordinates(pattern.order, at, order=1)
    threshold = np.quantile(order[lung], 1 - severity.fraction)
    # a soft border, softer for ground glass
    softness = np.float32(1.1 - 0.12 * severity.density)
    share = np.clip((order - threshold) / softness + 0.5, 0, 1)
    share = share * share * (3 - 2 * share)
    mottle = ndimage.map_coordinates(pattern.mottle, at, order=1)
    level = float(np.interp(severity.density, _DENSITIES, _AIR_REPLACED))
    uneven = 0.30 * (1 - level) + 0.04
    # widely diseased lung is hazy also where it is not yet opaque
    haze = 0.18 * severity.density**2 * max(severity.fraction - 0.4, 0.0)
    replaced = np.clip(level * np.maximum(share, haze) * (1 + uneven * mottle), 0, 1)
    return Opacity(replaced.astype(np.float32), lung & (order > threshold))
