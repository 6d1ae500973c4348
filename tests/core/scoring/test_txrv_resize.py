"""The crop and resize as matrices, against torchxrayvision's own."""

from __future__ import annotations

import csv
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
from chest_films import film_of
from film_factory import chest_values, dicom_bytes

from core.films.read import read_film
from core.research.evaluation.published.parity import library_input_of_film
from core.scoring.models.txrv.network import prepare_film

LARGEST_DIFFERENCE = 1e-3
"""Of -1024 to 1024."""


def differs_by(pixels: np.ndarray) -> float:
    film = film_of(pixels)
    prepared = prepare_film(film)
    assert prepared.shape == (1, 224, 224)
    assert prepared.dtype == np.float32
    return float(np.abs(prepared - library_input_of_film(film)).max())


@pytest.mark.parametrize(
    ("rows", "columns"),
    [(300, 200), (201, 300), (224, 224), (225, 400), (223, 260), (64, 100), (1, 1), (3, 5), (448, 449), (1400, 1120)],
)
def test_films_of_every_size_are_resized_as_by_the_library(rows: int, columns: int) -> None:
    random = np.random.default_rng(rows)
    assert differs_by(random.uniform(size=(rows, columns))) <= LARGEST_DIFFERENCE


@pytest.mark.parametrize(("low", "high"), [(0.6, 1.0), (0.0, 0.3), (0.25, 0.25), (1.0, 1.0), (0.5, 0.9)])
@pytest.mark.parametrize("side", [100, 500])
def test_at_the_edges_no_value_leaves_the_range_of_the_film(low: float, high: float, side: int) -> None:
    random = np.random.default_rng(side)
    assert differs_by(random.uniform(low, high, size=(side, side))) <= LARGEST_DIFFERENCE


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize(("rows", "columns"), [(600, 500), (500, 610)])
def test_dicom_films_of_every_depth_are_resized_as_by_the_library(bits: int, rows: int, columns: int) -> None:
    source = dicom_bytes(chest_values(rows, columns, bits=bits), bits_stored=bits)
    film = read_film(source, site_zone=UTC)
    assert np.abs(prepare_film(film) - library_input_of_film(film)).max() <= LARGEST_DIFFERENCE


def test_real_films_are_resized_as_by_the_library(shared_data: Path) -> None:
    with (shared_data / "films.csv").open(newline="", encoding="utf-8") as stream:
        paths = [shared_data / row["path"] for row in csv.DictReader(stream)][::150]
    assert len(paths) >= 10
    for path in paths:
        film = read_film(path.read_bytes(), site_zone=UTC)
        assert np.abs(prepare_film(film) - library_input_of_film(film)).max() <= LARGEST_DIFFERENCE, path.name
