"""False flags and delays against what can be worked out by hand."""

from math import erfc

import numpy as np
import pytest
from trend_films import CARD

from core.evaluation.flagging import RAW_STEP, families_of, read_flags
from core.research.evaluation.simulation.courses import Course
from core.research.evaluation.simulation.curves import detection, flags_per_patient, strength_within
from core.research.evaluation.simulation.generator import SimulatedSeries, films_of, simulate_series
from core.research.evaluation.simulation.world import AS_MEASURED, ErrorModel, World
from core.trend import TrendPolicy

NEVER = -np.inf


def series(hours: list[list[float]], onset: list[float]) -> SimulatedSeries:
    times = np.array(hours)
    nothing = np.zeros(times.shape)
    return SimulatedSeries(times, nothing, nothing, nothing, nothing, nothing > 0, nothing > 0, np.array(onset), 12.0)


def test_false_flags_of_a_raw_step_follow_the_closed_form() -> None:
    # Differences of two films with errors of SD .5 have SD .71: of n films (n - 1)(1 - Phi(step / .71)) read as a rise.
    errors = ErrorModel(1.0, 0.5, 0.0, 1.0)
    world = World(errors, errors)
    drawn = simulate_series(Course.STABLE, AS_MEASURED, world, patients=150, generator=np.random.default_rng(5))
    raw = next(family for family in families_of(TrendPolicy()) if family.name == RAW_STEP)
    rises = read_flags(films_of(drawn, CARD), raw, CARD).rise
    pairs = int((drawn.taken.sum(axis=1) - 1).sum())
    for step in (0.5, 1.0):
        expected = pairs * 0.5 * erfc(step / 0.5 / 2)
        assert flags_per_patient(rises, step).sum() == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_delays_count_from_the_onset() -> None:
    drawn = series([[0, 10, 20, 30], [0, 10, 20, np.nan], [0, 10, 20, 30]], [5, 15, 5])
    # The first has a false flag before and is found by his second film; the second by the first; the third never.
    strength = np.array([[2, NEVER, 2, 2], [NEVER, NEVER, 3, NEVER], [NEVER, 0.5, NEVER, 0.9]])

    found = detection(drawn, strength, 1.0)

    assert (found.sensitivity, found.found) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert (found.median_films, found.median_hours) == (2.0, 15.0)
    assert detection(drawn, strength, 2.5).median_films is None
    assert strength_within(drawn, strength).tolist() == [2.0, 3.0, 0.5]
    assert strength_within(drawn, strength, films=3).tolist() == [2.0, 3.0, 0.9]
    # Two films flagged one after the other are one event.
    assert flags_per_patient(strength, 1.0).tolist() == [2.0, 1.0, 0.0]
