"""Films without window that use a small part of their format: scaled to that part, empty exposures left as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from film_factory import chest_values, dicom_bytes, png_bytes
from numpy.typing import NDArray

from core.films.checks import check_film
from core.films.checks.contents import shows_something
from core.films.read import read_film
from core.scoring.registry import load_scorer
from core.types import Film

CHEST = {bits: chest_values(320, 256, bits=bits) for bits in (8, 10, 12)}
VALUES = "film uses only the values {} to {} of 0 to 65535; its brightness was scaled to these."


def read(source: bytes) -> Film:
    return read_film(source, site_zone=ZoneInfo("Europe/Berlin"))


def offset_by(offset: int, bits: int = 12) -> NDArray[np.uint16]:
    return CHEST[bits].astype(np.uint16) + np.uint16(offset)


def likeness(film: Film, values: NDArray[Any]) -> float:
    return float(np.corrcoef(film.pixels.ravel(), values.ravel())[0, 1])


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("offset", [4096, 32768, 61440])
@pytest.mark.parametrize("write", [dicom_bytes, png_bytes], ids=["DICOM", "PNG"])
def test_a_film_with_an_offset_shows_the_range_it_uses(write: Callable[..., bytes], offset: int, bits: int) -> None:
    values = offset_by(offset, bits)
    low, high = int(values.min()), int(values.max())
    film = read(write(values))
    np.testing.assert_allclose(film.pixels, (values.astype(float) - low) / (high - low), atol=1e-6)
    assert film.notes == ("The " + VALUES.format(low, high),)
    assert not check_film(film).refused


def test_the_same_within_twelve_bits_in_either_photometry() -> None:
    values = offset_by(2048, 10)
    low, high = int(values.min()), int(values.max())
    shown = (values.astype(float) - low) / (high - low)
    for photometric, expected in (("MONOCHROME2", shown), ("MONOCHROME1", 1 - shown)):
        film = read(dicom_bytes(values, bits_stored=12, photometric=photometric))
        np.testing.assert_allclose(film.pixels, expected, atol=1e-6)


def test_a_signed_film_far_above_zero_shows_the_range_it_uses() -> None:
    values = offset_by(16384).astype(np.int16)
    film = read(dicom_bytes(values))
    assert likeness(film, values) == pytest.approx(1, abs=1e-6)
    assert (float(film.pixels.min()), float(film.pixels.max())) == (0, 1)


def test_padding_and_rescale_do_not_hide_an_offset() -> None:
    values = offset_by(32768)
    low, high = int(values[40:].min()), int(values[40:].max())
    values[:40] = 0
    film = read(dicom_bytes(values, PixelPaddingValue=0, RescaleSlope=2, RescaleIntercept=-100))
    np.testing.assert_allclose(film.pixels[40:], (values[40:].astype(float) - low) / (high - low), atol=1e-6)
    assert film.pixels[:40].max() == 0


@pytest.mark.parametrize(
    ("stored", "far"),
    [
        (offset_by(32768), 0),
        (offset_by(32768), 65535),
        (CHEST[12], 65535),
        ((CHEST[12].astype(np.int32) - 7000).astype(np.int16), 32767),
    ],
    ids=["dead", "hot", "hot without offset", "hot of a signed film"],
)
@pytest.mark.parametrize("n_far", [3, 6400], ids=["some pixels", "undeclared border"])
def test_hot_pixels_and_an_undeclared_border_do_not_count(n_far: int, stored: NDArray[Any], far: int) -> None:
    values = stored.copy()
    values.ravel()[:n_far] = far
    film = read(dicom_bytes(values))
    assert np.corrcoef(film.pixels.ravel()[n_far:], stored.ravel()[n_far:])[0, 1] > 0.9999
    assert np.ptp(film.pixels.ravel()[n_far:]) > 0.9
    np.testing.assert_array_equal(film.pixels.ravel()[:n_far], 1 if far else 0)
    assert film.notes[0].startswith("But for single values far off, the film uses only ")


def test_hot_pixels_of_a_picture_are_white() -> None:
    values = offset_by(32768)
    values[5, 5:8] = 65535
    film = read(png_bytes(values))
    assert film.pixels[5, 5:8].tolist() == [1, 1, 1]
    assert float(film.pixels.max()) == 1
    assert np.ptp(film.pixels[10:]) > 0.95


@pytest.mark.parametrize("least", [0, 300, 900])
def test_a_film_that_begins_near_zero_keeps_its_black(least: int) -> None:
    values = (least + CHEST[12] * ((4095 - least) / 4095)).astype(np.uint16)
    values[0, 0] = 4095
    film = read(dicom_bytes(values))
    np.testing.assert_array_equal(film.pixels, (values / 4095).astype(np.float32))
    assert film.notes == ("The film uses only 12 of its 16 bits; its brightness was scaled to these.",)


@pytest.mark.parametrize(
    "exposure",
    [
        np.full((300, 250), 32768),
        32768 + np.arange(75_000).reshape(300, 250) % 100,
        np.random.default_rng(1).normal(32768, 20, (300, 250)),
        np.random.default_rng(2).normal(40000, 400, (300, 250)),
    ],
    ids=["flat", "nearly flat", "faint noise", "noise"],
)
@pytest.mark.parametrize("write", [dicom_bytes, png_bytes], ids=["DICOM", "PNG"])
def test_an_empty_exposure_stays_empty(exposure: NDArray[Any], write: Callable[..., bytes]) -> None:
    values = exposure.astype(np.uint16)
    values[7, 7:10] = 65535
    film = read(write(values))
    np.testing.assert_array_equal(film.pixels, (values / 65535).astype(np.float32))
    assert film.notes == ()
    assert not shows_something(film)


def test_an_offset_film_scores_as_the_plain_one() -> None:
    hot = offset_by(32768)
    hot[3, 3:6] = 65535
    sources = [
        dicom_bytes(CHEST[12], bits_stored=12),
        *(dicom_bytes(offset_by(offset)) for offset in (512, 1024, 2048, 4096, 32768)),
        dicom_bytes(offset_by(32768, 8)),
        png_bytes(offset_by(32768)),
        dicom_bytes(hot),
    ]
    scorer = load_scorer("embedded", weights_dir=Path())
    expected, *found = scorer.score([scorer.prepare(read(source)) for source in sources])
    for score in found:
        assert score.geographic_extent == pytest.approx(expected.geographic_extent, abs=0.05)
        assert score.opacity == pytest.approx(expected.opacity, abs=0.05)
