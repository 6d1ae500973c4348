"""The opacity segmentation's card says what its predictions out of fold say."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.errors import DataSetInvalidError
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.dataset import read_data_set, read_table
from core.research.evaluation.opacity.outcomes import evaluate_opacity_outcomes
from core.research.evaluation.opacity.segmentation import OUT_OF_FOLD_TABLES
from core.research.evaluation.unet_resnet18 import (
    OUT_OF_FOLD,
    READINGS,
    SYSTEM,
    InferredFilm,
    evaluate_unet,
    fit_severity_line,
    inference_row,
    read_inferences,
    write_inferences,
    write_severity,
)
from core.research.training.unet_resnet18.release import OUTCOMES, TRAINING_FILMS, training_counts
from core.scoring.cards import card_markdown, read_card
from core.scoring.models.unet_resnet18 import CARD_PATH, WEIGHTS_PATH
from core.scoring.models.unet_resnet18.inference import OpacityInference
from core.types import Measure


@pytest.fixture(scope="module")
def figures(shared_data: Path) -> Mapping[str, object]:
    return evaluate_unet(shared_data)


def plain(value: object) -> object:
    return json.loads(json.dumps(value))


def test_the_card_has_the_figures_of_the_evidence(figures: Mapping[str, object]) -> None:
    card = read_card(CARD_PATH)

    kept = {"training_films": training_counts(), "change_noise": card.evidence["change_noise"]}
    assert {**plain(figures), **kept} == plain(card.evidence)


def test_card_markdown_and_weights_belong_together() -> None:
    card = read_card(CARD_PATH)

    assert CARD_PATH.with_suffix(".md").read_text(encoding="utf-8") == card_markdown(card)
    assert card.weights_sha256 == hashlib.sha256(WEIGHTS_PATH.read_bytes()).hexdigest()
    assert WEIGHTS_PATH.stat().st_size < 30_000_000


def test_figures_are_of_all_painted_films(figures: Mapping[str, object]) -> None:
    segmentation = figures["segmentation"]

    assert (segmentation["n_films"], segmentation["n_patients"]) == (76, 55)
    assert figures["agreement"]["geographic_extent"]["n_films"] == 68


def test_severity_out_of_fold_is_what_readings_and_experts_say(shared_data: Path, tmp_path: Path) -> None:
    films = {film.film_id: film for film in read_data_set(shared_data)}

    write_severity(films, read_inferences(EVIDENCE / READINGS), tmp_path / OUT_OF_FOLD)

    assert (tmp_path / OUT_OF_FOLD).read_text(encoding="utf-8") == (EVIDENCE / OUT_OF_FOLD).read_text(encoding="utf-8")


def test_no_patient_is_in_two_folds(shared_data: Path) -> None:
    patient_of = {film.film_id: film.patient_id for film in read_data_set(shared_data)}
    rows = read_table(EVIDENCE / READINGS, ("film_id", "fold"))
    folds: dict[str, set[str]] = {}
    for row in rows:
        folds.setdefault(patient_of[row["film_id"]], set()).add(row["fold"])
    fold_of = {row["film_id"]: row["fold"] for row in rows}
    overlaps = read_table(EVIDENCE / OUT_OF_FOLD_TABLES[SYSTEM], ("film_id", "fold"))

    assert {len(of_patient) for of_patient in folds.values()} == {1}
    assert all(fold_of[row["film_id"]] == row["fold"] for row in overlaps)


def test_no_training_film_forbids_derived_works(shared_data: Path) -> None:
    forbidden = {film.film_id for film in read_data_set(shared_data) if film.no_derivatives}

    assert not forbidden & {row["film_id"] for row in read_table(EVIDENCE / TRAINING_FILMS, ("film_id",))}


def test_no_experts_values_are_among_the_evidence() -> None:
    for name in (OUT_OF_FOLD, READINGS, TRAINING_FILMS, OUT_OF_FOLD_TABLES[SYSTEM]):
        header = (EVIDENCE / name).read_text(encoding="utf-8").splitlines()[0].split(",")
        assert not {"geographic_extent", "opacity", "brixia_senior", "expert"} & set(header)


def test_the_outcomes_are_those_of_the_evidence(shared_data: Path) -> None:
    kept = json.loads((EVIDENCE / OUTCOMES).read_text(encoding="utf-8"))

    assert plain(evaluate_opacity_outcomes(shared_data).as_evidence()) == kept


def test_readings_come_back_as_written(tmp_path: Path) -> None:
    inference = OpacityInference(25.0, (50.0, 0.0), (0.75, 0.25))
    written = [InferredFilm("a", 3, inference), InferredFilm("b", None, None)]

    write_inferences([inference_row(one.film_id, one.fold, one.inference) for one in written], tmp_path / "r.csv")

    assert read_inferences(tmp_path / "r.csv") == written


def test_a_damaged_table_of_readings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(
        "film_id,fold,fraction,fraction_right,fraction_left,density_right,density_left\na,0,many,,,,\n",
        encoding="utf-8",
    )

    with pytest.raises(DataSetInvalidError, match=r"r\.csv: .*'many'"):
        read_inferences(tmp_path / "r.csv")


def test_a_line_is_found_again() -> None:
    scored = []
    for number in range(12):
        right, left = 8.0 * number, 4.0 * number
        inference = OpacityInference(6.0 * number, (right, left), (0.4 + 0.02 * (number % 3), 0.3))
        scored.append((inference, 2 * 0.2 + 0.03 * (right + left)))

    line = fit_severity_line(scored, Measure.GEOGRAPHIC_EXTENT)

    assert line.constant == pytest.approx(0.2, abs=0.01)
    assert line.slope == pytest.approx(3.0, abs=0.02)
    assert (line.root, line.density) == (pytest.approx(0, abs=0.01), pytest.approx(0, abs=0.01))


def test_more_opacity_never_gives_a_lower_score_whatever_experts_say() -> None:
    scored = [(OpacityInference(5.0 * n, (5.0 * n, 5.0 * n), (0.5, 0.5)), 8.0 - 0.5 * n) for n in range(12)]

    line = fit_severity_line(scored, Measure.GEOGRAPHIC_EXTENT)

    assert (line.root, line.slope) == (0.0, 0.0)


def test_too_few_films_make_no_line() -> None:
    with pytest.raises(DataSetInvalidError, match=r"0 films .* Expected 8 or more"):
        fit_severity_line([], Measure.OPACITY)
