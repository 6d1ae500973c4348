"""Masks against drawn masks: overlaps of one film, and the figures over many."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import DataSetInvalidError
from core.research.evaluation.dataset import read_table
from core.research.evaluation.opacity.segmentation import (
    COLUMNS,
    MaskOverlap,
    dice,
    evaluate_segmentations,
    measure_overlap,
    overlap_row,
    write_overlaps,
)
from core.types import FilmMasks, FloatImage

FILMS = "film_id,source,path,patient_id,day,view,sex,finding,licence,url"


def block(rows: slice, columns: slice, *, scale: int = 1) -> FloatImage:
    mask = np.zeros((20, 20), dtype=np.float32)
    mask[rows, columns] = 1
    return np.kron(mask, np.ones((scale, scale), np.float32))


RIGHT, LEFT = block(slice(0, 10), slice(0, 10)), block(slice(0, 10), slice(10, 20))


def test_dice_counts_the_shared_part_twice() -> None:
    first, second = np.array([[True, True, False]]), np.array([[False, True, True]])

    assert dice(first, second) == 0.5
    assert dice(first & second, ~first) == 0.0
    assert dice(first & ~first, second & ~second) == 1.0


def test_an_overlap_is_measured_on_the_grid_of_the_masks() -> None:
    masks = FilmMasks(RIGHT * np.float32(0.9), LEFT, block(slice(0, 5), slice(0, 10)))
    drawn = np.stack([block(slice(0, 5), slice(0, 10), scale=3), block(slice(0, 10), slice(10, 20), scale=3)])

    overlap = measure_overlap(masks, drawn, block(slice(0, 10), slice(0, 10), scale=3))

    assert overlap.dice_right == pytest.approx(2 * 50 / 150)
    assert overlap.dice_left == 1.0
    assert overlap.dice_lungs == pytest.approx(2 * 150 / 350)
    assert overlap.dice_opacity == pytest.approx(2 * 50 / 150)
    assert (overlap.opacity_intersection, overlap.opacity_predicted, overlap.opacity_drawn) == (50, 50, 100)
    assert (overlap.fraction, overlap.fraction_right, overlap.fraction_left) == (25.0, 50.0, 0.0)


def test_what_was_not_drawn_is_not_measured() -> None:
    overlap = measure_overlap(FilmMasks(RIGHT, LEFT, RIGHT))

    assert (overlap.dice_lungs, overlap.dice_opacity, overlap.opacity_drawn) == (None, None, None)
    assert overlap_row("a", 2, overlap) == ["a", "2", "", "", "", "", "", "", "", "50.0000", "100.0000", "0.0000"]


def overlap_of(dice_opacity: float, pixels: tuple[int, int, int], fraction: float) -> MaskOverlap:
    return MaskOverlap(0.9, 0.8, 0.7, dice_opacity, *pixels, fraction, fraction, fraction)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder of four painted films of three patients."""
    films = [f"f{n},drawn,f{n}.png,p{min(n, 2)},,PA,,,CC BY,https://example.org" for n in range(4)]
    (tmp_path / "films.csv").write_text("\n".join([FILMS, *films]) + "\n", encoding="utf-8")
    table = "film_id,opacity_fraction\nf0,0\nf1,10\nf2,30\nf3,60\n"
    (tmp_path / "opacity.csv").write_text(table, encoding="utf-8")
    return tmp_path


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    folder.mkdir()
    overlaps = [
        overlap_of(0.0, (0, 10, 0), 5.0),
        overlap_of(0.5, (25, 50, 50), 10.0),
        overlap_of(0.6, (60, 100, 100), 40.0),
        overlap_of(1.0, (200, 200, 200), 60.0),
    ]
    rows = [overlap_row(f"f{n}", n % 2, overlap) for n, overlap in enumerate(overlaps)]
    rows.append(overlap_row("f9", 0, measure_overlap(FilmMasks(RIGHT, LEFT, RIGHT))))
    write_overlaps(rows, folder / "embedded-segmentation-out-of-fold.csv")
    return folder


def test_figures_over_painted_films(data: Path, evidence: Path) -> None:
    (figures,) = evaluate_segmentations(data, evidence).values()

    assert (figures.n_films, figures.n_patients, figures.n_films_lungs, figures.n_films_marked) == (4, 3, 4, 3)
    assert figures.lungs_dice.value == pytest.approx(0.9)
    assert figures.opacity_dice.value == pytest.approx(0.525)
    assert figures.opacity_dice_marked.value == pytest.approx(0.7)
    assert figures.opacity_dice_pooled.value == pytest.approx(2 * 285 / (360 + 350))
    assert figures.fraction_mae.value == pytest.approx(15 / 4)
    assert figures.fraction_bias.value == pytest.approx(15 / 4)
    assert figures.fraction_r.value == pytest.approx(float(np.corrcoef([5, 10, 40, 60], [0, 10, 30, 60])[0, 1]))
    assert figures.opacity_dice.low <= figures.opacity_dice.value <= figures.opacity_dice.high
    assert figures.as_evidence()["fraction_mae"] == figures.fraction_mae.as_list()


def test_a_table_holds_what_was_measured(evidence: Path) -> None:
    rows = read_table(evidence / "embedded-segmentation-out-of-fold.csv", COLUMNS)

    assert (rows[1]["film_id"], rows[1]["fold"], rows[1]["dice_opacity"]) == ("f1", "1", "0.5000")
    assert (rows[2]["opacity_intersection"], rows[4]["dice_opacity"]) == ("60", "")


def test_without_any_table_it_says_what_to_do(data: Path) -> None:
    with pytest.raises(DataSetInvalidError, match="Train a segmentation first"):
        evaluate_segmentations(data, data)


def test_a_fraction_that_is_no_number_is_refused(data: Path, evidence: Path) -> None:
    (data / "opacity.csv").write_text("film_id,opacity_fraction\nf0,much\n", encoding="utf-8")

    with pytest.raises(DataSetInvalidError, match=r"'much'.* number of 0-100"):
        evaluate_segmentations(data, evidence)


def test_too_few_painted_films_are_refused(data: Path, evidence: Path) -> None:
    (data / "opacity.csv").write_text("film_id,opacity_fraction\nf0,0\n", encoding="utf-8")

    with pytest.raises(DataSetInvalidError, match="1 films with painted opacity"):
        evaluate_segmentations(data, evidence)


def test_films_unknown_to_the_data_set_are_refused(data: Path, evidence: Path) -> None:
    with (data / "opacity.csv").open("a", encoding="utf-8") as file:
        file.write("f8,10\n")
    rows = [overlap_row(f"f{n}", 0, overlap_of(0.5, (1, 2, 2), 10.0)) for n in (0, 1, 2, 8)]
    write_overlaps(rows, evidence / "embedded-segmentation-out-of-fold.csv")

    with pytest.raises(DataSetInvalidError, match=r"1 of them unknown to films\.csv"):
        evaluate_segmentations(data, evidence)
