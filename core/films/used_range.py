"""The range of grey values that a film without window really uses, where that is little of what its format can hold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.films.stored import StoredFilm, counts, roughness
from core.types import Photometry

Ends = tuple[int, int, tuple[str, ...]]

_UNUSED_RANGE = 4
"""A film that uses less than one in so many of its possible values was stored in more bits than it has."""

_LEAST_RANGE = 128
"""Values below which nothing is stretched: an empty exposure stays empty, one of 8 bits seldom uses fewer."""

_NEAR_BLACK, _ENOUGH_CONTRAST = 1 / 8, 1 / 2
"""Of white: a film that begins within the first, or spans the second, begins at 0."""

_DARK_GAP = _NEAR_BLACK / _ENOUGH_CONTRAST
"""Share of the range of all other values: a border's black lies at least this far from a film that does not begin near
0."""

_ROUND = 8
"""An offset of so many parts of what the film's bits hold, or a multiple, is a writer's, not the darkest value."""

_FEW = 0.001
"""Share of pixels at either end that may be hot or dead."""

_NOISE = 0.5
"""Mean difference of neighbours, in standard deviations, from which there is no picture: pure noise has 1.1."""

_SAMPLED_ROWS, _SAMPLED_PIXELS = 8, 1_000_000

_BITS = "The film uses only {} of its {} bits; its brightness was scaled to these."
_VALUES = "The film uses only the values {} to {} of {} to {}; its brightness was scaled to these."
_BUT_FOR = "But for single values far off, "


def used_range(film: StoredFilm, padding: NDArray[np.bool_] | None = None) -> Ends:
    """Return the stored values that are to be black and white, with a note where the film's format says otherwise.

    A film of 10 or 12 bits stored as one of 16 would be black, one of 10 stored as 12 dark: where less than a quarter
    of the range is used, the smallest whole number of bits that holds the film is its range; of a film with negative
    values or with an offset it is from the least to the largest. A few hot or dead pixels, and a border of one value
    far from all others, do not count; beside these an offset's range is of whole bits, where it can be.

    Parameters
    ----------
    padding : bool array, (possible values,), optional
        Values to be left out.
    """
    ends = _ends(film, padding)
    plain: Ends = (film.lowest, film.highest, ()) if ends is None else _scaled(film, *ends)
    of_few_pixels = film.values.size * _FEW < 1
    if film.bits <= 8 or ends is None or (plain[2] and of_few_pixels):
        return plain
    found = [_scaled(film, *usual) for usual in _usual_ends(film, padding, ends, settled=bool(plain[2]))]
    nearer = [read for read in found if read[2] and read[:2] != plain[:2] and _is_nearer(plain, *read[:2])]
    if not nearer:
        return plain
    # An offset that either tells counts more than a number of bits.
    low, high, notes = next((read for read in nearer if read[0] != 0), nearer[0])
    return low, high, tuple(_BUT_FOR + note[0].lower() + note[1:] for note in notes)


def _is_nearer(plain: Ends, low: int, high: int) -> bool:
    """Return whether these ends tell more of a film than its own, which have settled its bits or its values."""
    # A smaller number of bits counts only where it is less than a quarter of the range found already.
    return not plain[2] or low != 0 or plain[0] != 0 or high * _UNUSED_RANGE < plain[1]


def _ends(film: StoredFilm, padding: NDArray[np.bool_] | None) -> tuple[int, int] | None:
    """Return the smallest and the largest value that is not padding, None where all is."""
    if padding is None or not padding.any():
        return int(film.values.min()), int(film.values.max())
    used = film.possible[counts(film, padding) > 0]
    return (int(used[0]), int(used[-1])) if used.size else None


def _usual_ends(
    film: StoredFilm, padding: NDArray[np.bool_] | None, ends: tuple[int, int], *, settled: bool
) -> Iterator[tuple[int, int]]:
    """Yield the ends without hot pixels and without a value at either end that lies far from all others.

    First those up to the gap beyond which such values lie; then, where the whole range has not `settled` it, those
    between which all but a few pixels lie.
    """
    every = _SAMPLED_ROWS if film.values.size > _SAMPLED_PIXELS else 1
    found = counts(film, np.zeros(film.possible.size, dtype=bool) if padding is None else padding, every=every)
    if not found.any():
        return
    present = np.union1d(np.flatnonzero(found), np.subtract(ends, film.lowest))
    far = (_DARK_GAP, 1.0) if film.photometry is Photometry.MONOCHROME2 else (1.0, _DARK_GAP)
    first, last = _but_few(found)
    inner = first + 1 + np.flatnonzero(found[first + 1 : last])
    if inner.size:
        for end, distance, share in ((first, inner[0] - first, far[0]), (last, last - inner[-1], far[1])):
            found[end] = 0 if distance > share * np.ptp(inner) else found[end]
        first, last = _but_few(found)
    low, high = (place + film.lowest for place in _up_to_a_gap(present, first, last, far))
    if (low, high) != ends:
        yield _whole(low, high)
    if not settled:
        yield first + film.lowest, last + film.lowest


def _up_to_a_gap(present: NDArray[np.intp], first: int, last: int, far: tuple[float, float]) -> tuple[int, int]:
    """Return the outermost places from which no gap, so large a share of the range between these, parts them."""
    below, above = present[present <= first], present[present >= last]
    low_gaps = np.flatnonzero(np.diff(below) > far[0] * (last - first))
    high_gaps = np.flatnonzero(np.diff(above) > far[1] * (last - first))
    low = below[low_gaps[-1] + 1] if low_gaps.size else below[0]
    return int(low), int(above[high_gaps[0]] if high_gaps.size else above[-1])


def _whole(least: int, largest: int) -> tuple[int, int]:
    """Return the ends of the whole bits that hold these values above a round offset, if any do; these else.

    This keeps the film's darkest value lighter than the black of a border.
    """
    full_scale = 1 << (largest - least).bit_length()
    offset = least - least % max(full_scale // _ROUND, 1)
    return (offset, offset + full_scale - 1) if largest < offset + full_scale else (least, largest)


def _but_few(found: NDArray[np.int64]) -> tuple[int, int]:
    """Return the places between which all but a few pixels lie."""
    up_to = np.cumsum(found)
    few = int(_FEW * up_to[-1])
    return int(np.searchsorted(up_to, few, "right")), int(np.searchsorted(up_to, up_to[-1] - few))


def _scaled(film: StoredFilm, least: int, largest: int) -> Ends:
    """Return what is to be black and white of a film between these values."""
    low, high, span = film.lowest, film.highest, largest - least
    plain: Ends = (low, high, ())
    if least >= 0:
        white, notes = _whole_bits(largest, high.bit_length())
        plain = (0, white, notes)
        if least <= _NEAR_BLACK * white or span >= _ENOUGH_CONTRAST * white:
            return plain
    if span < _LEAST_RANGE or span * _UNUSED_RANGE >= high - low or _is_noise(film, least, largest):
        return plain
    return least, largest, (_VALUES.format(least, largest, low, high),)


def _whole_bits(largest: int, bits: int) -> tuple[int, tuple[str, ...]]:
    """Return the largest value of the fewest bits that hold the film, 8 at least, where those are few of its bits."""
    full_scale = (1 << bits) - 1
    if bits <= 8 or not 0 < largest * _UNUSED_RANGE < full_scale:
        return full_scale, ()
    used_bits = max(largest.bit_length(), 8)
    return (1 << used_bits) - 1, (_BITS.format(used_bits, bits),)


def _is_noise(film: StoredFilm, least: int, largest: int) -> bool:
    """Return whether neighbours differ as much as any two pixels do: an exposure of nothing."""
    rows = np.clip(film.values[::_SAMPLED_ROWS].astype(np.int32), least, largest)
    return bool(rows.shape[1] > 1 and roughness(rows) > _NOISE * float(rows.std()))
