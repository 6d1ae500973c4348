"""The pointing game and the sanity checks, on painted films whose answer is known."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
from chest_films import film_of
from painted_data import COLUMNS, ROWS, grey, weights_at, write_data
from PIL import Image
from pointing_scorer import PointingScorer, Weighted

from core.errors import DataSetInvalidError
from core.research.evaluation.dataset import read_data_set, read_table
from core.research.evaluation.maps.pointing import (
    PaintedFilm,
    Point,
    painted_films,
    point_maps,
    points_file,
    read_points,
    write_points,
)
from core.research.evaluation.maps.saliency import EXPLAINING_KINDS, SaliencyEvidence, evaluate_saliency
from core.scoring.saliency import MapKind


def evaluate(data: Path, row: int, column: int, **options: object) -> SaliencyEvidence:
    return evaluate_saliency(data, PointingScorer(Weighted(weights_at(row, column))), site_zone=UTC, **options)


def figure(evidence: SaliencyEvidence, kind: MapKind, films: str = "all") -> tuple[object, ...]:
    (one,) = [one for one in evidence.pointing if one.kind is kind and one.films == films]
    return one.n_films, one.n_patients, one.on_opacity.value, one.chance, one.in_lungs.value, one.above_chance.value


GRADIENT = MapKind.GRADIENT_GEOGRAPHIC_EXTENT


def test_a_map_that_points_at_the_opacity_always_hits(tmp_path: Path) -> None:
    evidence = evaluate(write_data(tmp_path), 20, 40)
    assert figure(evidence, GRADIENT) == (3, 2, 1.0, 0.25, 1.0, 0.75)
    (hits,) = [one for one in evidence.pointing if one.kind is GRADIENT]
    assert (hits.on_opacity.low, hits.on_opacity.high, hits.n_without_map) == (1.0, 1.0, 0)
    assert evidence.not_used == ()
    assert (evidence.model, evidence.model_version) == ("pointing", "1")


@pytest.mark.parametrize(("row", "column", "inside"), [(140, 40, 1.0), (20, 140, 1.0), (20, 90, 0.0)])
def test_a_map_that_points_elsewhere_never_hits(tmp_path: Path, row: int, column: int, inside: float) -> None:
    found = figure(evaluate(write_data(tmp_path), row, column), GRADIENT)
    assert found == (3, 2, 0.0, 0.25, inside, -0.25)


def test_films_of_the_training_are_told_apart_by_patient(tmp_path: Path) -> None:
    (tmp_path / "pointing-training-films.csv").write_text("film_id\nfilm-0\n")
    evidence = evaluate(write_data(tmp_path / "data"), 20, 40, evidence=tmp_path)
    assert evidence.training == (
        "1 of these 3 films were in the training of pointing, and 2 are of patients who were: their figures are not "
        "out of sample."
    )
    assert figure(evidence, GRADIENT, "patients in the scorer's training")[:2] == (2, 1)
    assert figure(evidence, GRADIENT, "patients not in its training")[:2] == (1, 1)


def test_points_of_held_out_networks_stand_beside_the_others(tmp_path: Path) -> None:
    points = [
        Point(GRADIENT, f"film-{place}", f"p{place}", 0.25, on_opacity=place < 3, in_lungs=True, drawn=place < 3)
        for place in range(4)
    ]
    write_points(points, tmp_path / points_file("pointing"))
    assert read_points(tmp_path / points_file("pointing")) == points

    evidence = evaluate(write_data(tmp_path / "data"), 20, 40, evidence=tmp_path)

    held_out = "by networks that had not seen the patient"
    assert figure(evidence, GRADIENT, held_out) == (4, 4, 0.75, 0.25, 1.0, 0.5)
    (hits,) = [one for one in evidence.pointing if one.films == held_out]
    assert hits.n_without_map == 1


def test_training_that_nobody_recorded_is_said(tmp_path: Path) -> None:
    evidence = evaluate(write_data(tmp_path), 20, 40, evidence=tmp_path)
    assert evidence.training == "Which of these films pointing was trained on is not recorded."
    assert {one.films for one in evidence.pointing} == {"all"}


def test_shuffled_weights_are_checked_for_each_explaining_kind(tmp_path: Path) -> None:
    sanity = evaluate(write_data(tmp_path), 20, 40, limit=2).sanity
    assert [one.kind for one in sanity] == list(EXPLAINING_KINDS)
    assert {(one.n_films, one.n_patients) for one in sanity} == {(2, 1)}
    assert all(one.destroyed == (one.rank_correlation.high < 0.5) for one in sanity)
    assert all(-1 <= one.rank_correlation.value <= one.highest <= 1 for one in sanity)


def test_a_score_that_nothing_moves_counts_as_a_miss(tmp_path: Path) -> None:
    scorer = PointingScorer(Weighted(np.zeros((ROWS, COLUMNS), np.float32)))
    evidence = evaluate_saliency(write_data(tmp_path), scorer, site_zone=UTC)
    (gradient,) = [one for one in evidence.pointing if one.kind is GRADIENT]
    assert (gradient.n_films, gradient.on_opacity.value, gradient.n_without_map) == (3, 0.0, 3)
    assert all(one.rank_correlation.value == 0 for one in evidence.sanity)


def test_a_coarser_map_points_at_the_same_place(tmp_path: Path) -> None:
    (row, *_others) = read_data_set(write_data(tmp_path))
    opacity = np.zeros((4 * ROWS, 4 * COLUMNS), bool)
    opacity[4 * 20 : 4 * 21, 4 * 40 : 4 * 41] = True
    painted = PaintedFilm(row, np.ones_like(opacity), opacity)
    film = next(iter(painted_films(tmp_path, [row, *_others]))).row
    assert film.film_id == "film-0"
    points = point_maps(PointingScorer(Weighted(weights_at(20, 40))), film_of(grey(0) / 255), painted)
    assert {point.kind: point.on_opacity for point in points}[GRADIENT]


def test_a_film_whose_masks_have_another_size_is_left_out_and_named(tmp_path: Path) -> None:
    data = write_data(tmp_path)
    Image.fromarray(grey(0)[:-10]).save(data / "films" / "film-0.png")
    evidence = evaluate(data, 20, 40)
    assert evidence.not_used == ("film-0: its masks are not of the film's size",)
    assert figure(evidence, GRADIENT)[0] == 2


def test_a_film_that_cannot_be_read_is_left_out_and_named(tmp_path: Path) -> None:
    data = write_data(tmp_path)
    (data / "films" / "film-1.png").write_bytes(b"no film")
    (reason,) = evaluate(data, 20, 40).not_used
    assert reason.startswith("film-1: ")


def test_tables_and_masks_that_do_not_fit_are_said(tmp_path: Path) -> None:
    with pytest.raises(DataSetInvalidError, match=r"No film of .* has painted opacity"):
        evaluate(write_data(tmp_path / "clear", painted=False), 20, 40)
    data = write_data(tmp_path / "lungless")
    for side in ("right", "left"):
        (data / "opacity" / f"film-0.{side}_lung.png").unlink()
    with pytest.raises(DataSetInvalidError, match=r"'film-0' of opacity\.csv has no lung"):
        evaluate(data, 20, 40)
    data = write_data(tmp_path / "unknown")
    (data / "opacity.csv").write_text("film_id\nother\n")
    with pytest.raises(DataSetInvalidError, match=r"lists 'other', which films\.csv does not"):
        evaluate(data, 20, 40)


def test_the_painted_films_of_the_data_set(shared_data: Path) -> None:
    films = list(painted_films(shared_data, read_data_set(shared_data)))
    assert (len(films), sum(bool(film.opacity.any()) for film in films)) == (76, 73)
    rows = read_table(shared_data / "opacity.csv", ("film_id", "opacity_fraction"))
    stated = {row["film_id"]: float(row["opacity_fraction"]) for row in rows}
    for film in films[:8]:
        assert 100 * film.painted_share == pytest.approx(stated[film.row.film_id], abs=1.0)
