"""Windows that bring out lungs, soft tissue or bone of one film, by the film's own greys.

Values of CR and DX films are no Hounsfield units, and each maker scales them another way: a window in fixed numbers
would fit one machine. These are shares of the greys that the film's own window shows between black and white.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.types import FloatImage

SHARES: Mapping[str, tuple[float, float]] = {"lung": (1.0, 85.0), "soft": (20.0, 95.0), "bone": (45.0, 99.8)}
"""Percentiles that each window shows black and white: the darker greys, the middle ones, the brighter ones."""
_STEP = 4
"""One pixel in this many, each way: percentiles need no more."""
_FEWEST = 100
_NARROWEST = 1e-3
"""A narrower window would show noise alone."""


def preset_windows(greys: FloatImage, own: tuple[float, float]) -> dict[str, tuple[float, float]]:
    """Return the window of each name in `SHARES`, in the unit of the greys.

    Parameters
    ----------
    greys : float array, (rows, columns)
        0 (dark) to 1 (bright).
    own : (float, float)
        What the film's own window shows black and white.

    Returns
    -------
    dict
        The film's own window where too few of its greys lie within it or all are alike.
    """
    low, high = own
    sampled = greys[::_STEP, ::_STEP] if greys.size > _FEWEST * _STEP**2 else greys
    # What is as dark or as bright as can be is border, air, marks and metal: how much there is of it says nothing.
    within = sampled[(sampled > max(low, 0.0)) & (sampled < min(high, 1.0))]
    if within.size < _FEWEST:
        return dict.fromkeys(SHARES, own)
    ends = {name: np.percentile(within, shares) for name, shares in SHARES.items()}
    return {
        name: (float(dark), float(bright)) if bright - dark >= _NARROWEST else own
        for name, (dark, bright) in ends.items()
    }
