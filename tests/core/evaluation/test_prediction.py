"""Predictions of films without an expert's score, and figures from made-up evidence."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.errors import FilmNotScorableError
from core.evaluation.dataset import DataSetFilm, read_data_set
from core.evaluation.embedded import LUNGS_OUT_OF_FOLD, OUT_OF_FOLD, UNSCORED, evaluate_embedded
from core.evaluation.prediction import write_predictions
from core.types import Film, Measure, Score, ScorerCard


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
    ]
    lungs = ["film_id,fold,dice_right,dice_left"]
    for number in range(48):
        name, half = f"f{number}", float(generator.uniform(0.5, 2.5))
        films.append(f"{name},cohen,x/{name}.png,p{number // 2},{number % 2},PA,F,COVID-19,CC BY,u")
        # One film is misjudged by more than the others: without any scatter there is no noise to measure.
        odd = 0.4 * (number == 0)
        scores.append(f"{name},{2 * half + odd},{half + odd / 2},6,1,1,1,1,1,1")
        out_of_fold += [
            f"{name},{partition},{number // 2 % 2},{half + 0.25},{half + 0.25},{half / 2},{half / 2},1,1,1,1,1,1"
            for partition in (1, 2)
        ]
        lungs.append(f"{name},0,0.9,0.8")
    films += [f"n{number},nih,x/n{number}.png,n{number},,frontal,,No Finding,CC BY,u" for number in range(4)]
    unscored = ["film_id,geographic_extent", "n0,1", "n1,2", "n2,3", "n3,"]
    tables = {
        "films.csv": films, "scores.csv": scores, OUT_OF_FOLD: out_of_fold, UNSCORED: unscored, LUNGS_OUT_OF_FOLD: lungs
    }  # fmt: skip
    for name, lines in tables.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_figures_follow_from_predictions_and_experts_values(made_up: Path) -> None:
    assert len(read_data_set(made_up)) == 52

    figures = evaluate_embedded(made_up, made_up)

    agreement = figures.evidence["agreement"]
    assert agreement["geographic_extent"]["mae"][0] == round((47 * 0.5 + 0.1) / 48, 3)
    assert agreement["geographic_extent"]["bias"][2] == 0.5
    assert agreement["opacity"]["mae"][0] == round(0.2 / 48, 3)
    assert (agreement["brixia_senior"]["n_films"], agreement["brixia_senior"]["mae"][0]) == (48, 0.0)
    assert figures.evidence["interval"]["half_width"] == {"geographic_extent": 0.5, "opacity": 0.0}
    assert figures.evidence["lungs_dice"] == {"cohen": {"n_films": 48, "mean": 0.85}}
    nih = figures.evidence["films_without_finding"]["nih"]
    assert nih == {"n_films": 3, "n_without_lungs_found": 1, "geographic_extent_quartiles": [1.5, 2.0, 2.5]}
    assert "5 folds" not in figures.evidence["method"]
    assert "2 folds, 2 random partitions" in figures.evidence["method"]


def test_the_noise_of_change_is_that_of_the_one_misjudged_film(made_up: Path) -> None:
    noise = evaluate_embedded(made_up, made_up).noise[Measure.GEOGRAPHIC_EXTENT]

    assert noise.slope == pytest.approx(1.0, abs=0.05)
    assert noise.sd == pytest.approx(0.4 / 23**0.5, abs=0.01)
    assert (noise.n_pairs, noise.n_patients) == (24, 24)
