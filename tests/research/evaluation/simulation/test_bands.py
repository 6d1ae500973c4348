"""Bands of the level hold it as often as they say where the model is true, and less where films err more."""

from dataclasses import replace

import numpy as np
import pytest
from trend_films import CARD, GEOGRAPHIC, POLICY, noise

from core.evaluation.evidence.simulation import BandCoverage
from core.research.evaluation.simulation.bands import band_coverage
from core.research.evaluation.simulation.courses import Course
from core.research.evaluation.simulation.generator import films_of, simulate_series
from core.research.evaluation.simulation.world import AS_MEASURED, Condition, World, error_model
from core.types import LevelNoise

ERRORS = error_model(replace(CARD, noise={GEOGRAPHIC: noise(0.6, 0.6)}), change_sd=1.0)
WORLD = World(ERRORS, ERRORS)
TRUE_CARD = replace(
    CARD,
    noise={GEOGRAPHIC: replace(noise(0.6, 0.6), raw_sd=ERRORS.film_sd * 2**0.5)},
    level_noise={
        GEOGRAPHIC: LevelNoise(
            process_sd=ERRORS.gain * WORLD.process_sd,
            process_low=0.1,
            process_high=1.0,
            n_films=100,
            n_stays=20,
            bias_sd=ERRORS.bias_sd,
            source="made up.",
        )
    },
)


def coverage(condition: Condition) -> BandCoverage:
    series = simulate_series(Course.DIFFUSING, condition, WORLD, patients=150, generator=np.random.default_rng(4))
    films = films_of(series, TRUE_CARD)
    return band_coverage(condition.name, "diffusing", series, films, card=TRUE_CARD, policy=POLICY, seed=0)


def test_where_the_model_is_true_bands_hold_what_they_say() -> None:
    found = coverage(AS_MEASURED)
    assert found.n_films > 700
    for share in (found.filtered, found.smoothed):
        assert 0.93 <= share.value <= 0.97
        assert share.low < share.value < share.high


def test_where_films_err_more_they_hold_less() -> None:
    worse = coverage(Condition("noise 35 % larger", noise_factor=1.35))
    assert worse.filtered.value < coverage(AS_MEASURED).filtered.value - 0.03


def test_a_score_is_what_is_expected_and_its_films_own_error() -> None:
    series = simulate_series(Course.STABLE, AS_MEASURED, WORLD, patients=300, generator=np.random.default_rng(4))
    within = (series.scored > 0) & (series.scored < 8) & series.taken
    assert (series.scored - series.expected)[within].std() == pytest.approx(ERRORS.film_sd, rel=0.05)
    assert np.ptp(series.expected, axis=1).max() == pytest.approx(0.0)
