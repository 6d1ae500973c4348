"""A site's line from a model's scores to its readers' scale."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from core.errors import DataSetInvalidError
from core.evaluation.reader_study import ReadFilm
from core.evaluation.site_recalibration import rising_line, site_lines
from core.human_reading import LungScores
from core.types import Measure, Score


def films(said: list[float], read: list[float], *, patients: int) -> list[ReadFilm]:
    """Return films of which model and reader say this extent (0-8), and three quarters of it as opacity."""
    return [
        ReadFilm(
            str(number),
            f"P{number % patients}",
            LungScores(reader / 2, reader / 2, reader * 0.375, reader * 0.375),
            Score("m", "1", model, model * 0.75),
        )
        for number, (model, reader) in enumerate(zip(said, read, strict=True))
    ]


def test_a_line_is_found_and_two_gross_errors_do_not_move_it() -> None:
    said = [0.2 * number for number in range(36)]
    read = [0.5 + 0.8 * one for one in said]
    read[3], read[30] = 8.0, 0.0
    extent, opacity = site_lines(films(said, read, patients=12))
    assert (extent.measure, opacity.measure) == (Measure.GEOGRAPHIC_EXTENT, Measure.OPACITY)
    assert (extent.n_films, extent.n_patients) == (36, 12)
    slopes = [(read[j] - read[i]) / (said[j] - said[i]) for i, j in combinations(range(36), 2)]
    assert extent.slope.value == pytest.approx(float(np.median(slopes)))
    assert extent.slope.value == pytest.approx(0.8, abs=0.01)
    assert extent.offset == pytest.approx(0.5, abs=0.05)
    assert extent.slope.low <= 0.8 <= extent.slope.high
    assert opacity.slope.value == pytest.approx(0.8, abs=0.01)
    assert extent.of(5.0) == pytest.approx(4.5, abs=0.03)
    assert extent.of(0.0) == pytest.approx(0.5, abs=0.05)


def test_the_error_after_is_that_without_the_patient() -> None:
    random = np.random.default_rng(3)
    said = random.uniform(0, 7, 40).tolist()
    read = [float(np.clip(1.0 + 0.9 * one + random.normal(0, 0.3), 0, 8)) for one in said]
    given = films(said, read, patients=10)
    extent = site_lines(given)[0]
    left_out = []
    for patient in range(10):
        own = np.arange(40) % 10 == patient
        slope, offset = rising_line(np.array(said)[~own], np.array(read)[~own])
        left_out += np.abs(np.clip(offset + slope * np.array(said)[own], 0, 8) - np.array(read)[own]).tolist()
    assert extent.before.value == pytest.approx(np.abs(np.array(said) - np.array(read)).mean())
    assert extent.after.value == pytest.approx(float(np.mean(left_out)))
    assert extent.gain.value == pytest.approx(extent.after.value - extent.before.value)
    assert extent.gain.low <= extent.gain.value <= extent.gain.high
    assert extent.helps


def test_a_line_never_turns_the_order_of_films_round() -> None:
    said = [0.2 * number for number in range(30)]
    extent = site_lines(films(said, [6 - one for one in said], patients=10))[0]
    assert extent.slope.value == 0
    assert extent.of(0.0) == extent.of(8.0)


def test_where_reader_and_model_agree_a_line_promises_nothing() -> None:
    said = [0.2 * number for number in range(30)]
    extent = site_lines(films(said, said, patients=10))[0]
    assert (extent.slope.value, extent.offset) == (pytest.approx(1), pytest.approx(0))
    assert extent.gain.value == pytest.approx(0)
    assert not extent.helps


def test_too_few_films_or_patients_are_refused() -> None:
    said = [0.2 * number for number in range(30)]
    with pytest.raises(DataSetInvalidError, match=r"29 films of 10 patients were read blind\. Expected 30 films"):
        site_lines(films(said[:29], said[:29], patients=10))
    with pytest.raises(DataSetInvalidError, match="30 films of 2 patients"):
        site_lines(films(said, said, patients=2))


def test_a_model_that_says_the_same_of_all_cannot_be_recalibrated() -> None:
    with pytest.raises(DataSetInvalidError, match="the same score"):
        site_lines(films([2.0] * 30, [0.2 * number for number in range(30)], patients=10))
