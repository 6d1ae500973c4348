"""Each disturbance does to the pixels what its name says, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from core.research.evaluation.robustness.disturbance import DISTURBANCES, FLIPPED, outside_hidden
from core.types import FilmMasks, FloatImage


def ramp(rows: int = 80, columns: int = 100) -> FloatImage:
    """Return a film that grows from 0.2 on the left to 0.8 on the right."""
    return np.tile(np.linspace(0.2, 0.8, columns, dtype=np.float32), (rows, 1))


def disturbed(name: str, pixels: FloatImage) -> FloatImage:
    return DISTURBANCES[name](pixels, np.random.default_rng(0))


@pytest.mark.parametrize("name", DISTURBANCES)
def test_every_disturbance_gives_a_film_and_leaves_the_given_one_alone(name: str) -> None:
    pixels = ramp()
    before = pixels.copy()
    after = disturbed(name, pixels)
    assert after.dtype == np.float32
    assert 0 <= after.min() <= after.max() <= 1
    assert np.abs(after - before).max() > 0.005 if after.shape == before.shape else after.size < before.size
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize(
    ("name", "at_left", "at_right"),
    [
        ("brightness +10 %", 0.3, 0.9),
        ("brightness -10 %", 0.1, 0.7),
        ("contrast +20 %", 0.14, 0.86),
        ("contrast -20 %", 0.26, 0.74),
        ("gamma 0.7", 0.2**0.7, 0.8**0.7),
        ("gamma 1.4", 0.2**1.4, 0.8**1.4),
        (FLIPPED, 0.8, 0.2),
    ],
)
def test_grey_values_change_as_named(name: str, at_left: float, at_right: float) -> None:
    after = disturbed(name, ramp())
    assert (after[40, 0], after[40, -1]) == (pytest.approx(at_left, abs=1e-4), pytest.approx(at_right, abs=1e-4))


def test_jpeg_and_noise_change_little_everywhere() -> None:
    jpeg = disturbed("JPEG quality 50", ramp()) - ramp()
    assert 0 < np.abs(jpeg).mean() < 0.02
    noise = disturbed("light noise", ramp(200, 200)) - ramp(200, 200)
    assert noise.std() == pytest.approx(0.02, rel=0.05)
    assert noise.mean() == pytest.approx(0, abs=0.001)


def test_crop_and_size() -> None:
    pixels = ramp(80, 100)
    crop = disturbed("10 % cropped", pixels)
    assert crop.shape == (72, 90)
    assert np.array_equal(crop, pixels[4:76, 5:95])
    assert disturbed("half the size", pixels).shape == (40, 50)
    assert disturbed("half the size", pixels)[0, 0] == pytest.approx(pixels[0, :2].mean())


def test_rotations_turn_either_way_about_the_centre() -> None:
    pixels = np.zeros((101, 101), dtype=np.float32)
    pixels[48:53, 85:96] = 1.0
    heights = [np.average(np.arange(101), weights=disturbed(f"rotated by {d}5°", pixels).sum(axis=1)) for d in "+-"]
    # 40 pixels right of the centre, 5° are 3.5 pixels up or down.
    assert heights == pytest.approx([50 - 3.5, 50 + 3.5], abs=0.3)


def test_text_lies_in_the_corners_and_metal_across_the_lungs() -> None:
    pixels = np.full((400, 400), 0.5, dtype=np.float32)
    text = disturbed("burnt-in text and side mark", pixels)
    assert text.max() == pytest.approx(1.0, abs=0.01)
    assert (text[60:360, 20:340] == 0.5).all()
    assert text[20:60, 340:].max() > 0.9
    metal = disturbed("tube, line and lead", pixels)
    assert (metal >= 0.5).all()
    assert 0.008 < (metal > 0.52).mean() < 0.05
    assert metal[:, 100].max() > 0.6
    assert metal[:, 300].max() > 0.6


def test_outside_the_grown_lungs_all_is_the_films_median() -> None:
    pixels = ramp(80, 100)
    right, left = np.zeros((2, 40, 50), dtype=np.float32)
    right[10:30, 10:20] = 0.9
    left[10:30, 30:40] = 0.9
    left[0, 0] = 0.4
    hidden = outside_hidden(pixels, FilmMasks(right, left, right))
    assert hidden.shape == pixels.shape
    # Grown by 3 % of 50 pixels of the masks: one pixel there, two of the film.
    assert np.array_equal(hidden[20:60, 18:42], pixels[20:60, 18:42])
    median = np.median(pixels)
    assert (hidden[:, :18] == median).all()
    assert (hidden[:, 42:58] == median).all()
    assert (hidden[:18] == median).all()
    assert hidden[0, 0] == median
