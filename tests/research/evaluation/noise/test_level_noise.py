"""How levels wander, estimated from series."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import DataSetInvalidError
from core.research.evaluation.noise.level_noise import estimate_process
from core.trend.state_space import LevelModel, Moment

MODEL = LevelModel(measurement_sd=0.6, process_sd=0.0, start_level=4, start_sd=8)


def stays(process_sd: float, *, count: int, films: int) -> list[list[Moment]]:
    generator = np.random.default_rng(11)
    made = []
    for _stay in range(count):
        days = np.cumsum(generator.exponential(1.0, films))
        level = 4 + np.cumsum(generator.normal(0, process_sd * np.sqrt(np.diff(days, prepend=days[0]))))
        scores = level + generator.normal(0, 0.6, films)
        made.append([Moment(day, score) for day, score in zip(days, scores, strict=True)])
    return made


def test_the_wandering_is_found_again() -> None:
    found = estimate_process(stays(0.5, count=25, films=8), MODEL)
    assert found.low < 0.5 < found.high
    assert found.sd == pytest.approx(0.5, abs=0.12)
    assert (found.n_films, found.n_stays) == (200, 25)
    assert 0 <= found.slope_gain < 1.9


def test_levels_that_do_not_wander_give_an_interval_from_zero() -> None:
    found = estimate_process(stays(0.0, count=10, films=6), MODEL)
    assert found.low == 0.0
    assert found.sd < 0.2
    assert found.high > found.sd


def test_a_level_that_climbs_steadily_has_a_slope_of_its_own() -> None:
    climbing = [[Moment(float(day), 0.5 + 0.9 * day) for day in range(9)] for _stay in range(4)]
    assert estimate_process(climbing, MODEL).slope_gain > 1.9


def test_too_few_films_give_no_estimate() -> None:
    few = [*stays(0.5, count=2, films=10), [Moment(0.0, 3.0)]]
    with pytest.raises(DataSetInvalidError, match=r"18 films have one before .* Expected 20 or more"):
        estimate_process(few, MODEL)
