"""Recalibration without the patient's own films."""

import pytest

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.evaluation.recalibration import recalibrated


def film(patient: str, expert: float, *predicted: float) -> JudgedFilm:
    return JudgedFilm(f"{patient}-{expert}", patient, expert, predicted)


def test_predictions_on_another_scale_come_onto_the_experts() -> None:
    films = [film(patient, expert, 10 + 2 * expert) for patient, expert in zip("abcde", (0, 1, 3, 5, 8), strict=True)]

    assert [one.predicted[0] for one in recalibrated(films, 8)] == pytest.approx([0, 1, 3, 5, 8])


def test_a_patients_own_films_have_no_part_in_his_line() -> None:
    films = [film("a", 0, 0), film("b", 1, 1), film("c", 2, 2), film("odd", 8, 1), film("odd", 8, 1)]

    found = {one.patient_id: one.predicted[0] for one in recalibrated(films, 8)}

    # The line of a, b and c is the identity, whatever the expert said of the odd one.
    assert found["odd"] == pytest.approx(1.0)
    assert found["a"] != pytest.approx(0.0)


def test_each_partition_has_its_line_and_what_leaves_the_scale_is_put_to_its_end() -> None:
    films = [film("a", 0, 0, 0), film("b", 1, 1, 2), film("c", 2, 2, 4), film("d", 2, 9, 18)]

    assert recalibrated(films, 8)[-1].predicted == (8.0, 8.0)


def test_a_constant_becomes_the_mean_of_the_others() -> None:
    films = [film("a", 0, 3), film("b", 3, 3), film("c", 6, 3)]

    assert [one.predicted[0] for one in recalibrated(films, 8)] == [4.5, 3.0, 1.5]


def test_two_patients_are_too_few() -> None:
    with pytest.raises(DataSetInvalidError, match="Films of 2 patients"):
        recalibrated([film("a", 0, 0), film("b", 1, 1)], 8)
