"""Which pixels of a film are padding, the background around the exposed field (PS3.3 C.7.5.1.1.2).

Some writers state a value that the film itself reaches, mostly full white. There only what looks like background is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from scipy.ndimage import label, median

from core.films.dicom.elements import element_number
from core.films.stored import StoredFilm, counts, looked_up
from core.types import FloatImage, Photometry

Mask = NDArray[np.bool_]

_DARK_SPREAD = 0.05
"""Share of the film's range. Values at the dark end that lie this close together are background without a look at the
pixels; so are values this close to the usual background."""

_NOISE = 6
"""Median deviations from its usual value within which background lies: four standard deviations."""

_SPECK = 0.0001
"""Of the film: single pixels at the border are no background, however they stand out."""

_STEP = 0.05
"""Of the film's range: how much further the grey steps along the edge of a field than along that of saturated tissue,
which borders on the next lower values."""

_INSIDE_SHARE = 0.02
"""From which share of the middle of the exposed field background does not lie around it."""

_LEFT_SHARE = 0.001

_WITHIN = (
    "The file calls a grey value background (Pixel Padding Value) that the film itself has; "
    "only what looks like background was made black."
)


@dataclass(frozen=True, eq=False)
class Padding:
    """What of a film is padding.

    Attributes
    ----------
    values : bool array, (possible values,)
        They are left out of the range that the film uses.
    pixels : bool array, (rows, columns), or None
        The pixels that are background; None: all that have such a value.
    """

    values: Mask
    pixels: Mask | None = None
    notes: tuple[str, ...] = ()

    def painted(self, film: StoredFilm, grey: NDArray[np.float64]) -> FloatImage:
        """Return the grey of each pixel, (rows, columns), from that of each possible value, with black background."""
        if self.pixels is None:
            grey[self.values] = 0.0
        shown = looked_up(film, grey.astype(np.float32))
        if self.pixels is not None:
            shown[self.pixels] = 0.0
        return shown


def film_padding(film: StoredFilm, modality: NDArray[np.float64], dataset: Dataset) -> Padding:
    """Return which of the pixels that the file calls padding really are background.

    Parameters
    ----------
    modality : float64 array, (possible values,)
        Each possible stored value after the modality transformation.
    """
    stated = _stated(film, dataset)
    if not stated.any():
        return Padding(stated)
    found = counts(film, np.zeros_like(stated))
    if _beyond_doubt(film, modality, stated, found):
        return Padding(stated)
    pixels = _background(film, stated, max(_span(film, (found > 0) & part) for part in (stated, ~stated)))
    left = (int(found[stated].sum()) - np.count_nonzero(pixels)) / film.values.size
    notes = (_WITHIN,) if left > _LEFT_SHARE else ()
    if not pixels.any():
        return Padding(np.zeros_like(stated), None, notes)
    # A value of the film's own stays within its range, though some background has it too.
    painted = np.bincount(film.values[pixels].astype(np.intp) - film.lowest, minlength=found.size)
    return Padding(stated & (2 * painted >= found), pixels, notes)


def _stated(film: StoredFilm, dataset: Dataset) -> Mask:
    value = _in_films_sign(film, element_number(dataset, "PixelPaddingValue"))
    if value is None:
        return np.zeros(film.possible.size, dtype=bool)
    limit = _in_films_sign(film, element_number(dataset, "PixelPaddingRangeLimit"))
    low, high = sorted((value, value if limit is None else limit))
    return np.asarray((film.possible >= low) & (film.possible <= high))


def _in_films_sign(film: StoredFilm, value: float | None) -> float | None:
    """Return a stored value that has the sign of the other VR (US for SS) as the film's own pixels have it."""
    if value is None or film.lowest <= value <= film.highest:
        return value
    width = 8 * film.values.dtype.itemsize
    others = (value + turn for bits in (16, width) for turn in (-(1 << bits), 1 << bits))
    return next((other for other in others if film.lowest <= other <= film.highest), value)


def _span(film: StoredFilm, values: Mask) -> int:
    found = film.possible[values]
    return int(np.ptp(found)) if found.size else 0


