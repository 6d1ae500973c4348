"""The view check's errors out of sample, counted anew from the stored out-of-fold predictions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from safetensors import safe_open
from scipy.special import expit

from core.errors import DataSetInvalidError
from core.evaluation.proportion import Method, Proportion
from core.films.recognition.view import INVERTED_THRESHOLD, LATERAL_THRESHOLD, VIEW_WEIGHTS, estimate_view, read_weights
from core.research.evaluation.checks.view import (
    COLUMNS,
    OUT_OF_FOLD,
    evaluate_view,
    read_out_of_fold,
    summarise,
    write_out_of_fold,
)
from core.research.training.checks import view
from core.research.training.checks.view import (
    TRAINING_RECORD,
    inverted_threshold,
    lateral_threshold,
    read_films,
    read_table,
    train,
)
from core.types import Film, FilmHeader

COLUMNS_OF_FILMS = "film_id,source,path,patient_id,view,licence\n"


def small_data_set(folder: Path) -> Path:
    """Write 24 frontal and 8 lateral pictures of 16 patients; every fourth licence forbids derivatives."""
    random = np.random.default_rng(1)
    for table, count in (("films", 24), ("laterals", 8)):
        lines = [COLUMNS_OF_FILMS]
        for number in range(count):
            name = f"{table}-{number}"
            across = np.linspace(-1, 1, 64)
            shape = np.abs(across) if table == "films" else np.maximum(across, 0)
            grey = 80 * shape + np.linspace(100, 150, 64)[:, None] + random.normal(0, 8, (64, 64))
            Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(folder / f"{name}.png")
            licence = "CC BY-NC-ND 4.0" if number % 4 == 3 else "CC BY 4.0"
            lines.append(f"{name},cohen,{name}.png,cohen-{number % 16},L,{licence}\n")
        (folder / f"{table}.csv").write_text("".join(lines), encoding="utf-8")
    return folder


def test_laterals_are_caught_and_frontal_films_pass() -> None:
    evidence = evaluate_view()

    assert evidence.laterals_caught.n == 37
    assert evidence.laterals_caught.count >= 36
    assert evidence.lateral_patients == 30
    assert evidence.frontal.refused.n == 1732
    assert evidence.frontal.refused.high <= 0.02


def test_inverted_films_are_found_and_hardly_any_other() -> None:
    evidence = evaluate_view()

    assert evidence.frontal.wrongly_inverted.count / 1732 <= 0.001
    assert evidence.frontal.inverted_detected.low >= 0.99
    # the one film that is stored upside down
    assert evidence.wrongly_inverted_film_ids == ("nih-00003490_011",)


def test_every_source_holds() -> None:
    groups = {group.name: group for group in evaluate_view().by_source}

    assert {name: group.refused.n for name, group in groups.items()} == {
        "actualmed": 53,
        "brixia": 10,
        "cohen": 424,
        "figure1": 49,
        "hannover": 197,
        "nih": 999,
    }
    assert all(group.refused.count <= 0.02 * group.refused.n for group in groups.values())
    assert all(group.inverted_detected.count >= 0.97 * group.inverted_detected.n for group in groups.values())


def test_the_shipped_thresholds_do_as_well() -> None:
    evidence = evaluate_view(shipped_thresholds=True)
    assert evidence.laterals_caught.count >= 36
    assert evidence.frontal.refused.count <= 0.02 * 1732
    assert f"{LATERAL_THRESHOLD:g} lateral" in evidence.rule


def test_distorted_copies_hold_too() -> None:
    distorted = evaluate_view().distorted
    assert distorted.refused.count <= 0.02 * distorted.refused.n
    assert distorted.wrongly_inverted.count <= 0.003 * distorted.wrongly_inverted.n


def test_every_patient_is_in_one_fold_only() -> None:
    table = read_out_of_fold(OUT_OF_FOLD)
    assert len(table) == 1769
    assert table["film_id"].is_unique
    assert (table.groupby("patient_group")["fold"].nunique() == 1).all()


def test_stored_predictions_are_of_the_films_in_the_data_set(shared_data: Path) -> None:
    films, table = read_films(shared_data), read_out_of_fold(OUT_OF_FOLD)
    assert list(table["film_id"]) == list(films["film_id"])
    assert list(table["kind"] == "lateral") == list(films["lateral"])
    assert list(table["patient_group"]) == list(films["patient_id"].factorize()[0])


def test_thresholds_of_code_weight_file_and_record_agree() -> None:
    with safe_open(VIEW_WEIGHTS, framework="numpy") as file:
        stored = json.loads(file.metadata()["thresholds"])
    record = json.loads(TRAINING_RECORD.read_text(encoding="utf-8"))
    in_code = {"LATERAL_THRESHOLD": LATERAL_THRESHOLD, "INVERTED_THRESHOLD": INVERTED_THRESHOLD}
    assert stored == in_code
    assert {name: record[name] for name in in_code} == in_code


def test_no_film_of_a_no_derivatives_licence_was_trained_on() -> None:
    record = json.loads(TRAINING_RECORD.read_text(encoding="utf-8"))
    assert (record["frontal_films"], record["lateral_films"]) == (1702, 37)
    assert sum(row["films"] for row in record["trained_on"]) == 1739
    assert not [row for row in record["trained_on"] if "ND" in row["licence"]]
    assert sum(row["films"] for row in record["left_out_no_derivatives"]) == 30


def test_counts_on_a_table_worked_by_hand() -> None:
    table = pd.DataFrame(
        {
            "film_id": ["nih-1", "nih-2", "cohen-3", "cohen-4", "cohen-5"],
            "patient_group": [0, 0, 1, 1, 2],
            "kind": ["frontal", "frontal", "frontal", "lateral", "lateral"],
            "fold": [0, 0, 1, 1, 2],
            "lateral_threshold": 0.5,
            "inverted_threshold": 0.9,
            "p_lateral": [0.1, 0.6, 0.5, 0.9, 0.4],
            "p_lateral_distorted": [0.6, 0.6, 0.1, 0.9, 0.9],
            "p_inverted": [0.0, 0.1, 0.95, 0.99, 0.1],
            "p_inverted_of_negative": [1.0, 0.9, 0.05, 0.0, 0.9],
            "p_inverted_distorted": [0.0, 0.0, 0.0, 0.0, 0.0],
            "p_inverted_of_negative_distorted": [1.0, 1.0, 1.0, 1.0, 1.0],
        }
    )

    evidence = summarise(table, rule="by hand")

    assert (evidence.laterals_caught.count, evidence.laterals_caught.n) == (1, 2)
    assert evidence.lateral_patients_all_caught == Proportion.of(1, 2, method=Method.EXACT)
    assert evidence.distorted_laterals_caught.count == 2
    assert evidence.laterals_called_inverted.count == 1
    assert evidence.frontal.refused == Proportion.of(1, 3, method=Method.EXACT)
    assert evidence.frontal.patients == 2
    assert evidence.frontal.wrongly_inverted.count == 1
    assert evidence.frontal.inverted_detected.count == 1
    assert evidence.distorted.refused.count == 2
    assert evidence.distorted.inverted_detected.count == 3
    assert [(group.name, group.refused.count, group.refused.n) for group in evidence.by_source] == [
        ("cohen", 0, 1),
        ("nih", 1, 2),
    ]
    assert evidence.refused_film_ids == ("nih-2",)
    assert evidence.missed_lateral_ids == ("cohen-5",)
    assert evidence.wrongly_inverted_film_ids == ("cohen-3",)


def test_exact_interval() -> None:
    # none of n: 1 - 0.025 ** (1 / n)
    assert Proportion.of(0, 100, method=Method.EXACT).high == pytest.approx(1 - 0.025**0.01)
    assert Proportion.of(0, 100, method=Method.EXACT).low == 0.0
    assert Proportion.of(37, 37, method=Method.EXACT).low == pytest.approx(0.025 ** (1 / 37))
    assert Proportion.of(37, 37, method=Method.EXACT).high == 1.0
    assert (Proportion.of(0, 0, method=Method.EXACT).low, Proportion.of(0, 0, method=Method.EXACT).high) == (0.0, 1.0)


def test_lateral_threshold_is_half_way_but_refuses_at_most_one_in_a_hundred() -> None:
    frontal, lateral = np.linspace(-10, 0, 1001), np.full(20, 4.0)
    assert lateral_threshold(frontal, lateral) == pytest.approx((-0.05 + 4) / 2)
    assert lateral_threshold(frontal, np.full(20, -9.0)) == pytest.approx(-0.1)


def test_inverted_threshold_is_at_least_19_to_1_and_above_all_but_one_in_a_thousand() -> None:
    assert inverted_threshold(np.full(2000, -5.0)) == pytest.approx(np.log(19))
    assert inverted_threshold(np.arange(1001.0)) == 999.0


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataSetInvalidError, match="Redo the cross-validation"):
        evaluate_view(out_of_fold=tmp_path / "none.csv")
    with pytest.raises(DataSetInvalidError, match=r"films\.csv"):
        read_films(tmp_path)


def test_refitting_needs_the_films() -> None:
    with pytest.raises(DataSetInvalidError, match="Name their folder"):
        evaluate_view(refit=True)


def test_cross_validation_from_the_films(tmp_path: Path) -> None:
    evidence = evaluate_view(small_data_set(tmp_path), refit=True)
    assert (evidence.frontal.refused.n, evidence.laterals_caught.n) == (24, 8)
    assert evidence.frontal.patients == 16
    assert evidence.laterals_caught.count == 8


def test_stored_predictions_come_back(tmp_path: Path) -> None:
    table = read_out_of_fold(OUT_OF_FOLD).head(5)
    write_out_of_fold(table, tmp_path / "five.csv")
    pd.testing.assert_frame_equal(read_out_of_fold(tmp_path / "five.csv"), table[list(COLUMNS)])


def test_training_is_reproducible_and_leaves_no_derivatives_out(tmp_path: Path) -> None:
    data = small_data_set(tmp_path)
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    record = train(data, weights_path=first, record_path=tmp_path / "evidence" / "record.json")
    train(data, weights_path=second, record_path=tmp_path / "record.json")

    assert first.read_bytes() == second.read_bytes()
    assert json.loads((tmp_path / "evidence" / "record.json").read_text(encoding="utf-8")) == record
    assert (record["frontal_films"], record["lateral_films"]) == (18, 6)
    assert record["left_out_no_derivatives"] == [
        {"source": "cohen", "licence": "CC BY-NC-ND 4.0", "view": "frontal", "films": 6},
        {"source": "cohen", "licence": "CC BY-NC-ND 4.0", "view": "lateral", "films": 2},
    ]
    assert read_weights(first).lateral.shape == (512,)


@pytest.mark.slow
def test_the_shipped_weights_come_from_the_films(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = read_table(shared_data)
    monkeypatch.setattr(view, "read_table", lambda _data: table)  # read once: it takes half a minute
    train(shared_data, weights_path=tmp_path / "again.safetensors", record_path=tmp_path / "record.json")
    again, shipped = read_weights(tmp_path / "again.safetensors"), read_weights(VIEW_WEIGHTS)
    # Where the solver stops depends on the machine's linear algebra, so what both say of the films is compared.
    lateral = [expit(table.lateral @ one.lateral + one.lateral_bias) for one in (again, shipped)]
    inverted = [expit(table.inversion @ one.inversion) for one in (again, shipped)]
    np.testing.assert_allclose(lateral[0], lateral[1], atol=0.02)
    np.testing.assert_allclose(inverted[0], inverted[1], atol=0.02)
    assert json.loads((tmp_path / "record.json").read_text()) == json.loads(TRAINING_RECORD.read_text())


def test_out_of_fold_and_shipped_estimates_agree_on_a_clear_film(shared_data: Path) -> None:
    table = read_out_of_fold(OUT_OF_FOLD).set_index("film_id")
    with Image.open(shared_data / "films" / "hannover" / "hannover-c4a0e11a.png") as picture:
        pixels = (np.asarray(picture.convert("L")) / 255).astype(np.float32)
    header = FilmHeader(rows=pixels.shape[0], columns=pixels.shape[1], bits_stored=8)
    estimate = estimate_view(Film(pixels=pixels, header=header, pixel_hash=""))
    assert estimate.p_inverted == pytest.approx(table.loc["hannover-c4a0e11a", "p_inverted"], abs=0.01)
    assert estimate.p_lateral == pytest.approx(table.loc["hannover-c4a0e11a", "p_lateral"], abs=0.05)
