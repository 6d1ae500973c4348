"""The embedded scorer's card says what its out-of-fold predictions say."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import DataSetInvalidError
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.dataset import read_data_set, read_table
from core.research.evaluation.embedded import (
    NORMALS_OUT_OF_FOLD,
    OUT_OF_FOLD,
    SEGMENTATION_OUT_OF_FOLD,
    SERIES,
    evaluate_embedded,
)
from core.research.training.notice import NOTICE, TRAINING_FILMS, notice_text
from core.scoring.cards import card_markdown, read_card
from core.scoring.models.embedded import CARD_PATH, WEIGHTS_PATH
from core.types import Measure, PairClass, ViewPosition


@pytest.fixture(scope="module")
def figures(shared_data: Path) -> dict[str, Any]:
    return evaluate_embedded(shared_data)


def plain(value: object) -> object:
    return json.loads(json.dumps(value))


def test_the_card_has_the_figures_of_the_evidence(figures: dict[str, Any]) -> None:
    card = read_card(CARD_PATH)

    kept = {name: card.evidence[name] for name in ("training_films", "change_noise")}
    assert {**plain(figures), **kept} == plain(card.evidence)


def test_the_markdown_is_that_of_the_card() -> None:
    assert CARD_PATH.with_suffix(".md").read_text(encoding="utf-8") == card_markdown(read_card(CARD_PATH))


def test_the_card_names_the_weights_that_are_there() -> None:
    assert read_card(CARD_PATH).weights_sha256 == hashlib.sha256(WEIGHTS_PATH.read_bytes()).hexdigest()


def test_errors_are_within_what_was_asked_for(figures: dict[str, Any]) -> None:
    agreement = figures["agreement"]

    assert agreement["geographic_extent"]["n_films"] == 328
    assert agreement["geographic_extent"]["mae"][0] <= 1.3
    assert agreement["opacity"]["mae"][0] <= 0.9


def test_noise_was_measured_on_pairs_of_films_of_both_projections() -> None:
    card = read_card(CARD_PATH)
    noise = card.noise[Measure.GEOGRAPHIC_EXTENT]

    assert (noise.n_pairs, card.mixed_noise[Measure.GEOGRAPHIC_EXTENT].n_pairs) == (117, 13)
    assert noise.sd_low < noise.sd < noise.sd_high
    assert set(card.class_noise[Measure.GEOGRAPHIC_EXTENT]) == {PairClass.AP, PairClass.PA, PairClass.VIEW}
    assert card.change_views == card.severity_views == (ViewPosition.AP, ViewPosition.PA)


def test_no_patient_is_in_two_folds_of_a_partition(shared_data: Path) -> None:
    patient_of = {film.film_id: film.patient_id for film in read_data_set(shared_data, more=True)}
    folds: dict[tuple[str, str], set[str]] = {}
    for row in read_table(EVIDENCE / OUT_OF_FOLD, ("film_id", "partition", "fold")):
        folds.setdefault((row["partition"], patient_of[row["film_id"]]), set()).add(row["fold"])

    assert {len(fold) for fold in folds.values()} == {1}


def test_no_training_film_forbids_derived_works(shared_data: Path) -> None:
    forbidden = {film.film_id for film in read_data_set(shared_data, more=True) if film.no_derivatives}
    trained = read_table(EVIDENCE / TRAINING_FILMS, ("film_id", "licence"))

    assert not forbidden & {row["film_id"] for row in trained}
    committed = NOTICE.read_text(encoding="utf-8")
    assert f"They were trained on {len(trained)} films." in committed
    assert committed == notice_text()


def test_no_experts_values_are_among_the_evidence() -> None:
    for name in (OUT_OF_FOLD, NORMALS_OUT_OF_FOLD, SEGMENTATION_OUT_OF_FOLD, SERIES, TRAINING_FILMS):
        header = (EVIDENCE / name).read_text(encoding="utf-8").splitlines()[0]
        assert "brixia" not in header
        assert "expert" not in header


def test_missing_evidence_is_said_plainly(shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataSetInvalidError, match=f"{OUT_OF_FOLD} is not in"):
        evaluate_embedded(shared_data, tmp_path)
