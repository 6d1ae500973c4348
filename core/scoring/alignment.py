"""Laying the lungs of one film over those of another, and what their opacity masks then have in common."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, degrees, sin

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from core.errors import AlignmentNotPossibleError
from core.types import FilmMasks, FloatImage

MARKED = 0.5
"""Probability from which a pixel counts as lung or as opacity."""

LEAST_LUNG = 0.005
"""Share of the film from which a lung counts as outlined."""

BEYOND = 0.01
"""Share of the lungs' area that lies beyond each of their borders: a few stray pixels move none."""

GREATEST_TURN_DEGREES = 20.0
GREATEST_STRETCH = 2.0
"""Beyond these two films of one chest do not differ; an outline is wrong."""

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Alignment:
    """Where each point of the first film lies on the second one.

    Points are (x, y) in units of their own film's longer side, from its upper left corner.

    Attributes
    ----------
    matrix : ((float, float, float), (float, float, float))
        ``x' = a x + b y + c``, ``y' = d x + e y + f``.
    overlap_before, overlap : float
        Dice coefficient of the lungs, 0-1: with the films laid center on center, and aligned.
    """

    matrix: tuple[tuple[float, float, float], tuple[float, float, float]]
    overlap_before: float
    overlap: float


@dataclass(frozen=True)
class OpacityDifference:
    """Share of the lung fields of either film, 0-100 %, that is opaque on both films or on one of them."""

    both: float
    grown: float
    gone: float


@dataclass(frozen=True)
class _Lungs:
    """The box around both lungs, turned with the chest: its center, the angle of "across", its half sides."""

    center: Points
    angle: float
    half: Points

    @property
    def axes(self) -> Points:
        """Return the unit vectors across and down, as columns."""
        return np.array([[cos(self.angle), -sin(self.angle)], [sin(self.angle), cos(self.angle)]])


def align_lungs(first: FilmMasks, second: FilmMasks) -> Alignment:
    """Lay the lungs of the second film over those of the first, so that apices, bases and side walls meet.

    The box around both lungs of one film goes onto that of the other: a shift, a stretch across and down, and a turn by
    the line between the middles of the lungs. A lung whose outline lacks a part tilts that line, so the turn is left
    out where the lungs overlap better without it.

    Raises
    ------
    AlignmentNotPossibleError
        A lung is not outlined on one of the films, or the lungs differ more than two films of one chest can.
    """
    found = [
        _between(_lungs(first, "first", turned=turned), _lungs(second, "second", turned=turned))
        for turned in (True, False)
    ]
    one, other = _either_lung(first), _either_lung(second)
    possible = [(_dice(one, warped(other, matrix, one.shape)), matrix) for matrix in found if matrix is not None]
    if not possible:
        message = "The lungs outlined on the two films differ too much to be aligned."
        raise AlignmentNotPossibleError(message)
    overlap, matrix = max(possible, key=lambda pair: pair[0])
    (a, b, c), (d, e, f) = matrix.tolist()
    before = _dice(one, warped(other, _centered(one.shape, other.shape), one.shape))
    return Alignment(((a, b, c), (d, e, f)), before, overlap)


def opacity_difference(first: FilmMasks, second: FilmMasks, alignment: Alignment) -> OpacityDifference:
    """Return what of the lung fields is opaque on both films, and on the second or the first alone."""
    shape = first.opacity.shape
    matrix = np.array(alignment.matrix)
    field = (_either_lung(first) > MARKED) | (warped(_either_lung(second), matrix, shape) > MARKED)
    then = (first.opacity > MARKED) & field
    now = (warped(second.opacity, matrix, shape) > MARKED) & field
    area = max(int(field.sum()), 1)
    both, grown, gone = (100 * int(one.sum()) / area for one in (then & now, now & ~then, then & ~now))
    return OpacityDifference(both, grown, gone)


def warped(plane: FloatImage, matrix: Points, shape: tuple[int, ...]) -> FloatImage:
    """Return a plane of the second film on the grid of the first, 0 beyond its edges.

    Parameters
    ----------
    plane : float32 array, (rows, columns)
    matrix : (2, 3)
        As `Alignment.matrix`.
    shape : (int, int)
        Rows and columns of the first film's grid.
    """
    there, here = max(plane.shape), max(shape)
    turn = matrix[::-1, 1::-1] * (there / here)
    # Pixel centers lie half a pixel from the corner that points are counted from.
    offset = turn @ [0.5, 0.5] + matrix[::-1, 2] * there - 0.5
    return np.asarray(ndimage.affine_transform(plane, turn, offset, output_shape=shape, order=1), dtype=np.float32)


def _lungs(masks: FilmMasks, film: str, *, turned: bool) -> _Lungs:
    right, left = (_marked(lung, film, side) for lung, side in ((masks.right_lung, "right"), (masks.left_lung, "left")))
    across = left.mean(axis=0) - right.mean(axis=0)
    angle = atan2(across[1], across[0]) if turned else 0.0
    axes = _Lungs(np.zeros(2), angle, np.zeros(2)).axes
    low, high = np.quantile(np.concatenate((right, left)) @ axes, [BEYOND, 1 - BEYOND], axis=0)
    return _Lungs(axes @ ((low + high) / 2), angle, (high - low) / 2)


def _marked(lung: FloatImage, film: str, side: str) -> Points:
    rows, columns = np.nonzero(lung > MARKED)
    if rows.size < LEAST_LUNG * lung.size:
        message = f"The {side} lung is not outlined on the {film} of the two films, so the lungs cannot be aligned."
        raise AlignmentNotPossibleError(message)
    return np.asarray((np.stack((columns, rows), axis=1) + 0.5) / max(lung.shape), dtype=np.float64)


def _between(first: _Lungs, second: _Lungs) -> Points | None:
    """Return the matrix that takes one box onto the other, None where no two films of a chest differ so."""
    stretch = second.half / first.half
    turn = abs(degrees(second.angle - first.angle))
    if turn > GREATEST_TURN_DEGREES or not 1 / GREATEST_STRETCH <= stretch.min() <= stretch.max() <= GREATEST_STRETCH:
        return None
    linear = second.axes @ np.diag(stretch) @ first.axes.T
    return np.column_stack((linear, second.center - linear @ first.center))


def _centered(first: tuple[int, ...], second: tuple[int, ...]) -> Points:
    """Return the matrix that lays one film on the other, center on center, their longer sides of one length."""
    here, there = (np.array(shape[::-1]) / (2 * max(shape)) for shape in (first, second))
    return np.column_stack((np.eye(2), there - here))


def _either_lung(masks: FilmMasks) -> FloatImage:
    return np.maximum(masks.right_lung, masks.left_lung)


def _dice(one: FloatImage, other: FloatImage) -> float:
    here, there = one > MARKED, other > MARKED
    return 2 * int((here & there).sum()) / max(int(here.sum()) + int(there.sum()), 1)
