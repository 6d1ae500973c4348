"""Laying lungs over lungs: known shifts, stretches and turns are found, what cannot fit is refused."""

from __future__ import annotations

from math import cos, radians, sin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import AlignmentNotPossibleError
from core.scoring.alignment import Alignment, align_lungs, opacity_difference, warped
from core.types import FilmMasks, FloatImage

SHAPE = (300, 250)
STILL = Alignment(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)), 1.0, 1.0)
HALF_LUNG = (50.0, 100.0)
"""Half width and half height of a drawn lung, pixels."""


def ellipse(shape: tuple[int, int], middle: tuple[float, float], half: tuple[float, float], turn: float) -> FloatImage:
    """Return a filled ellipse; middle and half axes (x, y) in pixels, turned about the film's middle by degrees."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    x, y = columns - shape[1] / 2, rows - shape[0] / 2
    c, s = cos(radians(turn)), sin(radians(turn))
    across, down = c * x + s * y, c * y - s * x
    return ((((across - middle[0]) / half[0]) ** 2 + ((down - middle[1]) / half[1]) ** 2) <= 1).astype(np.float32)


def chest(
    *,
    shape: tuple[int, int] = SHAPE,
    scale: tuple[float, float] = (1.0, 1.0),
    shift: tuple[float, float] = (0.0, 0.0),
    turn: float = 0.0,
    opacity: FloatImage | None = None,
) -> FilmMasks:
    """Return two lungs about the film's middle."""
    half = (HALF_LUNG[0] * scale[0], HALF_LUNG[1] * scale[1])
    right, left = (ellipse(shape, (side * 60 * scale[0] + shift[0], shift[1]), half, turn) for side in (-1, 1))
    return FilmMasks(right, left, np.zeros(shape, np.float32) if opacity is None else opacity)


def moved(alignment: Alignment, x: float, y: float, first: tuple[int, int], second: tuple[int, int]) -> tuple:
    """Return where a pixel of the first film lies on the second, in pixels."""
    (a, b, c), (d, e, f) = alignment.matrix
    u, v = x / max(first), y / max(first)
    return ((a * u + b * v + c) * max(second), (d * u + e * v + f) * max(second))


def test_the_same_film_stays_where_it_is() -> None:
    found = align_lungs(chest(), chest())
    np.testing.assert_allclose(found.matrix, STILL.matrix, atol=1e-9)
    assert (found.overlap_before, found.overlap) == (1.0, 1.0)


def test_apices_and_bases_meet_after_a_shift_and_a_deeper_breath() -> None:
    then, now = chest(), chest(scale=(0.9, 0.7), shift=(12, -20))
    found = align_lungs(then, now)
    # The apex of the first film lies 100 pixels above its middle; on the second 70 above a middle moved by (12, -20).
    for x, y in ((-60, -100), (60, 100), (-110, 0)):
        expected = (125 + 12 + 0.9 * x, 150 - 20 + 0.7 * y)
        np.testing.assert_allclose(moved(found, 125 + x, 150 + y, SHAPE, SHAPE), expected, atol=1.0)
    assert found.overlap_before < 0.8
    assert found.overlap > 0.98


def test_films_of_other_size_and_shape_are_laid_over_each_other() -> None:
    wide = (250, 400)
    found = align_lungs(chest(), chest(shape=wide))
    np.testing.assert_allclose(moved(found, 125, 150, SHAPE, wide), (200, 125), atol=0.5)
    np.testing.assert_allclose(moved(found, 65, 60, SHAPE, wide), (140, 35), atol=0.5)


@settings(max_examples=15, deadline=None)
@given(
    turn=st.floats(-15, 15),
    across=st.floats(0.8, 1.2),
    down=st.floats(0.75, 1.1),
    x=st.floats(-15, 15),
    y=st.floats(-20, 20),
)
def test_a_turned_and_stretched_chest_is_found(turn: float, across: float, down: float, x: float, y: float) -> None:
    shape = (420, 420)
    then = chest(shape=shape)
    now = chest(shape=shape, scale=(across, down), shift=(x, y), turn=turn)
    found = align_lungs(then, now)
    c, s = cos(radians(turn)), sin(radians(turn))
    middle = moved(found, 210, 210, shape, shape)
    np.testing.assert_allclose(middle, (210 + c * x - s * y, 210 + s * x + c * y), atol=2.0)
    assert found.overlap > 0.96
    assert found.overlap >= found.overlap_before - 0.01


