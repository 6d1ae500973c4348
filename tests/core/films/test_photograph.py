"""Photographs of screens and scans of prints: noted, never refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
from chest_films import chest_films, film_of
from PIL import Image

from core.films.checks import check_film
from core.films.checks.photograph import PHOTOGRAPH_NOTE, PhotographCheck
from core.films.read import read_film
from core.films.recognition.photograph import LEAST_SIDE, RASTER_THRESHOLD, raster_strength
from core.types import CheckVerdict, Film


def enlarged(film: Film, side: int = 600) -> np.ndarray:
    return np.asarray(Image.fromarray(film.pixels).resize((side, side), Image.Resampling.BICUBIC), dtype=np.float64)


def with_raster(pixels: np.ndarray, pitch: float, strength: float) -> np.ndarray:
    """Return pixels as a screen shows them: columns of light with dark gaps, photographed at this pitch in pixels."""
    across = np.arange(pixels.shape[1]) * 2 * np.pi / pitch
    noisy = pixels + np.random.default_rng(0).normal(0, 0.01, pixels.shape)
    return noisy * (1 + strength * np.sin(across)[None, :])


@pytest.mark.parametrize("pitch", [2.7, 4.3, 6.1])
def test_the_raster_of_a_screen_is_noted(pitch: float) -> None:
    film = film_of(with_raster(enlarged(chest_films(8, first_patient=50)[0]), pitch, 0.05))
    assert raster_strength(film.pixels) > RASTER_THRESHOLD
    result = PhotographCheck()(film)
    assert (result.verdict, result.reason) == (CheckVerdict.NOTED, PHOTOGRAPH_NOTE)
    assert not check_film(film).refused


def test_without_a_raster_nothing_is_noted() -> None:
    film = film_of(with_raster(enlarged(chest_films(8, first_patient=50)[0]), 4.3, 0.0))
    assert raster_strength(film.pixels) < 1.5
    assert PhotographCheck()(film).verdict is CheckVerdict.PASSED


def test_a_film_from_a_detector_is_not_looked_at() -> None:
    film = film_of(with_raster(enlarged(chest_films(8, first_patient=50)[0]), 4.3, 0.05))
    from_detector = replace(film, header=replace(film.header, modality="DX"))
    assert PhotographCheck()(from_detector).verdict is CheckVerdict.PASSED
    captured = replace(film, header=replace(film.header, modality="SC"))
    assert PhotographCheck()(captured).verdict is CheckVerdict.NOTED


def test_small_empty_and_broken_pictures_have_no_raster() -> None:
    assert raster_strength(np.ones((LEAST_SIDE - 1, 900), dtype=np.float32)) == 0.0
    assert raster_strength(np.zeros((300, 300), dtype=np.float32)) < 0.1
    broken = np.full((300, 300), np.nan, dtype=np.float32)
    assert np.isfinite(raster_strength(broken))


@pytest.mark.parametrize("size", [(256, 256), (257, 900), (700, 300)])
def test_noise_has_no_raster(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(2).random(size).astype(np.float32)
    assert raster_strength(noise) < RASTER_THRESHOLD


def test_a_real_photograph_of_a_monitor_is_noted(shared_data: Path) -> None:
    path = shared_data / "films" / "figure1" / "figure1-COVID-00007.jpg"
    film = read_film(path.read_bytes(), site_zone=UTC)
    checked = check_film(film)
    assert not checked.refused
    assert PHOTOGRAPH_NOTE in [result.reason for result in checked.results]
