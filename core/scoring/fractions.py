"""Share of the lungs that is opaque, from masks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.types import FilmMasks

_THRESHOLD = 0.5

Fractions = tuple[float, float, float]
"""Opacity in percent of both lung fields, of the right and of the left one."""


def opacity_fractions(masks: FilmMasks) -> Fractions:
    """Return the opacity in percent of both lung fields, of the right and of the left one (each 0-100).

    Every mask counts from a probability of one half; opacity outside a lung field counts for none. A lung that is not
    found has no opacity of its own.
    """
    right, left, opaque = (plane > _THRESHOLD for plane in (masks.right_lung, masks.left_lung, masks.opacity))
    return percent_opaque(opaque, right | left), percent_opaque(opaque, right), percent_opaque(opaque, left)


def percent_opaque(opaque: NDArray[np.bool_], lung: NDArray[np.bool_]) -> float:
    """Return the opaque share of a lung field, 0-100 %; 0 for an empty field; masks (rows, columns)."""
    area = int(lung.sum())
    return 100 * int((opaque & lung).sum()) / area if area else 0.0
