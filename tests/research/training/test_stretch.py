"""Readings stretched onto the experts' scale."""

from pathlib import Path

import pytest

from core.research.evaluation.dataset import DataSetFilm
from core.research.training.stretch import SCALES, Stretch


def film(name: str, patient: str, extent: float | None, licence: str = "CC BY") -> DataSetFilm:
    experts = {} if extent is None else {"geographic_extent": extent}
    return DataSetFilm(name, "cohen", Path(name), patient, 0, "PA", "", "", licence, "", experts=experts)


def row(name: str, right: float, left: float) -> dict[str, str]:
    values = dict.fromkeys((column for columns in SCALES.values() for column in columns), "1.0")
    return {"film_id": name, **values, "geographic_extent_right": str(right), "geographic_extent_left": str(left)}


FILMS = {
    one.film_id: one
    for one in (
        film("a", "first", 4.0),
        film("b", "second", 6.0),
        film("c", "second", 2.0),
        film("normal", "third", None),
        film("closed", "fourth", 8.0, "CC BY-ND"),
    )
}
ROWS = [row("a", 1, 1), row("b", 2, 2), row("c", 1, 0), row("normal", 0.5, 0), row("closed", 1, 0)]


def test_the_factor_is_that_of_least_squares_through_the_origin() -> None:
    factors = Stretch(FILMS, ROWS).factors()

    assert factors["geographic_extent"] == pytest.approx((2 * 4 + 4 * 6 + 1 * 2) / (4 + 16 + 1))
    # No expert gave an opacity: nothing is stretched.
    assert factors["opacity"] == 1.0


def test_a_patients_own_values_do_not_stretch_his_films() -> None:
    stretch = Stretch(FILMS, ROWS)

    assert stretch.factors(without_patient="second")["geographic_extent"] == 2.0
    assert stretch.stretched(ROWS[1])["geographic_extent_right"] == "4.0000"
    assert float(stretch.stretched(ROWS[0])["geographic_extent_right"]) == pytest.approx(26 / 17, abs=1e-4)


def test_a_film_without_experts_values_is_stretched_by_all_and_the_rest_of_its_row_stays() -> None:
    stretched = Stretch(FILMS, ROWS).stretched(ROWS[3])

    assert float(stretched["geographic_extent_right"]) == pytest.approx(0.5 * 34 / 21, abs=1e-4)
    assert (stretched["film_id"], list(stretched)) == ("normal", list(ROWS[3]))
