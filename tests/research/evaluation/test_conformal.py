"""Intervals from out-of-fold residuals."""

import pytest

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.research.evaluation.conformal import conformal_half_width, leave_one_patient_out_coverage


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
