"""The errors of the checks for chest films and for photographs, counted anew from the stored predictions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from safetensors import safe_open

from core.errors import DataSetInvalidError
from core.evaluation.proportion import wilson_interval
from core.films.read import read_film
from core.films.recognition.likeness import CHEST_THRESHOLD, LIKENESS_WEIGHTS, read_weights
from core.films.recognition.photograph import RASTER_THRESHOLD, raster_strength
from core.research.evaluation.checks import likeness, photograph
from core.research.evaluation.checks.likeness import (
    COLUMNS,
    OUT_OF_FOLD,
    Refused,
    evaluate_likeness,
    read_out_of_fold,
    summarise,
    write_out_of_fold,
)
from core.research.evaluation.checks.likeness_kinds import CHANGED_KINDS
from core.research.evaluation.checks.photograph import evaluate_photographs, raster_threshold
from core.research.training.checks import likeness as training
from core.research.training.checks.likeness_drawn import DRAWN
from core.research.training.checks.likeness_films import FROM_FILMS
from core.research.training.checks.likeness_pictures import pictures
from core.research.training.checks.likeness_table import TRAINED_ONLY

EVIDENCE = OUT_OF_FOLD.parent
REPORT = EVIDENCE / "likeness.md"


def row(kind: str, name: str, group: int, value: float, unseen: float) -> dict[str, object]:
    return {
        "kind": kind,
        "name": name,
        "group": group,
        "fold": 0,
        "likeness": value,
        "threshold": 0.5,
        "likeness_of_unseen_kind": unseen,
        "threshold_of_unseen_kind": 0.4,
    }


def shown(share: Refused | photograph.Noted) -> str:
    return f"{share.count:,} of {share.n:,}"


def test_other_pictures_are_refused_and_frontal_films_pass() -> None:
    evidence = evaluate_likeness()
    assert evidence.frontal.n == 1732
    assert evidence.frontal.count / evidence.frontal.n <= 0.005
    assert evidence.frontal.high <= 0.01
    assert evidence.whole.low >= 0.98
    assert (evidence.laterals_by_either.count, evidence.laterals_by_either.n) == (37, 37)
    assert evidence.changed.count / evidence.changed.n >= 0.95


def test_no_severe_bedside_source_is_refused_more() -> None:
    chest = {one.kind: one for one in evaluate_likeness().chest}
    assert (chest["hannover"].count, chest["hannover"].n) == (0, 197)
    assert (chest["actualmed"].count, chest["actualmed"].n) == (0, 53)
    assert (chest["figure1"].count, chest["figure1"].n) == (0, 49)
    assert chest["synthetic films"].count == 0
    assert chest["distorted copies of frontal films"].count <= 0.02 * 1732


def test_turned_films_are_refused() -> None:
    kinds = {kind.kind: kind for kind in evaluate_likeness().kinds}
    assert kinds["upside down"].low >= 0.98
    assert kinds["on its side"].low >= 0.98


def test_the_report_says_what_the_predictions_say() -> None:
    report, evidence, photographs = REPORT.read_text(encoding="utf-8"), evaluate_likeness(), evaluate_photographs()
    unseen = {unseen_kind.kind: unseen_kind for unseen_kind in evidence.unseen_kinds}
    for total in (evidence.frontal, evidence.whole, evidence.changed, evidence.laterals_by_either):
        assert f"{shown(total)} | {total.count / total.n:.1%} ({total.low:.1%}-{total.high:.1%})" in report
    for kind in evidence.kinds:
        other = unseen[kind.kind]
        line = f"| {kind.kind} | {shown(kind)} | {kind.count / kind.n:.1%} ({kind.low:.1%}-{kind.high:.1%}) |"
        assert f"{line} {other.count / other.n:.1%} ({other.low:.1%}-{other.high:.1%}) |" in report
    for noted in (*photographs.by_source, photographs.digital_out_of_fold, photographs.seen_by_eye):
        assert f"| {noted.source} | {shown(noted)} |" in report
    for film_id in evidence.refused_film_ids:
        assert film_id in report


def test_stored_predictions_are_of_the_films_in_the_data_set(shared_data: Path) -> None:
    table = read_out_of_fold(OUT_OF_FOLD)
    films = pd.read_csv(shared_data / "films.csv")
    frontal = table[table["kind"] == likeness.FRONTAL].set_index("name")
    assert sorted(frontal.index) == sorted(films["film_id"])
    patients = films.set_index("film_id")["patient_id"]
    assert frontal.groupby(patients)["fold"].nunique().max() == 1


def test_every_group_is_in_one_fold_only() -> None:
    table = read_out_of_fold(OUT_OF_FOLD)
    assert (table.groupby("group")["fold"].nunique() == 1).all()


def test_kinds_are_those_of_training() -> None:
    assert set(CHANGED_KINDS) == set(FROM_FILMS) - {TRAINED_ONLY}
    assert set(DRAWN) < {kind.kind for kind in evaluate_likeness().kinds}


def test_threshold_of_code_weight_file_and_record_agree() -> None:
    with safe_open(LIKENESS_WEIGHTS, framework="numpy") as file:
        stored = float(file.metadata()["CHEST_THRESHOLD"])
    record = json.loads(training.TRAINING_RECORD.read_text(encoding="utf-8"))
    assert stored == record["CHEST_THRESHOLD"] == CHEST_THRESHOLD


def test_no_film_of_a_no_derivatives_licence_was_trained_on() -> None:
    record = json.loads(training.TRAINING_RECORD.read_text(encoding="utf-8"))
    assert record["pictures"]["frontal films"] == record["frontal_films"] == 1702
    assert record["lateral_films"] == 37
    assert not [group for group in record["trained_on"] if "ND" in group["licence"]]


def test_counts_on_a_table_worked_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "_taken_for_laterals", lambda: pd.Series(["l-1"]))
    table = pd.DataFrame(
        [
            row("frontal films", "nih-1", 0, 0.9, 0.9),
            row("frontal films", "cohen-2", 1, 0.4, 0.4),
            row("distorted copies of frontal films", "nih-1", 0, 0.6, 0.6),
            row("upside down", "nih-1", 0, 0.1, 0.45),
            row("laterals", "l-1", 2, 0.6, 0.6),
            row("laterals", "l-2", 2, 0.6, 0.3),
            row("noise", "noise 0", 3, 0.1, 0.45),
        ]
    )
    evidence = summarise(table)
    assert (evidence.frontal.count, evidence.frontal.n, evidence.frontal.groups) == (1, 2, 2)
    assert (evidence.frontal.low, evidence.frontal.high) == pytest.approx(wilson_interval(0.5, 2))
    assert evidence.refused_film_ids == ("cohen-2",)
    assert [(one.kind, one.count, one.n) for one in evidence.chest] == [
        ("cohen", 1, 1),
        ("nih", 0, 1),
        ("distorted copies of frontal films", 0, 1),
        ("synthetic films", 0, 0),
    ]
    assert [(kind.kind, kind.count) for kind in evidence.kinds] == [("upside down", 1), ("laterals", 0), ("noise", 1)]
    assert [unseen_kind.count for unseen_kind in evidence.unseen_kinds] == [0, 1, 0]
    assert (evidence.laterals_by_either.count, evidence.laterals_by_either.n) == (2, 2)
    assert (evidence.whole.count, evidence.whole.n) == (2, 3)
    assert (evidence.changed.count, evidence.changed.n) == (1, 1)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataSetInvalidError, match="Redo the cross-validation"):
        evaluate_likeness(out_of_fold=tmp_path / "none.csv")
    with pytest.raises(DataSetInvalidError, match="Name their folder"):
        evaluate_likeness(refit=True)
    with pytest.raises(DataSetInvalidError, match="restore it"):
        evaluate_photographs(tmp_path / "none.csv")


def test_stored_predictions_come_back(tmp_path: Path) -> None:
    table = read_out_of_fold(OUT_OF_FOLD).head(5)
    write_out_of_fold(table, tmp_path / "five.csv")
    pd.testing.assert_frame_equal(read_out_of_fold(tmp_path / "five.csv"), table[list(COLUMNS)])


def test_photographs_are_noted_and_digital_films_are_not() -> None:
    evidence = evaluate_photographs()
    by_source = {one.source: one for one in evidence.by_source}
    assert [by_source[source].count for source in photograph.DIGITAL_SOURCES] == [0, 0, 0]
    assert evidence.digital_out_of_fold.n == 1249
    assert evidence.digital_out_of_fold.high <= 0.01
    assert by_source["figure1"].n == 49
    assert by_source["figure1"].count >= 5
    table = pd.read_csv(photograph.RASTER)
    digital = table["film_id"].str.partition("-")[0].isin(photograph.DIGITAL_SOURCES)
    assert raster_threshold(table.loc[digital, "raster_strength"]) == RASTER_THRESHOLD


def test_stored_strengths_are_of_the_films_in_the_data_set(shared_data: Path) -> None:
    table, films = pd.read_csv(photograph.RASTER), pd.read_csv(shared_data / "films.csv")
    assert list(table["film_id"]) == list(films["film_id"])
    assert list(table["patient_group"]) == list(films["patient_id"].factorize()[0])
    for place in (0, 300, 635):
        film = read_film((shared_data / films["path"][place]).read_bytes(), site_zone=UTC)
        assert raster_strength(film.pixels) == pytest.approx(table["raster_strength"][place], abs=1e-3)


def small_data_set(folder: Path) -> Path:
    """Write 8 frontal and 4 lateral pictures of 6 patients; every fourth licence forbids derivatives."""
    random = np.random.default_rng(1)
    for table, count in (("films", 8), ("laterals", 4)):
        lines = ["film_id,source,path,patient_id,view,licence\n"]
        for number in range(count):
            name = f"{table}-{number}"
            across = np.linspace(-1, 1, 64)
            shape = np.abs(across) if table == "films" else np.maximum(across, 0)
            grey = 80 * shape + np.linspace(100, 150, 64)[:, None] + random.normal(0, 8, (64, 64))
            Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(folder / f"{name}.png")
            licence = "CC BY-NC-ND 4.0" if number % 4 == 3 else "CC BY 4.0"
            lines.append(f"{name},cohen,{name}.png,cohen-{number % 6},L,{licence}\n")
        (folder / f"{table}.csv").write_text("".join(lines), encoding="utf-8")
    return folder


def few_pictures(random: np.random.Generator) -> Iterator[tuple[str, str, np.ndarray]]:
    return islice(pictures(random), 8)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a small data set, with few drawn pictures and a small network."""
    for name, value in (("COMPONENTS", 8), ("CHEST_CENTRES", 4), ("OTHER_CENTRES", 6)):
        monkeypatch.setattr(training, name, value)
    for name, value in (("DRAWN_EACH", 2), ("SYNTHETIC_FILMS", 4), ("TESTED_SHARE", 1)):
        monkeypatch.setattr(f"core.research.training.checks.likeness_table.{name}", value)
    monkeypatch.setattr("core.research.training.checks.likeness_table.pictures", few_pictures)
    return small_data_set(tmp_path)


