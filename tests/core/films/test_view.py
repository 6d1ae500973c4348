"""The view check on films drawn, on real films, and on things that are no film.

The real films were trained on: they show that the shipped weights are the right ones, not how good they
are. How good is in `tests/core/evaluation/test_view_evaluation.py`.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load_file, save_file

from core.errors import WeightsInvalidError, WeightsMissingError
from core.films.recognition import view
from core.films.recognition.view import (
    INVERTED_THRESHOLD,
    LATERAL_THRESHOLD,
    ViewEstimate,
    estimate_view,
    inversion_features,
    lateral_features,
    probability,
    read_weights,
    standard_grid,
    thumbnail,
)
from core.films.synthetic import CLEAR, Device, LungSeverity, draw_film
from core.types import Film, FilmHeader, PatientPosition, ViewPosition


def film_of(pixels: NDArray[np.generic]) -> Film:
    rows, columns = pixels.shape
    header = FilmHeader(rows=rows, columns=columns, bits_stored=8)
    return Film(pixels=pixels.astype(np.float32), header=header, pixel_hash="")


def read_grey(path: Path) -> NDArray[np.float64]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L")) / 255


def paths_in(data: Path, table: str) -> list[Path]:
    with (data / table).open(newline="", encoding="utf-8") as file:
        return [data / row["path"] for row in csv.DictReader(file)]


def noise(rows: int, columns: int) -> NDArray[np.float64]:
    return np.random.default_rng(0).random((rows, columns))


@pytest.mark.parametrize("severity", [CLEAR, LungSeverity(2, 1), LungSeverity(4, 3)])
@pytest.mark.parametrize("devices", [frozenset(), frozenset(Device)])
@pytest.mark.parametrize(
    ("view_position", "patient_position"),
    [(ViewPosition.AP, PatientPosition.SUPINE), (ViewPosition.PA, PatientPosition.ERECT)],
)
def test_a_synthetic_film_is_frontal_and_the_right_way_round(
    severity: LungSeverity,
    devices: frozenset[Device],
    view_position: ViewPosition,
    patient_position: PatientPosition,
) -> None:
    drawn = draw_film(
        patient_seed=3,
        film_seed=5,
        right=severity,
        left=severity,
        view_position=view_position,
        patient_position=patient_position,
        devices=devices,
        size=384,
    )
    pixels = drawn.pixels / drawn.pixels.max()

    upright, inverted = estimate_view(film_of(pixels)), estimate_view(film_of(1 - pixels))

    assert upright.p_lateral < LATERAL_THRESHOLD / 2
    assert upright.p_inverted < 0.05
    assert inverted.p_inverted > INVERTED_THRESHOLD


def test_the_real_laterals_are_taken_for_laterals(shared_data: Path) -> None:
    caught = [
        estimate_view(film_of(read_grey(path))).p_lateral > LATERAL_THRESHOLD
        for path in paths_in(shared_data, "laterals.csv")
    ]
    assert (sum(caught), len(caught)) == (37, 37)


def test_real_frontal_films_pass_and_their_negatives_are_recognised(shared_data: Path) -> None:
    paths = paths_in(shared_data, "films.csv")[::20]
    films = [read_grey(path) for path in paths]
    upright = [estimate_view(film_of(pixels)) for pixels in films]
    negatives = [estimate_view(film_of(1 - pixels)) for pixels in films]

    assert len(films) == 87
    assert sum(estimate.p_lateral > LATERAL_THRESHOLD for estimate in upright) == 0
    assert sum(estimate.p_inverted > INVERTED_THRESHOLD for estimate in upright) == 0
    assert sum(estimate.p_inverted > INVERTED_THRESHOLD for estimate in negatives) >= 86


def test_an_inverted_lateral_is_a_lateral_too(shared_data: Path) -> None:
    pixels = read_grey(paths_in(shared_data, "laterals.csv")[0])
    as_stored, negative = estimate_view(film_of(pixels)), estimate_view(film_of(1 - pixels))
    assert negative.p_lateral == pytest.approx(as_stored.p_lateral, abs=0.01)
    assert negative.p_lateral > LATERAL_THRESHOLD


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0, float("nan")])
def test_a_film_without_contrast_gives_no_evidence(value: float) -> None:
    assert estimate_view(film_of(np.full((40, 30), value))) == ViewEstimate(p_lateral=0.0, p_inverted=0.0)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 9), (2, 3), (16, 16), (5, 3000), (3000, 5)])
def test_a_film_of_any_size_gives_probabilities(rows: int, columns: int) -> None:
    estimate = estimate_view(film_of(noise(rows, columns)))
    assert 0 <= estimate.p_lateral < LATERAL_THRESHOLD
    assert 0 <= estimate.p_inverted <= 1


def test_pixels_that_are_no_numbers_do_not_spread() -> None:
    pixels = noise(300, 300)
    pixels[10, 10], pixels[20, 20] = np.nan, np.inf
    estimate = estimate_view(film_of(pixels))
    assert 0 <= estimate.p_lateral <= 1
    assert 0 <= estimate.p_inverted <= 1


def test_a_uniform_border_changes_nothing() -> None:
    picture = np.kron(noise(16, 16), np.ones((12, 12)))
    bordered = np.pad(picture, 32)
    plain, framed = standard_grid(picture.astype(np.float32)), standard_grid(bordered.astype(np.float32))
    np.testing.assert_allclose(framed, plain, atol=1e-6)


def test_features_do_not_depend_on_window_or_gain() -> None:
    small = thumbnail(noise(300, 280).astype(np.float32))
    np.testing.assert_allclose(
        lateral_features(standard_grid(small)), lateral_features(standard_grid(0.5 * small + 0.25)), atol=0.05
    )


def test_features_have_the_symmetries_they_promise() -> None:
    grid = standard_grid(thumbnail(noise(256, 256).astype(np.float32)))
    mirrored = np.ascontiguousarray(grid[:, ::-1])

    assert lateral_features(grid).shape == (512,)
    assert inversion_features(grid).shape == (384,)
    np.testing.assert_allclose(lateral_features(mirrored), lateral_features(grid), atol=1e-5)
    np.testing.assert_allclose(lateral_features(-grid), lateral_features(grid), atol=1e-5)
    np.testing.assert_allclose(inversion_features(mirrored), inversion_features(grid), atol=1e-5)
    np.testing.assert_allclose(inversion_features(-grid), -inversion_features(grid), atol=1e-5)


def test_probability_of_log_odds() -> None:
    assert probability(0.0) == 0.5
    assert probability(np.log(19)) == pytest.approx(0.95)
    assert probability(-1e6) == 0.0
    assert probability(1e6) == 1.0


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match=r"gone\.safetensors is missing"):
        read_weights(tmp_path / "gone.safetensors")


def test_a_damaged_weight_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(view.VIEW_WEIGHTS.read_bytes()[:100])
    with pytest.raises(WeightsInvalidError, match="damaged or of another model"):
        read_weights(path)


def test_a_weight_file_without_an_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"lateral": np.zeros(512, dtype=np.float32)}, path)
    with pytest.raises(WeightsInvalidError, match="lateral_bias"):
        read_weights(path)


def test_weights_of_other_shapes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.safetensors"
    save_file(load_file(view.VIEW_WEIGHTS) | {"inversion": np.zeros(10, dtype=np.float32)}, path)
    with pytest.raises(WeightsInvalidError, match=r"Expected .*384"):
        read_weights(path)
