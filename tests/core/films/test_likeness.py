"""The check for chest films on synthetic films, on real ones, and on what is no chest film.

The real films were trained on: they show that the shipped weights are the right ones, not how good they are. How good
is in `tests/core/evaluation/test_likeness_evaluation.py`.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
from chest_films import chest_films, film_of
from safetensors.numpy import load_file, save_file

from core.errors import WeightsInvalidError, WeightsMissingError
from core.films.checks import check_film
from core.films.checks.chest import NO_CHEST_REASON, ChestCheck
from core.films.read import read_film
from core.films.recognition import likeness, view
from core.films.recognition.likeness import (
    CHEST_THRESHOLD,
    FEATURES,
    LIKENESS_WEIGHTS,
    LikenessWeights,
    basis,
    estimate_likeness,
    likeness_features,
    projections,
    read_weights,
    turns_to_upright,
)
from core.films.recognition.view import standard_grid, thumbnail
from core.types import CheckVerdict, Film


def changed(film: Film, pixels: np.ndarray) -> Film:
    return replace(film, pixels=np.ascontiguousarray(pixels, dtype=np.float32))


def grid_of(film: Film) -> np.ndarray:
    return standard_grid(thumbnail(film.pixels))


@pytest.mark.parametrize("place", range(8))
def test_synthetic_films_pass(place: int) -> None:
    film = chest_films(8, first_patient=50)[place]
    assert estimate_likeness(film) > 0.7
    assert ChestCheck()(film).verdict is CheckVerdict.PASSED


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        (1, "The film lies on its side. Turn it a quarter to the right, and send it again."),
        (2, "The film hangs upside down. Turn it upright, and send it again."),
        (3, "The film lies on its side. Turn it a quarter to the left, and send it again."),
    ],
)
def test_a_turned_film_is_refused_and_the_reason_says_how_to_turn_it(turns: int, reason: str) -> None:
    film = chest_films(8, first_patient=50)[0]
    hung = changed(film, np.rot90(film.pixels, turns))  # anticlockwise
    assert turns_to_upright(hung) == 4 - turns
    result = ChestCheck()(hung)
    assert (result.verdict, result.reason) == (CheckVerdict.REFUSED, reason)


def test_a_mirrored_film_counts_like_the_film() -> None:
    film = chest_films(8, first_patient=50)[1]
    mirrored = changed(film, film.pixels[:, ::-1])
    assert estimate_likeness(mirrored) == pytest.approx(estimate_likeness(film), abs=0.02)


def test_what_is_no_chest_is_refused() -> None:
    film = chest_films(8, first_patient=50)[0]
    random, side = np.random.default_rng(0), film.pixels.shape[1]
    down, across = np.mgrid[0:1:300j, 0:1:300j]
    others = {
        "noise": random.random((300, 300)),
        "gradient": down,
        "bars": np.sin(40 * across) / 2 + 0.5,
        "one lung": film.pixels[:, : side // 2],
        "detail": film.pixels[100:180, 60:140],
        "two films": np.concatenate([film.pixels, film.pixels], axis=1),
    }
    for name, pixels in others.items():
        result = ChestCheck()(film_of(pixels))
        assert (name, result.verdict, result.reason) == (name, CheckVerdict.REFUSED, NO_CHEST_REASON)


def test_a_picture_without_contrast_is_left_to_the_check_of_its_contents() -> None:
    assert ChestCheck()(film_of(np.full((300, 300), 0.4))).verdict is CheckVerdict.PASSED
    assert estimate_likeness(film_of(np.full((300, 300), 0.4))) == 0.0


def test_real_films_pass_all_checks_and_real_laterals_none(shared_data: Path) -> None:
    def refused(table: str, step: int) -> list[bool]:
        with (shared_data / table).open(newline="", encoding="utf-8") as file:
            paths = [shared_data / row["path"] for row in csv.DictReader(file)][::step]
        return [check_film(read_film(path.read_bytes(), site_zone=UTC)).refused for path in paths]

    assert refused("films.csv", 100).count(True) == 0
    assert refused("laterals.csv", 9).count(False) == 0


def test_the_real_dicom_films_pass(shared_data: Path) -> None:
    films = [read_film(path.read_bytes(), site_zone=UTC) for path in sorted((shared_data / "dicom").glob("*.dcm"))]
    assert len(films) == 2
    assert [check_film(film).refused for film in films] == [False, False]


def test_features_are_those_of_the_mirror_image() -> None:
    grid = grid_of(film_of(np.random.default_rng(1).random((200, 180))))
    features = likeness_features(grid)
    assert features.shape == (FEATURES,)
    np.testing.assert_allclose(likeness_features(np.ascontiguousarray(grid[:, ::-1])), features, atol=1e-5)


def test_the_network_worked_by_hand() -> None:
    components = np.zeros((FEATURES, 1))
    components[0] = 1.0
    weights = LikenessWeights(
        mean=np.zeros(FEATURES),
        scale=np.full(FEATURES, 2.0),
        components=components,
        centres=np.array([[1.0, 0.0], [0.0, 3.0]]),
        width=4.0,
        output=np.array([1.0, 2.0]),
    )
    features = np.zeros((2, FEATURES), dtype=np.float32)
    features[0, 0], features[1, 5] = 2.0, 6.0
    np.testing.assert_allclose(projections(features, weights), [[1, 0], [0, 3]])
    np.testing.assert_allclose(basis(features, weights), [[1, np.exp(-2.5)], [np.exp(-2.5), 1]])
    np.testing.assert_allclose(likeness.likeness(features, weights), [1 + 2 * np.exp(-2.5), 2 + np.exp(-2.5)])


def test_a_picture_unlike_any_film_gets_nothing() -> None:
    weights = read_weights(LIKENESS_WEIGHTS)
    far = np.full((1, FEATURES), 1e3, dtype=np.float32)
    assert likeness.likeness(far, weights)[0] == 0.0 < CHEST_THRESHOLD


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match=r"gone\.safetensors is missing"):
        read_weights(tmp_path / "gone.safetensors")


def test_a_damaged_weight_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(LIKENESS_WEIGHTS.read_bytes()[:100])
    with pytest.raises(WeightsInvalidError, match="damaged or of another model"):
        read_weights(path)


def test_the_weight_file_of_another_check_is_refused() -> None:
    with pytest.raises(WeightsInvalidError, match="mean"):
        read_weights(view.VIEW_WEIGHTS)


def test_weights_of_other_shapes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.safetensors"
    save_file(load_file(LIKENESS_WEIGHTS) | {"centres": np.zeros((3, 4), dtype=np.float32)}, path)
    with pytest.raises(WeightsInvalidError, match=r"Expected .*centres"):
        read_weights(path)


def test_an_array_without_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scalar.safetensors"
    save_file(load_file(LIKENESS_WEIGHTS) | {"output": np.array(1.0, dtype=np.float32)}, path)
    with pytest.raises(WeightsInvalidError, match="output"):
        read_weights(path)
