"""Films made small: Pillow's result."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.films.resize import bilinear_resized, box_resized
from core.types import FloatImage

SHAPES = [(250, 300), (301, 517), (90, 64), (2001, 999), (64, 64)]


def noise(shape: tuple[int, int]) -> FloatImage:
    return np.random.default_rng(1).random(shape, dtype=np.float32)


@pytest.mark.parametrize("shape", SHAPES)
def test_means_of_areas_are_pillows(shape: tuple[int, int]) -> None:
    film = noise(shape)
    expected = np.asarray(Image.fromarray(film).resize((64, 128), Image.Resampling.BOX))

    resized = box_resized(film, (128, 64))

    assert (resized.shape, resized.dtype) == ((128, 64), np.float32)
    np.testing.assert_allclose(resized, expected, atol=2e-6)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("region", [(slice(None), slice(None)), (slice(3, 60), slice(11, 64))])
def test_a_smoothed_region_is_pillows(shape: tuple[int, int], region: tuple[slice, slice]) -> None:
    film = noise(shape)
    picture = Image.fromarray(np.ascontiguousarray(film[region]))
    expected = np.asarray(picture.resize((96, 80), Image.Resampling.BILINEAR, reducing_gap=2.0))

    resized = bilinear_resized(film, (80, 96), region)

    assert (resized.shape, resized.dtype) == ((80, 96), np.float32)
    np.testing.assert_allclose(resized, expected, atol=3e-6)
