"""Which reading of stored values is the picture, where a header that is wrong would wrap them round.

A chest film is smooth: neighbours differ little. Read with the wrong sign, or with bits cut off that belong to the
values, it jumps from one end of the scale to the other, so that the wrong reading is the rougher one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SURELY_SMOOTHER = 0.75
"""From this share of the stated reading's roughness on another one is believed: a convention. On 120 real films, plain,
inverted, stretched and with another gamma (480 readings), the wrong sign was never the smoother one."""
_EVERY = 4
"""Rows looked at: one in four says enough."""
_FEW = 0.01
_PICTURE = 4096
"""Pixels: a smaller one has too few neighbours to tell by."""


def is_signed(unsigned: NDArray[np.unsignedinteger[Any]], bits: int, *, stated: bool) -> bool:
    """Return whether stored values have a sign; what the header states, unless the other reading is far smoother.

    Parameters
    ----------
    unsigned : unsigned integer array, (rows, columns)
        The lowest `bits` of each stored value.
    """
    sign = np.int32(1 << (bits - 1))
    rows = unsigned[::_EVERY].astype(np.int32)
    upper = rows >= sign
    if unsigned.size < _PICTURE or not _FEW < float(upper.mean()) < 1 - _FEW:
        # Nearly the same picture either way; a few values far off are padding or marks.
        return stated
    plain, two_sided = roughness(rows), roughness((rows ^ sign) - sign)
    own, other = (two_sided, plain) if stated else (plain, two_sided)
    return stated if other > SURELY_SMOOTHER * own else not stated


def belongs_to_values(unsigned: NDArray[np.unsignedinteger[Any]], bits: int) -> bool:
    """Return whether what lies above the stated bits is of the picture, not an overlay drawn there."""
    rows = unsigned[::_EVERY].astype(np.int32)
    if unsigned.size < _PICTURE:
        return False
    # An overlay's bits only add jumps, and cutting bits off the picture's own values only adds others.
    return roughness(rows) < roughness(rows & ((1 << bits) - 1))


def roughness(values: NDArray[np.int32]) -> float:
    """Return the mean difference of neighbours along the rows."""
    return float(np.abs(np.diff(values, axis=1)).mean())
