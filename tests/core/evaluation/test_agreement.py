"""Agreement with experts, and its intervals."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm, evaluate_agreement
from core.evaluation.bootstrap import patient_bootstrap


def film(number: int, expert: float, *predicted: float, patient: str | None = None) -> JudgedFilm:
    return JudgedFilm(f"f{number}", patient or f"p{number}", expert, predicted)


def test_figures_are_means_over_the_partitions() -> None:
    films = [film(0, 0, 1, 0), film(1, 2, 3, 2), film(2, 4, 5, 4), film(3, 6, 7, 6)]

    agreement = evaluate_agreement(films, resamples=50)

    assert agreement.mae.value == 0.5
    assert agreement.bias.value == 0.5
    assert agreement.r.value == pytest.approx(1.0)
    assert agreement.slope.value == pytest.approx(1.0)
    assert agreement.mae_by_partition == (1.0, 0.0)
    assert (agreement.n_films, agreement.n_patients) == (4, 4)
    # Medians of the others: 4, 4, 2, 2.
    assert agreement.mae_constant == 3.0


def test_shrunk_predictions_have_a_slope_below_one() -> None:
    films = [film(number, expert, 4 + 0.5 * (expert - 4)) for number, expert in enumerate((0, 2, 4, 6, 8))]

    assert evaluate_agreement(films, resamples=20).slope.value == pytest.approx(0.5)


def test_a_constant_scorer_has_no_correlation() -> None:
    agreement = evaluate_agreement([film(number, number, 3.0) for number in range(5)], resamples=20)

    assert agreement.r.value != agreement.r.value
    assert agreement.slope.value == 0.0


def test_too_few_films_are_refused() -> None:
    with pytest.raises(DataSetInvalidError, match="2 films"):
        evaluate_agreement([film(0, 1, 1), film(1, 2, 2)])


def test_films_predicted_unequally_often_are_refused() -> None:
    with pytest.raises(DataSetInvalidError, match="equally often"):
        evaluate_agreement([film(0, 1, 1), film(1, 2, 2, 2), film(2, 3, 3)])


def test_many_films_of_one_patient_leave_the_interval_wide() -> None:
    values = [0.0] * 50 + [1.0] * 50

    def mean(rows: NDArray[np.intp]) -> float:
        return sum(values[row] for row in rows) / len(rows)

    alone = patient_bootstrap(mean, [str(number) for number in range(100)])
    grouped = patient_bootstrap(mean, ["a"] * 50 + ["b"] * 50)

    assert alone.value == grouped.value == 0.5
    assert alone.high - alone.low < 0.25
    assert (grouped.low, grouped.high) == (0.0, 1.0)
    assert grouped.as_list() == [0.5, 0.0, 1.0]
