"""Opacity against intensive care and death, on a handful of patients."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import DataSetInvalidError
from core.research.evaluation.opacity.outcomes import (
    OutcomeFigure,
    area_under_curve,
    evaluate_opacity_outcomes,
    outcome_figure,
    patient_outcomes,
    read_opacity_table,
)

FILMS = "film_id,source,patient_id,day,survival,went_icu"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder: four patients of one source, and one whose source states deaths alone."""
    films = [
        FILMS,
        "a1,cohen,a,3,Y,N",
        "a2,cohen,a,1,Y,N",
        "b1,cohen,b,,N,Y",
        "c1,cohen,c,,N,",
        "c2,cohen,c,,N,",
        "d1,cohen,d,5,Y,N",
        "e1,hannover,e,0,N,Y",
    ]
    clinical = ["patient_id,day,name,value,unit", "a,1,in_icu,0,", "a,3,in_icu,1,", "d,5,in_icu,0,", "d,5,crp,1,mg/l"]
    (tmp_path / "films.csv").write_text("\n".join(films) + "\n", encoding="utf-8")
    (tmp_path / "clinical.csv").write_text("\n".join(clinical) + "\n", encoding="utf-8")
    table = "film_id,fold,fraction\na1,0,40\na2,0,10\nb1,1,50\nc1,1,20\nc2,1,70\nd1,,30\ne1,,90\n"
    (tmp_path / "unet-resnet18-opacity.csv").write_text(table, encoding="utf-8")
    return tmp_path


def figure_of(figures: tuple[OutcomeFigure, ...], outcome: str, film: str) -> OutcomeFigure:
    (found,) = [figure for figure in figures if (figure.outcome, figure.film) == (outcome, film)]
    return found


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    events = np.array([False, False, True, True])

    assert area_under_curve(np.array([1.0, 2.0, 3.0, 4.0]), events) == 1.0
    assert area_under_curve(np.array([3.0, 4.0, 1.0, 2.0]), events) == 0.0
    assert area_under_curve(np.array([1.0, 2.0, 2.0, 1.5]), events) == pytest.approx((1 + 0.5 + 1 + 0) / 4)
    assert np.isnan(area_under_curve(np.array([1.0, 2.0]), np.array([True, True])))


def test_outcomes_are_those_a_source_states_both_sides_of() -> None:
    films = [
        {"patient_id": "a", "source": "cohen", "survival": "Y", "went_icu": ""},
        {"patient_id": "b", "source": "cohen", "survival": "N", "went_icu": "Y"},
        {"patient_id": "c", "source": "hannover", "survival": "N", "went_icu": "Y"},
    ]

    outcomes, one_sided = patient_outcomes(films, [{"patient_id": "x", "name": "in_icu", "value": "1"}])

    assert outcomes == {"icu_admission": {}, "in_icu": {}, "death": {"a": False, "b": True}}
    assert one_sided == {"icu_admission": 2, "in_icu": 0, "death": 1}


def test_first_and_worst_film_are_told_apart(data: Path) -> None:
    found = evaluate_opacity_outcomes(data, data)

    first, worst = (figure_of(found.figures, "death", film) for film in ("first", "worst"))
    # c has two films without a day, so none of them is his first.
    assert (first.n_patients, first.n_events, first.auc.value) == (3, 1, 1.0)
    assert (first.median_with_event, first.median_without_event) == (50.0, 20.0)
    assert (worst.n_patients, worst.n_events, worst.auc.value) == (4, 2, 1.0)
    assert (worst.median_with_event, worst.median_without_event) == (60.0, 35.0)


def test_intensive_care_is_taken_as_stated(data: Path) -> None:
    found = evaluate_opacity_outcomes(data, data)

    admitted = figure_of(found.figures, "icu_admission", "first")
    present = figure_of(found.figures, "in_icu", "first")
    assert (admitted.n_patients, admitted.n_events, admitted.auc.value) == (3, 1, 1.0)
    assert (present.n_patients, present.n_events, present.auc.value) == (2, 1, 0.0)
    assert found.one_sided_patients == {"icu_admission": 1, "in_icu": 0, "death": 1}


def test_the_evidence_carries_counts_intervals_and_remarks(data: Path) -> None:
    evidence = evaluate_opacity_outcomes(data, data).as_evidence()

    figure = evidence["figures"][0]
    assert (figure["system"], figure["outcome"], figure["film"]) == ("unet-resnet18", "icu_admission", "first")
    assert (figure["n_patients"], figure["n_events"]) == (3, 1)
    assert len(figure["auc"]) == 3
    assert any("after the event" in note for note in evidence["notes"])


def test_an_outcome_that_came_to_all_tells_nothing() -> None:
    assert outcome_figure("s", "death", "first", {"a": 1.0, "b": 2.0}, {"a": True, "b": True, "c": False}) is None


def test_without_any_table_it_says_what_to_do(data: Path) -> None:
    with pytest.raises(DataSetInvalidError, match="Train a segmentation first"):
        evaluate_opacity_outcomes(data, data / "nowhere")


def test_a_share_that_is_no_number_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "embedded-opacity.csv"
    table.write_text("film_id,fraction\na,\nb,half\n", encoding="utf-8")

    with pytest.raises(DataSetInvalidError, match=r"embedded-opacity\.csv: .*'half'"):
        read_opacity_table(table)
