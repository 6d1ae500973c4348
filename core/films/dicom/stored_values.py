"""Which reading of stored values is the picture, where a header that is wrong would wrap them round.

A chest film is smooth: neighbours differ little. Read with the wrong sign, or with bits cut off that belong to the
values, it jumps from one end of the scale to the other, so that the wrong reading is the rougher one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.films.stored import edge_values, roughness
from core.types import Photometry

SURELY_SMOOTHER = 0.75
"""Another reading is believed if it is less rough than this share of the stated one: a convention. On 120 real films,
plain, inverted, stretched and with another gamma (480 readings), the wrong sign was never the smoother one."""
_EVERY = 4
"""Rows looked at: one in four says enough."""
_FEW = 0.01
_PICTURE = 4096
"""Pixels: a smaller one has too few neighbours to tell by."""


def is_signed(unsigned: NDArray[np.unsignedinteger[Any]], bits: int, *, stated: bool, photometry: Photometry) -> bool:
    """Return whether stored values have a sign; what the header states, unless the other reading is far smoother.

    A border that is black as stated says nothing: it may lie far from all other values, at the end of the format.

    Parameters
    ----------
    unsigned : unsigned integer array, (rows, columns)
        The lowest `bits` of each stored value.
    """
    sign = np.int32(1 << (bits - 1))
    rows = unsigned[::_EVERY].astype(np.int32)
    two_sided = (rows ^ sign) - sign
    own, other = (two_sided, rows) if stated else (rows, two_sided)
    picture = _but_black_border(own, photometry)
    upper = rows[picture] >= sign
    if unsigned.size < _PICTURE or not upper.size or not _FEW < float(upper.mean()) < 1 - _FEW:
        # Nearly the same picture either way; a few values far off are padding or marks.
        return stated
    smoother = roughness(other, picture) <= SURELY_SMOOTHER * roughness(own, picture)
    return stated is not smoother


def _but_black_border(values: NDArray[np.int32], photometry: Photometry) -> NDArray[np.bool_]:
    """Return all pixels, without those of the commonest value along the edges where that is the darkest there is."""
    found, times = np.unique(edge_values(values), return_counts=True)
    border = found[times.argmax()]
    darkest = values.max() if photometry is Photometry.MONOCHROME1 else values.min()
    return np.asarray(values != border) if border == darkest else np.ones(values.shape, dtype=bool)


def belongs_to_values(unsigned: NDArray[np.unsignedinteger[Any]], bits: int) -> bool:
    """Return whether what lies above the stated bits is of the picture, not an overlay drawn there."""
    rows = unsigned[::_EVERY].astype(np.int32)
    if unsigned.size < _PICTURE:
        return False
    # An overlay's bits only add jumps, and cutting bits off the picture's own values only adds others.
    return roughness(rows) < roughness(rows & ((1 << bits) - 1))
