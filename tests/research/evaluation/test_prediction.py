"""Predictions of films without an expert's score, and figures from made-up evidence."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.errors import FilmNotScorableError
from core.research.evaluation.dataset import DataSetFilm, read_data_set
from core.research.evaluation.embedded import (
    NORMALS_OUT_OF_FOLD,
    OUT_OF_FOLD,
    SEGMENTATION_OUT_OF_FOLD,
    SERIES,
    evaluate_embedded,
)
from core.research.evaluation.opacity.segmentation import COLUMNS
from core.research.evaluation.prediction import write_predictions
from core.types import Film, Score, ScorerCard


class MeanScorer:
    """Scores a film by its mean grey value; a black one is not scorable."""

    name, version = "mean", "1"
    card = ScorerCard("mean", "1", "", "", "", "")

    def prepare(self, film: Film) -> NDArray[np.float32]:
        """Return the mean alone."""
        return np.array([film.pixels.mean()], dtype=np.float32)

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Score 0 to 8 in proportion to the mean."""
        if any(value[0] == 0 for value in prepared):
            message = "Nothing to see."
            raise FilmNotScorableError(message, (0,))
        return [Score("mean", "1", round(8 * float(value[0]), 3), 0.0) for value in prepared]


def film(folder: Path, name: str, grey: int) -> DataSetFilm:
    path = folder / f"{name}.png"
    Image.fromarray(np.full((64, 64), grey, dtype=np.uint8)).save(path)
    return DataSetFilm(name, "nih", path, name, None, "frontal", "", "No Finding", "", "")


def test_each_film_has_its_row_and_one_that_cannot_be_scored_stays_empty(tmp_path: Path) -> None:
    films = [film(tmp_path, "bright", 255), film(tmp_path, "black", 0)]

    write_predictions(films, MeanScorer(), tmp_path / "rows.csv")

    assert (tmp_path / "rows.csv").read_text(encoding="utf-8").splitlines() == [
        "film_id,geographic_extent,geographic_extent_right,geographic_extent_left,opacity",
        "bright,8.000,,,0.000",
        "black,,,,",
    ]


ZONES = "ABCDEF"


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    """Return a folder with 24 patients of two films each, predicted half a point too high, and their evidence."""
    generator = np.random.default_rng(0)
    films = ["film_id,source,path,patient_id,day,view,sex,finding,licence,url"]
    scores = ["film_id,geographic_extent,opacity,brixia_senior," + ",".join(f"brixia_senior_{zone}" for zone in ZONES)]
    out_of_fold = [
        "film_id,partition,fold,geographic_extent_right,geographic_extent_left,opacity_right,opacity_left,"
        + ",".join(f"zone_{zone}" for zone in ZONES)
        + ",unlikeness"
    ]
    overlaps, painted = [",".join(COLUMNS)], ["film_id,opacity_fraction"]
    for number in range(48):
        name, half = f"f{number}", float(generator.uniform(0.5, 2.5))
        films.append(f"{name},cohen,x/{name}.png,p{number // 2},{number % 2},PA,F,COVID-19,CC BY,u")
        # One film is misjudged by more than the others: without any scatter there is no noise to measure.
        odd = 0.4 * (number == 0)
        unlikeness = 2.0 if number >= 40 else 0.5
        zone = number % 3
        scores.append(f"{name},{2 * half + odd},{half + odd / 2},{6 * zone}" + f",{zone}" * 6)
        out_of_fold += [
            f"{name},{partition},{number // 2 % 2},{half + 0.25},{half + 0.25},{half / 2},{half / 2}"
            + f",{zone}" * 6
            + f",{unlikeness}"
            for partition in (1, 2)
        ]
        if number < 4:
            overlaps.append(f"{name},0,0.9,0.95,0.85,0.5,10,20,20,{10 * number},0,0")
            painted.append(f"{name},{10 * number + 5}")
    films += [f"n{number},nih,x/n{number}.png,n{number},,frontal,,No Finding,CC BY,u" for number in range(3)]
    films += [f"a{number},actualmed,x/a{number}.png,a{number},,frontal,,No finding,x,u" for number in range(4)]
    normals = [out_of_fold[0]]
    for number, extent in enumerate((0.5, 1.0, 1.5)):
        normals += [f"n{number},{partition},0,{extent},{extent},0,0,0,0,0,0,0,0,0.5" for partition in (1, 2)]
    unscored = ["film_id,geographic_extent", "a0,1", "a1,2", "a2,3", "a3,"]
    tables = {
        "films.csv": films,
        "scores.csv": scores,
        "opacity.csv": painted,
        OUT_OF_FOLD: out_of_fold,
        NORMALS_OUT_OF_FOLD: normals,
        SEGMENTATION_OUT_OF_FOLD: overlaps,
        SERIES: unscored,
    }
    for name, lines in tables.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_figures_follow_from_predictions_and_experts_values(made_up: Path) -> None:
    assert len(read_data_set(made_up)) == 55

    figures = evaluate_embedded(made_up, made_up)

    agreement = figures["agreement"]
    assert agreement["geographic_extent"]["mae"][0] == round((47 * 0.5 + 0.1) / 48, 3)
    assert agreement["geographic_extent"]["bias"][2] == 0.5
    assert agreement["opacity"]["mae"][0] == round(0.2 / 48, 3)
    assert (agreement["brixia_senior"]["n_films"], agreement["brixia_senior"]["mae"][0]) == (48, 0.0)
    assert figures["change_between_films_taken_alike"]["brixia_senior"]["r"][0] == 1.0
    assert figures["geographic_extent_by_subgroup"]["view PA"]["n_films"] == 48
    segmentation = figures["segmentation"]
    assert (segmentation["n_films"], segmentation["opacity_dice"][0], segmentation["fraction_mae"][0]) == (4, 0.5, 5.0)
    assert figures["lungs_dice_of_all_drawn_films"] == {"cohen": {"n_films": 4, "mean": 0.9}}
    without = figures["films_without_finding"]
    assert without["nih"] == {"n_films": 3, "geographic_extent_quartiles": [1.5, 2.0, 2.5], "out_of_fold": True}
    assert without["actualmed"] == {
        "n_films": 3,
        "n_without_lungs_found": 1,
        "geographic_extent_quartiles": [1.5, 2.0, 2.5],
    }
    assert "5 folds" not in figures["method"]
    assert "2 folds, 2 random partitions" in figures["method"]


def test_intervals_are_wider_and_judged_apart_on_unlike_films(made_up: Path) -> None:
    interval = evaluate_embedded(made_up, made_up)["interval"]

    # Half a point too high on 40 films of usual likeness, widened twice on the eight others.
    assert interval["half_width"] == {"geographic_extent": 0.5, "opacity": 0.0}
    coverage = interval["coverage_leaving_each_patient_out"]["geographic_extent"]
    assert coverage["all"]["n_films"] == 48
    assert coverage["unlike the training films"] == {
        "n_films": 8,
        "share": [1.0, 0.676, 1.0],
        "mean_half_width": 1.0,
    }
    assert coverage["like the training films"]["mean_half_width"] == 0.5
    assert sum(coverage[name]["n_films"] for name in ("mild", "moderate", "severe") if name in coverage) == 48
