"""Agreement with experts, and its intervals."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm, difference_of_mae, evaluate_agreement
from core.evaluation.bootstrap import Estimate, estimate, patient_bootstrap, resampled_counts


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


def test_figures_of_predictions_that_are_one_too_high() -> None:
    agreement = evaluate_agreement([film(number, number, number + 1.0) for number in range(5)], resamples=20)

    # The experts' values have the variance 2, the squared error is 1.
    assert agreement.r2.value == pytest.approx(0.5)
    assert (agreement.limit_low.value, agreement.limit_high.value) == (pytest.approx(1.0), pytest.approx(1.0))
    # BMS 5, JMS 2.5, EMS 0 of five films: 5 / (5 + 2 * 2.5 / 5).
    assert agreement.icc.value == pytest.approx(5 / 6)
    assert agreement.kappa_quadratic.value == pytest.approx(0.8)


def test_limits_of_agreement_are_196_sds_about_the_bias() -> None:
    agreement = evaluate_agreement([film(0, 1, 0), film(1, 1, 2), film(2, 4, 4)], resamples=20)

    assert agreement.limit_high.value == pytest.approx(1.96)
    assert agreement.limit_low.value == pytest.approx(-1.96)


def test_all_figures_are_drawn_from_the_patients_that_the_bootstrap_draws() -> None:
    patients = ["a", "a", "b", "c", "c", "c", "d"]
    errors = np.array([1.0, 0, 2, 0.5, 0.5, 3, 1])

    drawn = resampled_counts(patients, resamples=200, seed=4)
    figures = drawn @ errors / drawn.sum(axis=1)
    alone = patient_bootstrap(lambda rows: float(errors[rows].mean()), patients, resamples=200, seed=4)

    found = estimate(float(figures[0]), figures[1:])
    assert drawn.shape == (201, 7)
    assert (found.value, found.low, found.high) == pytest.approx((alone.value, alone.low, alone.high))


def test_what_no_film_determines_is_null() -> None:
    assert Estimate(0.12345, float("nan"), 1.0).as_list() == [0.123, None, 1.0]
    assert estimate(float("nan"), np.array([np.nan])).as_list() == [None, None, None]


@pytest.mark.parametrize("figures", [[0.1, 0.2], [0.1, 0.2, 0.3, 0.4], ["a", 0.1, 0.2], None, [[0.1], 0.1, 0.2]])
def test_what_is_no_estimate_is_refused(figures: object) -> None:
    with pytest.raises(ValueError, match=r"is no estimate\. Expected \[value, low, high\]"):
        Estimate.of_list(figures)  # type: ignore[arg-type]


def test_an_estimate_comes_back_as_it_was_written() -> None:
    assert Estimate.of_list([0.123, None, 1]).as_list() == [0.123, None, 1.0]


def test_the_difference_of_two_scorers_is_paired() -> None:
    films = [film(n, 2, 3) for n in range(5)]
    others = [film(n, 2, 2.5, 3.5) for n in range(5)]

    difference = difference_of_mae(films, others, resamples=50)

    # Errors 1 against (0.5 + 1.5) / 2, the same for every film.
    assert (difference.value, difference.low, difference.high) == (0.0, 0.0, 0.0)
    assert difference_of_mae(films, [film(n, 2, 2) for n in range(5)], resamples=50).low == 1.0


def test_other_films_are_not_compared() -> None:
    with pytest.raises(DataSetInvalidError, match="the same films in the same order"):
        difference_of_mae([film(0, 1, 1)], [film(1, 1, 1)])


def test_an_estimate_in_words_says_what_is_not_known() -> None:
    nan = float("nan")

    assert Estimate(0.914, 0.7555, 1.0849).in_words() == "0.91 (0.76 to 1.08)"
    assert Estimate(0.914, 0.7555, 0.99).in_words(".0%") == "91% (76% to 99%)"
    assert Estimate(0.5, nan, nan).in_words(".1f") == "0.5 (no interval)"
    assert Estimate(nan, nan, nan).in_words(undetermined="none to compare") == "none to compare"