def _beyond_doubt(film: StoredFilm, modality: NDArray[np.float64], stated: Mask, found: NDArray[np.int64]) -> bool:
    """Return whether the values alone tell: there are none, they are the darkest, or lie far from all others.

    Of a film that has no others they do where it has one value only.
    """
    shown = -modality if film.photometry is Photometry.MONOCHROME1 else modality
    padded, others = shown[stated & (found > 0)], shown[~stated & (found > 0)]
    if not padded.size or not others.size:
        return bool(padded.size <= 1)
    span = float(np.ptp(others))
    gap = max(padded.min() - others.max(), others.min() - padded.max())
    dark = padded.max() <= others.min() and np.ptp(padded) <= _DARK_SPREAD * span
    # Most of the film with more contrast than the rest is the picture, the rest a border or hot pixels.
    is_picture = np.ptp(padded) > span and 2 * found[stated].sum() > film.values.size
    return bool(dark or (gap > span and not is_picture))


def _background(film: StoredFilm, stated: Mask, span: int) -> Mask:
    """Return the padded areas of one grey that reach the border and end in a step; none where they cover the middle."""
    areas, outer = _outer_areas(looked_up(film, stated.astype(np.float32)) > 0)
    if not outer.any():
        return np.zeros(areas.shape, dtype=bool)
    # Dark lung within the stated range may border on the background: what has its grey is looked at alone.
    pixels = outer[areas] & _alike(film, areas, outer, _DARK_SPREAD * span)
    areas, outer = _outer_areas(pixels)
    outer &= np.bincount(areas.ravel()) > _SPECK * areas.size
    pixels = (outer & _ends_in_a_step(film, areas, outer.size - 1, span))[areas]
    return np.zeros_like(pixels) if _covers_the_middle(pixels) else pixels


def _alike(film: StoredFilm, areas: NDArray[np.int32], outer: Mask, most: float) -> Mask:
    """Return the pixels that have the grey of their area along the film's border, within its noise."""
    border = np.zeros(areas.shape, dtype=bool)
    border[[0, -1]] = border[:, [0, -1]] = True
    values, places, numbers = film.values[border].astype(np.int64), areas[border], np.flatnonzero(outer)
    grey, noise = np.zeros(outer.size), np.zeros(outer.size)
    grey[outer] = median(values, places, numbers)
    noise[outer] = median(np.abs(values - grey[places]), places, numbers)
    return np.asarray(np.abs(film.values - grey[areas]) <= np.minimum(_NOISE * noise, most)[areas])


def _outer_areas(mask: Mask) -> tuple[NDArray[np.int32], Mask]:
    """Return the number of each pixel's connected area, 0 for none, and which numbers reach the border."""
    areas, n_areas = label(mask)
    outer = np.zeros(n_areas + 1, dtype=bool)
    for border in (areas[0], areas[-1], areas[:, 0], areas[:, -1]):
        outer[border] = True
    outer[0] = False
    return areas, outer


def _ends_in_a_step(film: StoredFilm, areas: NDArray[np.int32], n_areas: int, span: int) -> Mask:
    """Return for each area whether its grey changes abruptly along most of its edge."""
    edges, steps = np.zeros(n_areas + 1), np.zeros(n_areas + 1)
    for turned, values in ((areas, film.values), (areas.T, film.values.T)):
        here, there = turned[:, :-1], turned[:, 1:]
        at = np.nonzero((here > 0) != (there > 0))
        area = np.maximum(here[at], there[at])
        change = np.abs(values[:, :-1][at].astype(np.int64) - values[:, 1:][at])
        edges += np.bincount(area, minlength=edges.size)
        steps += np.bincount(area, weights=change - change.min(initial=span) > _STEP * span, minlength=edges.size)
    return np.asarray(steps > edges / 2)


def _covers_the_middle(pixels: Mask) -> bool:
    rows, columns = np.flatnonzero(~pixels.all(axis=1)), np.flatnonzero(~pixels.all(axis=0))
    if not rows.size or not columns.size:
        return True
    (top, bottom), (left, right) = ((int(side[0]), int(side[-1]) + 1) for side in (rows, columns))
    down, across = (bottom - top) // 4, (right - left) // 4
    middle = pixels[top + down : bottom - down, left + across : right - across]
    return bool(middle.mean() > _INSIDE_SHARE)
