"""From stored values of a DICOM film to display values 0-1: modality, VOI, padding, photometry (PS3.4 N.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from core.films.dicom.elements import element_items, element_number, element_numbers, element_text
from core.films.dicom.lookup import LookupTable, read_table
from core.films.dicom.padding import film_padding
from core.films.stored import StoredFilm, counts, edge_values
from core.films.used_range import used_range
from core.types import FloatImage, Photometry

Values = NDArray[np.float64]

_CLIPPED_SHARE = 0.8
"""A window with more than this share of the film beyond its two ends, 0-1, is taken for a mistake."""

_SAMPLED_ROWS = 8
"""First, one row in this many is looked at; that decides nearly every window."""

_CLIPPED = "The film's window shows almost nothing of it; the full range was used instead."
_BROKEN_VOI = "The film's lookup table (VOI LUT) is broken and was left aside; {} was used."
_BROKEN_MODALITY = "The film's lookup table (Modality LUT) is broken and was left aside."


def display_values(film: StoredFilm, dataset: Dataset) -> tuple[FloatImage, tuple[str, ...]]:
    """Return the film as 0 (dark) to 1 (bright), and notes on what had to be settled.

    Everything is worked out once for each possible stored value, then looked up.
    """
    modality = _modality(film.possible, dataset)
    padding = film_padding(film, modality, dataset)
    grey, notes = _voi(film, modality, padding.values, dataset)
    if element_items(dataset, "ModalityLUTSequence") and _table("ModalityLUTSequence", film.possible, dataset) is None:
        notes = (_BROKEN_MODALITY, *notes)
    if grey is None:
        grey, range_notes = _full_range(film, modality, padding.values)
        notes += range_notes
    if film.photometry is Photometry.MONOCHROME1:
        grey = 1.0 - grey
    return padding.painted(film, grey), padding.notes + notes


def full_range_values(film: StoredFilm, dataset: Dataset) -> tuple[FloatImage, tuple[float, float]]:
    """Return the film with nothing cut off by its window, and where that window begins and ends.

    A linear window only says where a view begins: the values then run from 0 to 1 over the range that the film uses.
    A table or a sigmoid is the film's own curve and stays; then, and where no window serves, the values are those of
    `display_values`.

    Returns
    -------
    float32 array, (rows, columns), and (float, float)
        0 (dark) to 1 (bright); what the film's own window shows black and white, in the same unit, so perhaps beyond
        0 or 1: (0, 1) where the values are those of `display_values`.
    """
    modality = _modality(film.possible, dataset)
    padding = film_padding(film, modality, dataset)
    window = _linear_window(modality, dataset)
    used = modality[counts(film, padding.values) > 0]
    if window is None or used.size < 2 or _voi(film, modality, padding.values, dataset)[0] is None:
        return display_values(film, dataset)[0], (0.0, 1.0)
    bottom, span = float(used.min()), float(np.ptp(used))
    grey = np.clip((modality - bottom) / span, 0.0, 1.0)
    low, high = ((end - bottom) / span for end in window)
    if film.photometry is Photometry.MONOCHROME1:
        grey, low, high = 1.0 - grey, 1.0 - high, 1.0 - low
    return padding.painted(film, grey), (low, high)


def _modality(possible: NDArray[np.int64], dataset: Dataset) -> Values:
    """Return the modality values: lookup table, else rescale, else the stored values."""
    table = _table("ModalityLUTSequence", possible, dataset)
    if table is not None:
        return table.of(possible.astype(np.float64))
    slope, intercept = element_number(dataset, "RescaleSlope"), element_number(dataset, "RescaleIntercept")
    if not slope or not np.isfinite([slope, intercept or 0.0]).all():
        return possible.astype(np.float64)
    return np.asarray(possible * slope + (intercept or 0.0), dtype=np.float64)


def _voi(
    film: StoredFilm, modality: Values, padding: NDArray[np.bool_], dataset: Dataset
) -> tuple[Values | None, tuple[str, ...]]:
    """Return the values through the first VOI lookup table or window, None where there is none that serves."""
    table = _table("VOILUTSequence", modality, dataset)
    grey = _window(modality, dataset) if table is None else _through_table(table, modality)
    notes: tuple[str, ...] = ()
    if table is None and element_items(dataset, "VOILUTSequence"):
        notes = (_BROKEN_VOI.format("the full range" if grey is None else "its window"),)
    if grey is None or _serves(film, grey, padding):
        return grey, notes
    window = None if table is None else _window(modality, dataset)
    if window is not None and _serves(film, window, padding):
        return window, (_BROKEN_VOI.format("its window"),)
    return None, (*notes, _CLIPPED)


def _serves(film: StoredFilm, grey: Values, padding: NDArray[np.bool_]) -> bool:
    """Return whether enough of the film lies between the ends of the grey values."""
    if _surely_serves(film, grey, padding):
        return True
    found, at_an_end = counts(film, padding), (grey <= 0) | (grey >= 1)
    if _clipped_share(found, at_an_end) <= _CLIPPED_SHARE or np.count_nonzero(found) <= 1:
        return True
    # A small exposed field within a black border that the file does not declare: what shows of the field counts.
    border = _border_place(film)
    is_black = grey[border] >= 1 if film.photometry is Photometry.MONOCHROME1 else grey[border] <= 0
    found[border] = 0
    return bool(is_black) and _clipped_share(found, at_an_end) <= _CLIPPED_SHARE


def _clipped_share(found: NDArray[np.int64], at_an_end: NDArray[np.bool_]) -> float:
    """Return the share of the counted pixels that is at an end, 0-1; 1 where none is counted."""
    total = int(found.sum())
    return float(found[at_an_end].sum() / total) if total else 1.0


def _border_place(film: StoredFilm) -> int:
    """Return the place, among the possible values, of the commonest one along the edges of the film."""
    return int(np.bincount(edge_values(film.values).astype(np.intp) - film.lowest).argmax())


def _surely_serves(film: StoredFilm, grey: Values, padding: NDArray[np.bool_]) -> bool:
    """Return whether some rows alone hold enough pixels away from either end, whatever the other rows hold."""
    sampled = counts(film, padding, every=_SAMPLED_ROWS)
    enough = (1 - _CLIPPED_SHARE) * film.values.size
    return bool(sampled[(grey > 0) & (grey < 1)].sum() >= enough)


def _table(keyword: str, inputs: NDArray[np.int64] | Values, dataset: Dataset) -> LookupTable | None:
    """Return the first table of a sequence that is not broken, None where there is none."""
    tables = (read_table(item, inputs.astype(np.float64)) for item in element_items(dataset, keyword))
    return next((table for table in tables if table is not None), None)


def _through_table(table: LookupTable, modality: Values) -> Values:
    values = table.of(modality)
    # The brightest entry is white: tables that announce 16 bits and hold 12 are common.
    return np.asarray(np.clip(values / max(values.max(), 1.0), 0.0, 1.0), dtype=np.float64)


def _stated_window(dataset: Dataset) -> tuple[float, float, str] | None:
    """Return center, width and function of the first window that has a width, None where there is none."""
    function = element_text(dataset, "VOILUTFunction").upper() or "LINEAR"
    # The width of a linear window counts whole values, at least 1; the others' may be any part of one.
    least = 1.0 if function not in {"LINEAR_EXACT", "SIGMOID"} else np.finfo(float).tiny
    windows = zip(element_numbers(dataset, "WindowCenter"), element_numbers(dataset, "WindowWidth"), strict=False)
    usable = ((center, width) for center, width in windows if np.isfinite([center, width]).all() and width >= least)
    return next(((center, width, function) for center, width in usable), None)


def _linear_window(modality: Values, dataset: Dataset) -> tuple[float, float] | None:
    """Return the ends of a linear window in modality values; None where a table, a sigmoid or nothing is stated."""
    stated = _stated_window(dataset)
    if stated is None or _table("VOILUTSequence", modality, dataset) is not None:
        return None
    center, width, function = stated
    if function == "LINEAR_EXACT":
        return center - width / 2, center + width / 2
    if function == "SIGMOID" or width <= 1:
        return None
    return center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2


def _window(modality: Values, dataset: Dataset) -> Values | None:
    """Return the values through the first window (PS3.3 C.11.2.1.2), None where it is absent or invalid."""
    stated = _stated_window(dataset)
    if stated is None:
        return None
    center, width, function = stated
    if function == "SIGMOID":
        return np.asarray(
            1.0 / (1.0 + np.exp(np.clip(-4.0 * (modality - center) / width, -700, 700))), dtype=np.float64
        )
    if function == "LINEAR_EXACT":
        return np.asarray(np.clip((modality - center) / width + 0.5, 0.0, 1.0), dtype=np.float64)
    if width == 1:
        return (modality > center - 0.5).astype(np.float64)
    return np.asarray(np.clip((modality - (center - 0.5)) / (width - 1.0) + 0.5, 0.0, 1.0), dtype=np.float64)


def _full_range(film: StoredFilm, modality: Values, padding: NDArray[np.bool_]) -> tuple[Values, tuple[str, ...]]:
    """Return the values between the ends of the stored range, mapped through the modality."""
    low, high, notes = used_range(film, padding)
    ends = modality[[low - film.lowest, high - film.lowest]]
    bottom, top = float(ends.min()), float(ends.max())
    if top <= bottom:
        bottom, top = float(modality.min()), float(modality.max())
    return np.asarray(np.clip((modality - bottom) / max(top - bottom, 1e-12), 0.0, 1.0), dtype=np.float64), notes
