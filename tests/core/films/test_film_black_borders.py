"""Borders and dead pixels far from a film's values, ranges of padding over all of it: read as the plain film is."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from film_factory import chest_values, dicom_bytes
from numpy.typing import NDArray

from core.films.read import read_film
from core.types import Film

TWELVE = chest_values(320, 256, bits=12).astype(np.int64)
TEN = TWELVE // 4
PADDING = (
    "The file calls a grey value background (Pixel Padding Value) that the film itself has; "
    "only what looks like background was made black."
)


def read(values: NDArray[Any], bits: int = 16, *, signed: bool = False, **options: str | int) -> Film:
    source = dicom_bytes(values.astype(np.int16 if signed else np.uint16), bits_stored=bits, **options)
    return read_film(source, site_zone=ZoneInfo("Europe/Berlin"))


def bordered(values: NDArray[Any], black: int) -> NDArray[Any]:
    framed = values.copy()
    framed[:12] = framed[-12:] = framed[:, :10] = framed[:, -10:] = black
    return framed


def dead(values: NDArray[Any], value: int, n_pixels: int = 1) -> NDArray[Any]:
    spoilt = values.copy()
    spoilt[150, 100 : 100 + n_pixels] = value
    return spoilt


@pytest.mark.parametrize(
    ("values", "offset", "bits"),
    [(TWELVE, offset, 16) for offset in (1024, 1536, 2048, 4096, 8192, 32768)]
    + [(TWELVE, 2048, 14), (TEN, 512, 12), (TEN, 1024, 12)],
)
def test_a_black_border_below_an_offset_changes_nothing(values: NDArray[Any], offset: int, bits: int) -> None:
    full_scale = 1023 if values is TEN else 4095
    film = read(bordered(values + offset, 0), bits)
    np.testing.assert_allclose(film.pixels, bordered(values, 0) / full_scale, atol=1e-6)
    used = f"{offset} to {offset + full_scale} of 0 to {2**bits - 1}"
    note = f"But for single values far off, the film uses only the values {used}; its brightness was scaled to these."
    assert film.notes == (note,)


@pytest.mark.parametrize("n_pixels", [1, 20])
@pytest.mark.parametrize("offset", [2048, 4096, 32768])
def test_dead_pixels_below_an_offset_change_nothing(offset: int, n_pixels: int) -> None:
    film = read(dead(TWELVE + offset, 0, n_pixels))
    np.testing.assert_allclose(film.pixels, dead(TWELVE, 0, n_pixels) / 4095, atol=1e-6)


def test_a_hot_pixel_below_the_top_of_the_format_does_not_count() -> None:
    film = read(dead(TWELVE, 16383))
    np.testing.assert_allclose(film.pixels, dead(TWELVE, 4095) / 4095, atol=1e-6)


@pytest.mark.parametrize(
    ("values", "black", "bits"),
    [(TWELVE, 65535, 16), (TWELVE, 32767, 16), (TWELVE, 16383, 16), (TEN, 4095, 12), (TEN, 65535, 16)],
)
def test_the_black_border_of_an_inverted_film_keeps_its_side(values: NDArray[Any], black: int, bits: int) -> None:
    full_scale = 1023 if values is TEN else 4095
    film = read(bordered(full_scale - values, black), bits, photometric="MONOCHROME1")
    np.testing.assert_allclose(film.pixels, bordered(values, 0) / full_scale, atol=1e-6)
    assert len(film.notes) == 1
    assert film.notes[0].startswith("But for single values far off, the film uses only ")


def test_a_signed_inverted_film_keeps_its_border_too() -> None:
    values = bordered(4095 - TWELVE - 32768, 32767)
    film = read(values, signed=True, photometric="MONOCHROME1")
    np.testing.assert_allclose(film.pixels, bordered(TWELVE, 0) / 4095, atol=1e-6)


@pytest.mark.parametrize("stated_signed", [False, True])
def test_a_wrong_sign_is_found_beside_a_black_border(*, stated_signed: bool) -> None:
    values = bordered(TWELVE - 2048, -2048) if not stated_signed else bordered(TWELVE * 16, 0)
    film = read(values & 0xFFFF if not stated_signed else values.astype(np.uint16).view(np.int16), signed=stated_signed)
    assert film.notes[0].startswith(f"The film's values were read with {'no sign' if stated_signed else 'a sign'}")
    assert np.corrcoef(film.pixels.ravel(), bordered(TWELVE, 0).ravel())[0, 1] > 0.9999


@pytest.mark.parametrize(
    ("values", "low", "high", "bits"),
    [
        (TWELVE, 0, 4095, 12),
        (TWELVE, 0, 65535, 16),
        (bordered(np.maximum(TWELVE, 1), 0), 1, 4095, 12),
        (dead(TWELVE, 65535, 3), 0, 4095, 16),
    ],
    ids=["film", "format", "all but its border", "all but hot pixels"],
)
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_a_range_of_padding_over_the_whole_film_is_left_aside(
    photometric: str, values: NDArray[Any], low: int, high: int, bits: int
) -> None:
    plain = read(values, bits, photometric=photometric)
    film = read(values, bits, photometric=photometric, PixelPaddingValue=low, PixelPaddingRangeLimit=high)
    np.testing.assert_array_equal(film.pixels, plain.pixels)
    assert film.notes == (PADDING, *plain.notes)
