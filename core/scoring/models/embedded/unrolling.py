"""Lungs found in a frame and "unrolled": every lung row stretched to one width, medial side first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from core.types import FloatImage

UNROLLED_ROWS, UNROLLED_COLUMNS = 96, 64
_MARGIN = 0.05
_SUPERSAMPLING = 2
_SMALLEST_LUNG = 0.012
_SMALLEST_RELATIVE_LUNG = 0.25
_NARROWEST_APEX, _NARROWEST_BASE = 0.3, 0.5
_EDGE_SMOOTHING = 2.5
_LOCAL_SIGMA_PIXELS, _LOCAL_STEP = 12.0, 4
_REGION_STEP = 2
_MEDIASTINUM_FROM, _MEDIASTINUM_TO, _MEDIASTINUM_ROWS = 0.25, 0.85, 24
_DARKEST_MEDIASTINUM, _BRIGHTEST = 0.2, 1.6


@dataclass(frozen=True)
class LungOutline:
    """Where a lung lies in the frame, as fractions of the frame's side.

    Attributes
    ----------
    top, bottom : float
    medial, lateral : float64 array, (64,)
        Edges at 64 heights evenly spaced from top to bottom.
    mirrored : bool
        The lung was not found and is taken as the mirror image of the other one.
    """

    top: float
    bottom: float
    medial: NDArray[np.float64]
    lateral: NDArray[np.float64]
    mirrored: bool = False


def outline_lungs(lungs: FloatImage) -> tuple[LungOutline, LungOutline] | None:
    """Return the outlines of right and left lung, None where no lung is found.

    Parameters
    ----------
    lungs : float32 array, (2, side, side)
        Probability of right and of left lung.

    Notes
    -----
    A lung that is missing, or less than a quarter of the other, is taken as the other's mirror image: a
    whited-out lung is the one most easily missed, and leaving it out would score it as healthy.
    """
    masks = [largest_part(plane > 0.5) for plane in lungs]
    areas = [float(mask.mean()) for mask in masks]
    if max(areas) < _SMALLEST_LUNG:
        return None
    needed = max(_SMALLEST_LUNG / 2, _SMALLEST_RELATIVE_LUNG * max(areas))
    right = _outline(masks[0], medial_is_right_edge=True) if areas[0] >= needed else None
    left = _outline(masks[1], medial_is_right_edge=False) if areas[1] >= needed else None
    if right is None and left is not None:
        return _mirrored(left), left
    if left is None and right is not None:
        return right, _mirrored(right)
    return (right, left) if right is not None and left is not None else None


def outline_field(outline: LungOutline, side: int) -> FloatImage:
    """Return the field within an outline as a mask of 0 and 1, (side, side)."""
    centres = (np.arange(side) + 0.5) / side
    down = (centres - outline.top) / (outline.bottom - outline.top)
    knots = np.linspace(0.0, 1.0, outline.medial.size)
    edges = np.stack((np.interp(down, knots, outline.medial), np.interp(down, knots, outline.lateral)))
    across = (centres >= edges.min(axis=0)[:, None]) & (centres <= edges.max(axis=0)[:, None])
    field: FloatImage = (across & ((down >= 0) & (down <= 1))[:, None]).astype(np.float32)
    return field


def lung_channels(frame: FloatImage, outlines: tuple[LungOutline, LungOutline]) -> FloatImage:
    """Return the three channels of the frame that unrolled lungs are read from.

    The first two say how lung differs from lung, so they cannot tell two white lungs from two clear ones; the third
    can, for the mediastinum is white on every film.

    Returns
    -------
    float32 array, (3, rows, columns)
        Grey value relative to the region of both lungs (median 0, 5th to 95th percentile 1 wide), grey value
        relative to its surroundings (local mean 0, local SD about 1), and grey value as a share of the
        mediastinum's, less one half.
    """
    region = frame[_region(outlines, frame.shape[0])]
    low, middle, high = np.percentile(region[::_REGION_STEP, ::_REGION_STEP], (5, 50, 95)).tolist()
    relative = (frame - middle) / max(high - low, 0.05)
    mean, mean_square = _surroundings(frame), _surroundings(frame**2)
    spread = np.sqrt(np.maximum(mean_square - mean**2, 0.0))
    local = (frame - mean) / (spread + 0.02)
    share = frame / max(mediastinum_grey(frame, outlines), _DARKEST_MEDIASTINUM)
    channels = (np.clip(relative, -2, 2), np.clip(local, -3, 3), np.clip(share, 0, _BRIGHTEST) - 0.5)
    return np.stack(channels).astype(np.float32)


def mediastinum_grey(frame: FloatImage, outlines: tuple[LungOutline, LungOutline]) -> float:
    """Return the median grey of a frame (side, side) between the lungs, 0-1; 1 where they leave no room."""
    right, left = outlines
    side = frame.shape[0]
    top, bottom = max(right.top, left.top), min(right.bottom, left.bottom)
    heights = top + np.linspace(_MEDIASTINUM_FROM, _MEDIASTINUM_TO, _MEDIASTINUM_ROWS) * (bottom - top)
    edges = np.sort([_medial_edge(outline, heights) for outline in outlines], axis=0)
    first, last = (edges * side).astype(int)
    rows = np.minimum((heights * side).astype(int), side - 1)
    between = [frame[row, start:stop] for row, start, stop in zip(rows, first, last, strict=True) if stop > start]
    return float(np.median(np.concatenate(between))) if between else 1.0


def _medial_edge(outline: LungOutline, heights: NDArray[np.float64]) -> NDArray[np.float64]:
    down = (heights - outline.top) / (outline.bottom - outline.top)
    return np.interp(down, np.linspace(0.0, 1.0, outline.medial.size), outline.medial)


def unroll(planes: FloatImage, outline: LungOutline, *, border: int = 0) -> FloatImage:
    """Return planes sampled over one lung, medial side first.

    Parameters
    ----------
    planes : float32 array, (channels, side, side)
    outline : LungOutline
    border : int
        Rows and columns added on every side, for shifts in training.

    Returns
    -------
    float32 array, (channels, 96 + 2 border, 64 + 2 border)
    """
    down = _positions(UNROLLED_ROWS, border)
    across = _positions(UNROLLED_COLUMNS, border)
    heights = outline.top + down * (outline.bottom - outline.top)
    knots = np.linspace(0.0, 1.0, outline.medial.size)
    medial, lateral = np.interp(down, knots, outline.medial), np.interp(down, knots, outline.lateral)
    columns = medial[:, None] + across[None, :] * (lateral - medial)[:, None]
    sampled = _sampled(planes, heights, columns)
    shape = (len(planes), UNROLLED_ROWS + 2 * border, _SUPERSAMPLING, UNROLLED_COLUMNS + 2 * border, _SUPERSAMPLING)
    unrolled: FloatImage = sampled.reshape(shape).mean(axis=(2, 4)).astype(np.float32)
    return unrolled


def _sampled(planes: FloatImage, heights: NDArray[np.float64], columns: NDArray[np.float64]) -> FloatImage:
    """Return planes between their four nearest pixels: all at the same places, which are worked out once.

    Parameters
    ----------
    planes : float32 array, (channels, side, side)
    heights : float64 array, (rows,)
        Fractions of the side, as the columns.
    columns : float64 array, (rows, columns)

    Returns
    -------
    float32 array, (channels, rows, columns)
    """
    side = planes.shape[1]
    down, across = (np.clip(places * side - 0.5, 0, side - 1) for places in (heights[:, None], columns))
    row, column = (np.minimum(places.astype(int), side - 2) for places in (down, across))
    lower, right = (down - row).astype(np.float32), (across - column).astype(np.float32)
    corner = row * side + column
    flat = planes.reshape(len(planes), -1)

    def between(corner: NDArray[np.int_]) -> FloatImage:
        beside: FloatImage = flat.take(corner, axis=1) * (1 - right) + flat.take(corner + 1, axis=1) * right
        return beside

    sampled: FloatImage = between(corner) * (1 - lower) + between(corner + side) * lower
    return sampled


def roll_back(maps: FloatImage, lungs: FloatImage, outlines: tuple[LungOutline, LungOutline]) -> FloatImage:
    """Return maps of unrolled lungs where they belong in the frame; 0 outside the lungs.

    Parameters
    ----------
    maps : float32 array, (2, map rows, map columns)
        Over the right and the left unrolled lung, medial side first.
    lungs : float32 array, (2, side, side)
        Probability of right and of left lung; above one half is lung.
    outlines : (LungOutline, LungOutline)

    Returns
    -------
    float32 array, (2, side, side)
    """
    side = lungs.shape[1]
    rolled = np.zeros_like(lungs)
    for plane, lung, outline, found in zip(rolled, lungs, outlines, maps, strict=True):
        rows, columns = np.nonzero(lung > 0.5)
        down = ((rows + 0.5) / side - outline.top) / (outline.bottom - outline.top)
        knots = np.linspace(0.0, 1.0, outline.medial.size)
        medial, lateral = np.interp(down, knots, outline.medial), np.interp(down, knots, outline.lateral)
        across = ((columns + 0.5) / side - medial) / (lateral - medial)
        inner = np.stack((down, across)) + _MARGIN
        places = inner / (1 + 2 * _MARGIN) * np.array(found.shape)[:, None] - 0.5
        plane[rows, columns] = ndimage.map_coordinates(found, places, order=1, mode="nearest")
    return rolled


def _surroundings(frame: FloatImage) -> FloatImage:
    """Return each pixel's Gaussian surroundings, computed on a grid four times coarser."""
    rows, columns = (size // _LOCAL_STEP for size in frame.shape)
    coarse = frame.reshape(rows, _LOCAL_STEP, columns, _LOCAL_STEP).mean(axis=(1, 3))
    smooth = ndimage.gaussian_filter(coarse, _LOCAL_SIGMA_PIXELS / _LOCAL_STEP)
    image = Image.fromarray(smooth)
    return np.asarray(image.resize(frame.shape[::-1], Image.Resampling.BILINEAR), dtype=np.float32)


def _positions(cells: int, border: int) -> NDArray[np.float64]:
    """Return sample positions along one side, 0 at one edge of the lung and 1 at the other."""
    count = (cells + 2 * border) * _SUPERSAMPLING
    cell = (np.arange(count) + 0.5) / _SUPERSAMPLING - border
    positions: NDArray[np.float64] = cell / cells * (1 + 2 * _MARGIN) - _MARGIN
    return positions


def largest_part(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest connected part of a mask (rows, columns); the mask itself where it is empty."""
    labels, count = ndimage.label(mask)
    if not count:
        return mask
    sizes = np.bincount(labels.ravel())[1:]
    largest: NDArray[np.bool_] = labels == int(sizes.argmax()) + 1
    return largest


def _outline(mask: NDArray[np.bool_], *, medial_is_right_edge: bool) -> LungOutline:
    side = mask.shape[0]
    rows = np.flatnonzero(mask.any(axis=1))
    first = mask[rows].argmax(axis=1)
    last = side - mask[rows][:, ::-1].argmax(axis=1)
    # The tip of the apex and the corner beside the diaphragm are slivers: stretched to full width they would be noise.
    widths = (last - first) / (last - first).max()
    wide = slice(np.flatnonzero(widths >= _NARROWEST_APEX)[0], np.flatnonzero(widths >= _NARROWEST_BASE)[-1] + 1)
    rows, first, last = rows[wide], first[wide], last[wide]
    heights = np.linspace(rows[0], rows[-1], 64)
    edges = [
        np.interp(heights, rows, ndimage.gaussian_filter1d(edge.astype(float), _EDGE_SMOOTHING, mode="nearest")) / side
        for edge in (first, last)
    ]
    lateral, medial = edges if medial_is_right_edge else edges[::-1]
    return LungOutline(rows[0] / side, (rows[-1] + 1) / side, medial, lateral)


def _mirrored(outline: LungOutline) -> LungOutline:
    """Return the mirror image about a line a little medial of the lung's innermost edge."""
    medial_is_right_edge = bool(outline.medial.mean() > outline.lateral.mean())
    width = float(np.abs(outline.medial - outline.lateral).max())
    inner = float(outline.medial.max() if medial_is_right_edge else outline.medial.min())
    axis = inner + (0.1 if medial_is_right_edge else -0.1) * width
    return LungOutline(
        outline.top, outline.bottom, 2 * axis - outline.medial, 2 * axis - outline.lateral, mirrored=True
    )


def _region(outlines: tuple[LungOutline, LungOutline], side: int) -> tuple[slice, slice]:
    tops, bottoms = [lung.top for lung in outlines], [lung.bottom for lung in outlines]
    edges = np.concatenate([np.concatenate((lung.medial, lung.lateral)) for lung in outlines])
    rows = np.clip(np.array((min(tops), max(bottoms))) * side, 0, side).astype(int)
    columns = np.clip(np.array((edges.min(), edges.max())) * side, 0, side).astype(int)
    return slice(rows[0], max(rows[1], rows[0] + 1)), slice(columns[0], max(columns[1], columns[0] + 1))
