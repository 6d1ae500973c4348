"""Stored grey values: one channel out of several that agree, their hash, and the range they really use."""

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
_UNUSED_RANGE = 4
"""A film that uses less than one in so many of its possible values was stored in more bits than it has."""

_LEAST_RANGE = 255
"""Values below which nothing is stretched: an empty exposure stays empty."""


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


def used_full_scale(largest: int, bits: int) -> tuple[int, tuple[str, ...]]:
    """Return the value that is to be white, with a note where it is not the full scale of the bits.

    A film of 10 or 12 bits stored as one of 16 would be black, one of 10 stored as 12 dark: where less than a quarter
    of the range is used, the smallest whole number of bits that holds the film is its range.

    Parameters
    ----------
    largest : int
        Largest value of the film, padding left out.
    bits : int
        Bits stored.
    """
    full_scale = (1 << bits) - 1
    if bits <= 8 or not 0 < largest * _UNUSED_RANGE < full_scale:
        return full_scale, ()
    used_bits = max(largest.bit_length(), 8)
    note = f"The film uses only {used_bits} of its {bits} bits; its brightness was scaled to these."
    return (1 << used_bits) - 1, (note,)


def used_range(least: int, largest: int, low: int, high: int) -> tuple[int, int, tuple[str, ...]]:
    """Return the values that are to be black and white, with a note where they are not the ends of the range.

    As `used_full_scale`; a film with negative values has the range from the least to the largest.

    Parameters
    ----------
    least, largest : int
        Of the film, padding left out.
    low, high : int
        What its format can hold.
    """
    if least >= 0:
        white, notes = used_full_scale(largest, high.bit_length())
        return 0, white, notes
    if largest - least < _LEAST_RANGE or (largest - least) * _UNUSED_RANGE >= high - low:
        return low, high, ()
    note = f"The film uses only the values {least} to {largest} of {low} to {high}; its brightness was scaled to these."
    return least, largest, (note,)
