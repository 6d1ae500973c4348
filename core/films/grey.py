"""Stored grey values: one channel out of several that agree, and their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import FilmUnreadableError

StoredImage = NDArray[np.integer[Any]]

_CHANNEL_TOLERANCE = 0.05
"""Of full scale. JPEG stores colour coarsely: equal channels come back up to a dozen levels of 255 apart."""

_COLOURED_SHARE = 0.002
"""Share of pixels that may be coloured: a coloured side mark, but no coloured picture."""

_HASHED_PIXELS = 262_144


def single_channel(channels: StoredImage, full_scale: int) -> tuple[StoredImage, tuple[str, ...]]:
    """Return the first channel of a colour picture whose channels agree, with a note where marks are coloured.

    Parameters
    ----------
    channels : (rows, columns, 3)
    full_scale : int
        Largest value a channel can hold.

    Raises
    ------
    FilmUnreadableError
        The channels differ: a photograph or a coloured picture.
    """
    rows = max(1, _HASHED_PIXELS // max(1, channels.shape[1]))
    strips = (channels[top : top + rows] for top in range(0, channels.shape[0], rows))
    return joined_channel(strips, channels.shape[:2], full_scale)


def joined_channel(
    strips: Iterable[StoredImage], shape: tuple[int, ...], full_scale: int
) -> tuple[StoredImage, tuple[str, ...]]:
    """Return the same as `single_channel`, of a picture that comes in strips of rows.

    Parameters
    ----------
    strips : iterable of (some rows, columns, 3)
    shape : (rows, columns)
    full_scale : int

    Raises
    ------
    FilmUnreadableError
        As `single_channel`.
    """
    grey: StoredImage | None = None
    at = n_coloured = 0
    for strip in strips:
        red, green, blue = (strip[..., index] for index in range(3))
        spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
        n_coloured += int(np.count_nonzero(spread > _CHANNEL_TOLERANCE * full_scale))
        grey = np.empty(shape, dtype=strip.dtype) if grey is None else grey
        grey[at : at + len(strip)] = red
        at += len(strip)
    if grey is None:
        raise FilmUnreadableError("The picture has no rows. It is damaged: send it again.")
    coloured = n_coloured / grey.size
    if coloured > _COLOURED_SHARE:
        raise FilmUnreadableError(
            f"The picture is in colour ({coloured:.0%} of it). Lungline reads grey X-ray films: "
            "send the film itself, not a photograph or a coloured picture of it."
        )
    note = ("Coloured marks on the picture were read as grey.",) if coloured > 0 else ()
    return grey, note


def pixel_hash(stored: StoredImage) -> str:
    """Return the SHA-256 (hex) of the shape and of the stored values as 32-bit little endian integers.

    The width is the same for every format, so a PNG and a DICOM file with the same values agree.
    """
    digest = hashlib.sha256(np.asarray(stored.shape, dtype="<i8").tobytes())
    rows = max(1, _HASHED_PIXELS // max(1, stored.shape[1]))
    for start in range(0, stored.shape[0], rows):
        digest.update(stored[start : start + rows].astype("<i4", order="C").data)
    return digest.hexdigest()
