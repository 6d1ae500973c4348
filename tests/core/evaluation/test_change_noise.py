"""The noise of a change between consecutive films."""

import pytest

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.evaluation.change_classes import taken_differently
from core.evaluation.change_noise import consecutive_changes, evaluate_change, measure_change_noise


def film(patient: str, day: int | None, expert: float, *predicted: float, view: str = "PA") -> JudgedFilm:
    return JudgedFilm(f"{patient}-{day}", patient, expert, predicted, day, view)


def series(patient: str, experts: list[float], predicted: list[float]) -> list[JudgedFilm]:
    return [film(patient, day, expert, said) for day, (expert, said) in enumerate(zip(experts, predicted, strict=True))]


def test_each_film_is_paired_with_the_next_of_its_patient() -> None:
    films = [film("a", 5, 3, 2.5), film("a", 1, 1, 1), film("b", 0, 4, 4), film("a", 9, 2, 2, view="AP")]

    changes = consecutive_changes(films)

    assert [(change.earlier_film_id, change.later_film_id) for change in changes] == [("a-1", "a-5"), ("a-5", "a-9")]
    assert [change.expert for change in changes] == [2, -1]
    assert [change.predicted for change in changes] == [(1.5,), (-0.5,)]
    assert [taken_differently(change) for change in changes] == [False, True]


def test_films_of_one_day_and_films_without_a_day_have_no_order() -> None:
    assert consecutive_changes([film("a", 1, 1, 1), film("a", 1, 2, 2), film("a", None, 3, 3)]) == []


def test_noise_is_what_is_left_after_the_slope() -> None:
    # The expert's change is twice the predicted one, and 0.5 off to either side in turn.
    films = [
        *series("a", [0, 2.5, 4.0], [0, 1, 2]),
        *series("b", [0, 2.5, 4.0], [0, 1, 2]),
        *series("c", [0, 2.5, 4.0], [0, 1, 2]),
    ]

    noise = measure_change_noise(consecutive_changes(films), "made up", resamples=20)

    assert noise.slope == 2.0
    assert noise.sd == pytest.approx((6 * 0.25 / 5) ** 0.5, abs=1e-4)
    assert (noise.n_pairs, noise.n_patients, noise.source) == (6, 3, "made up")
    assert noise.sd_low <= noise.sd_high


def test_predicted_changes_of_zero_give_slope_zero() -> None:
    films = [one for patient in "abcde" for one in series(patient, [0, 1], [2, 2])]

    noise = measure_change_noise(consecutive_changes(films), "made up", resamples=20)

    assert (noise.slope, noise.sd) == (0.0, pytest.approx(1.118, abs=1e-3))


def test_four_pairs_measure_nothing() -> None:
    films = [one for patient in "abcd" for one in series(patient, [0, 1], [0, 1])]

    with pytest.raises(DataSetInvalidError, match="4 pairs"):
        measure_change_noise(consecutive_changes(films), "made up")


def test_changes_that_agree_correlate() -> None:
    films = [
        one for number, patient in enumerate("abcdef") for one in series(patient, [0, number], [1, 1 + number / 2])
    ]

    agreement = evaluate_change(consecutive_changes(films), resamples=20)

    assert agreement.r.value == pytest.approx(1.0)
    assert agreement.slope.value == pytest.approx(2.0)
    assert agreement.sd_of_expert_change == pytest.approx(1.8708, abs=1e-4)


def test_the_raw_noise_knows_no_slope() -> None:
    films = [*series("a", [0, 2.5, 4.0], [0, 1, 2]), *series("b", [0, 2.5, 4.0], [0, 1, 2])]
    films += series("c", [0, 2.5, 4.0], [0, 1, 2])
    noise = measure_change_noise(consecutive_changes(films), "made up", resamples=20)
    # The expert's changes are 2.5 and 1.5, the predicted ones 1 each: off by 1.5 and 0.5.
    assert noise.raw_sd == pytest.approx(((1.5**2 + 0.5**2) / 2) ** 0.5, abs=1e-4)
    assert noise.unshrunk_sd == noise.raw_sd
    assert noise.film_sd == pytest.approx(noise.raw_sd / 2**0.5)
    change = consecutive_changes(films)[0]
    assert change.views == ("PA", "PA")
