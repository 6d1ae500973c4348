"""Reliability between readers against published numbers and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from core.evaluation.reliability import covariance, intraclass_correlation, moments, weighted_kappa, whole_points

SHROUT_AND_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
"""Six targets by four judges: Table 2 of Psychol Bull 1979;86:420-428, where ICC(2,1) is .29."""


def once(ratings: np.ndarray) -> np.ndarray:
    return np.ones((1, len(ratings)))


def test_icc_is_that_of_shrout_and_fleiss() -> None:
    assert intraclass_correlation(SHROUT_AND_FLEISS, once(SHROUT_AND_FLEISS))[0] == pytest.approx(0.29, abs=0.005)


def test_a_row_that_counts_twice_is_as_two_rows() -> None:
    doubled = np.vstack([SHROUT_AND_FLEISS, SHROUT_AND_FLEISS[:2]])
    counts = np.array([[2.0, 2, 1, 1, 1, 1]])

    assert intraclass_correlation(SHROUT_AND_FLEISS, counts) == pytest.approx(
        intraclass_correlation(doubled, once(doubled))
    )


def test_a_reader_who_reads_higher_throughout_lowers_icc() -> None:
    same = np.array([[0.0, 0], [2, 2], [4, 4]])
    higher = same + np.array([0, 2])

    # BMS 8, JMS 6, EMS 0 of three films: 8 / (8 + 2 * 6 / 3).
    assert intraclass_correlation(same, once(same))[0] == 1.0
    assert intraclass_correlation(higher, once(higher))[0] == pytest.approx(2 / 3)


def test_equal_readings_of_all_films_have_no_icc_and_no_kappa() -> None:
    same = np.full((4, 2), 3.0)

    assert np.isnan(intraclass_correlation(same, once(same))[0])
    assert np.isnan(weighted_kappa(same[:, 0], same[:, 1], once(same), power=2)[0])


@pytest.mark.parametrize(("power", "weights"), [(1, "linear"), (2, "quadratic")])
def test_kappa_is_that_of_scikit_learn(power: int, weights: str) -> None:
    generator = np.random.default_rng(5)
    first = generator.integers(0, 9, 60)
    second = np.clip(first + generator.integers(-2, 3, 60), 0, 8)

    found = weighted_kappa(first.astype(float), second.astype(float), np.ones((1, 60)), power=power)

    assert found[0] == pytest.approx(cohen_kappa_score(first, second, labels=list(range(9)), weights=weights))


def test_kappa_takes_readings_below_zero() -> None:
    first, second = np.array([-1.0, 0, 1, 2]), np.array([-1.0, 0, 1, 1])

    assert weighted_kappa(first, second, np.ones((1, 4)), power=1)[0] == pytest.approx(
        weighted_kappa(first + 1, second + 1, np.ones((1, 4)), power=1)[0]
    )


def test_halves_are_rounded_up() -> None:
    assert whole_points(np.array([0.49, 0.5, 1.5, 2.5])).tolist() == [0, 1, 2, 3]


def test_moments_are_those_of_the_rows_as_often_as_they_count() -> None:
    values, other = np.array([1.0, 2.0, 4.0]), np.array([0.0, 1.0, 5.0])
    counts = np.array([[1.0, 1, 1], [2, 0, 1]])

    mean, variance = moments(values, counts)

    assert mean == pytest.approx([7 / 3, 2.0])
    assert variance == pytest.approx([np.var(values), np.var([1, 1, 4])])
    assert covariance(values, other, counts)[1] == pytest.approx(np.cov([1, 1, 4], [0, 0, 5], bias=True)[0, 1])
    assert moments(np.full(3, 0.1), counts)[1].tolist() == [0.0, 0.0]