def test_training_is_reproducible_and_leaves_no_derivatives_out(small: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    record = training.train(small, weights_path=first, record_path=tmp_path / "evidence" / "record.json")
    training.train(small, weights_path=second, record_path=tmp_path / "record.json")
    assert first.read_bytes() == second.read_bytes()
    assert json.loads((tmp_path / "evidence" / "record.json").read_text(encoding="utf-8")) == record
    assert record["pictures"]["frontal films"] == 6  # type: ignore[index]
    assert read_weights(first).centres.shape == (10, 9)


def test_cross_validation_from_the_films(small: Path) -> None:
    evidence = evaluate_likeness(small, refit=True)
    assert evidence.frontal.n == 8
    assert {kind.kind: kind.n for kind in evidence.kinds}["laterals"] == 4
    assert {kind.kind: kind.n for kind in evidence.kinds}["upside down"] == 8
    assert 0 <= evidence.whole.count <= evidence.whole.n


def test_real_pictures_are_of_the_kinds_reported() -> None:
    kinds = {kind for kind, _, _ in pictures(np.random.default_rng(0))}
    reported = {kind.kind for kind in evaluate_likeness().kinds}
    assert kinds == reported - set(CHANGED_KINDS) - set(DRAWN) - {likeness.LATERALS}


@pytest.mark.parametrize("kind", [*DRAWN, *FROM_FILMS])
def test_every_kind_gives_whole_pictures_and_another_each_time(kind: str) -> None:
    random = np.random.default_rng(3)
    film = np.linspace(0, 1, 256 * 256, dtype=np.float32).reshape(256, 256)
    first, second = (
        DRAWN[kind](random) if kind in DRAWN else FROM_FILMS[kind](film, film[::-1], random) for _ in range(2)
    )
    assert (first.shape, first.dtype) == ((256, 256), np.float32)
    assert 0 <= first.min() < first.max() <= 1
    assert not np.array_equal(first, second)
    assert np.array_equal(film, np.linspace(0, 1, 256 * 256, dtype=np.float32).reshape(256, 256))
