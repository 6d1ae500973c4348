"""Intervals from out-of-fold residuals."""

import pytest

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.evaluation.conformal import conformal_half_width
from core.research.evaluation.conformal import (
    coverage_of,
    held_out,
    leave_one_patient_out,
    leave_one_patient_out_coverage,
    level_shape,
)


def test_the_half_width_is_the_residual_that_covers_one_more_patient() -> None:
    films = [JudgedFilm(f"f{n}", f"p{n}", 0.0, (float(n),)) for n in range(1, 20)]

    # 19 patients and the new one: 90 % of 20 is the 18th residual.
    assert conformal_half_width(films, 0.9) == 18.0


def test_a_patient_with_many_films_counts_once() -> None:
    many = [JudgedFilm(f"m{n}", "many", 0.0, (100.0,)) for n in range(50)]
    films = [*many, *(JudgedFilm(f"f{n}", f"p{n}", 0.0, (float(n),)) for n in range(1, 20))]

    assert conformal_half_width(films, 0.9) == 19.0


def test_too_few_patients_have_no_interval() -> None:
    with pytest.raises(DataSetInvalidError, match="8 patients"):
        conformal_half_width([JudgedFilm(f"f{n}", f"p{n}", 0.0, (1.0,)) for n in range(8)], 0.9)


def test_coverage_is_that_of_patients_left_out() -> None:
    films = [JudgedFilm(f"f{n}", f"p{n}", 0.0, (float(n),)) for n in range(1, 21)]

    assert leave_one_patient_out_coverage(films, 0.9) == pytest.approx(0.9, abs=0.05)


def uneven() -> list[JudgedFilm]:
    """Return 30 patients whose middle films err by up to 3 and whose others by up to 1."""
    return [
        JudgedFilm(f"f{level}-{n}", f"p{n}", level + (3.0 if level == 3.0 else 1.0) * n / 30, (level,))
        for level in (1.0, 3.0, 5.0, 7.0)
        for n in range(30)
    ]


def test_the_width_follows_the_predicted_level() -> None:
    shape = level_shape(uneven(), 0.9, 8.0)
    assert shape.at == (1.0, 3.0, 5.0, 7.0)
    assert shape.factor(3.0) == pytest.approx(3 * shape.factor(1.0), abs=0.01)
    assert shape.factor(2.0) == pytest.approx((shape.factor(1.0) + shape.factor(3.0)) / 2)
    held = leave_one_patient_out(uneven(), 0.9, 8.0)
    middle, others = ([film for film in held if (film.film.said == 3.0) is inside] for inside in (True, False))
    assert coverage_of(middle).half_width > 2 * coverage_of(others).half_width
    assert coverage_of(middle).share == pytest.approx(0.9, abs=0.05)
    assert coverage_of(others).share == pytest.approx(0.9, abs=0.05)


def test_a_quarter_of_few_patients_is_as_wide_as_all() -> None:
    few = [film for film in uneven() if film.said != 5.0 or int(film.patient_id[1:]) < 5]
    assert level_shape(few, 0.9, 8.0).factor(5.0) == 1.0


def test_films_are_held_by_the_interval_of_others() -> None:
    others = [JudgedFilm(f"f{n}", f"p{n}", 0.0, (n / 10,)) for n in range(1, 20)]
    (near, far) = held_out([JudgedFilm("a", "x", 0.0, (1.7,)), JudgedFilm("b", "x", 0.0, (1.9,))], others, 0.9)
    assert (near.share, far.share, near.half_width) == (1.0, 0.0, 1.8)