def test_a_base_that_is_not_outlined_does_not_turn_the_film() -> None:
    then, now = chest(), chest()
    rows = np.arange(SHAPE[0])[:, np.newaxis]
    cut = FilmMasks(now.right_lung, np.where(rows > 170, 0, now.left_lung).astype(np.float32), now.opacity)
    (a, b, _), (d, e, _) = align_lungs(then, cut).matrix
    assert (b, d) == (0.0, 0.0)
    assert a == pytest.approx(1, abs=0.02)
    assert e == pytest.approx(1, abs=0.02)


def test_stray_pixels_do_not_count() -> None:
    now = chest()
    stray = now.right_lung.copy()
    stray[2:6, 2:6] = 1
    found = align_lungs(chest(), FilmMasks(stray, now.left_lung, now.opacity))
    np.testing.assert_allclose(found.matrix, STILL.matrix, atol=0.01)


@pytest.mark.parametrize(("film", "word"), [(0, "first"), (1, "second")])
def test_a_lung_that_is_not_outlined_is_said(film: int, word: str) -> None:
    pair = [chest(), chest()]
    pair[film] = FilmMasks(pair[film].right_lung, np.zeros(SHAPE, np.float32), pair[film].opacity)
    with pytest.raises(AlignmentNotPossibleError, match=f"The left lung is not outlined on the {word} of the two"):
        align_lungs(*pair)


@pytest.mark.parametrize("other", [chest(scale=(0.4, 1.0)), chest(scale=(0.45, 0.4))])
def test_lungs_that_cannot_be_of_one_chest_are_refused(other: FilmMasks) -> None:
    with pytest.raises(AlignmentNotPossibleError, match="differ too much"):
        align_lungs(chest(), other)


def test_a_warped_plane_lies_where_the_points_do() -> None:
    plane = np.zeros((100, 80), np.float32)
    plane[40:50, 20:30] = 1
    # Half the size, and 10 of its 100 pixels to the left.
    matrix = np.array([[1.0, 0.0, 0.1], [0.0, 1.0, 0.0]])
    seen = warped(plane, matrix, (50, 40))
    rows, columns = np.nonzero(seen > 0.5)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 24, 5, 9)


def band(low: int, high: int) -> FloatImage:
    rows = np.arange(SHAPE[0])[:, np.newaxis]
    return np.broadcast_to((rows >= low) & (rows < high), SHAPE).astype(np.float32)


def test_opacity_that_grew_and_that_went_is_counted_within_the_lungs() -> None:
    then, now = chest(opacity=band(120, 180)), chest(opacity=band(150, 210))
    found = opacity_difference(then, now, STILL)
    lungs = np.maximum(then.right_lung, then.left_lung) > 0
    share = [100 * lungs[low:high].sum() / lungs.sum() for low, high in ((150, 180), (180, 210), (120, 150))]
    assert (found.both, found.grown, found.gone) == pytest.approx(share)
    assert opacity_difference(then, then, STILL).both == pytest.approx(share[0] + share[2])


def test_a_film_taken_with_another_shift_has_no_grown_opacity_once_aligned() -> None:
    then = chest(opacity=band(150, 200))
    now = chest(shift=(0, 25), opacity=np.roll(band(150, 200), 25, axis=0))
    found = opacity_difference(then, now, align_lungs(then, now))
    assert found.both > 25
    assert max(found.grown, found.gone) < 1.5
    assert opacity_difference(then, now, STILL).grown > 10


def test_no_opacity_is_no_difference() -> None:
    found = opacity_difference(chest(), chest(), STILL)
    assert (found.both, found.grown, found.gone) == (0.0, 0.0, 0.0)
