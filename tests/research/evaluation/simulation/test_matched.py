"""Detectors at equal sensitivity."""

import numpy as np
import pytest

from core.evaluation.bootstrap import rate_estimate
from core.evaluation.flagging import new_flags
from core.research.evaluation.simulation.matched import EqualSensitivity, Strengths, match, matched_threshold

NEVER = -np.inf


def strengths(name: str, noise: float, seed: int, patients: int = 400) -> Strengths:
    """Return a detector whose flags on stable films have this SD, and on rising ones the same around 3."""
    generator = np.random.default_rng(seed)
    return Strengths(name, generator.normal(0, noise, (patients, 10)), generator.normal(3, noise, patients))


def test_the_strictest_threshold_that_finds_as_many() -> None:
    rising = np.array([5.0, 1.0, NEVER, 3.0])
    assert [matched_threshold(rising, share) for share in (0.25, 0.5, 0.6, 0.75)] == [5.0, 3.0, 1.0, 1.0]
    assert matched_threshold(rising, 1.0) == 1.0
    assert matched_threshold(rising, 0.0) == np.inf
    assert matched_threshold(np.array([NEVER]), 0.5) == np.inf


def test_the_less_noisy_detector_has_fewer_false_flags() -> None:
    good, bad = strengths("good", 0.8, 1), strengths("raw step", 1.3, 2)
    found = match(good, bad, EqualSensitivity("sensitivity 80%", sensitivity=0.8), days=10, resamples=100)
    assert (found.sensitivity, found.naive_sensitivity) == (0.8, 0.8)
    # 1 - Phi(z): thresholds 3 - .84 SD, so .2 % and 7 % of ten films a patient in ten days.
    assert found.false_flags.value == pytest.approx(0.18, abs=0.25)
    assert found.naive_false_flags.value == pytest.approx(7.1, abs=1.5)
    assert found.ratio.high < 0.5
    assert found.difference.high < 0
    assert found.both_free


def test_one_of_the_two_may_stay_as_it_is() -> None:
    good, bad = strengths("good", 1.0, 1), strengths("raw step", 1.0, 2)
    as_good = match(good, bad, EqualSensitivity("good as it is", "good", 2.0), days=10, resamples=50)
    as_bad = match(good, bad, EqualSensitivity("raw-step-2", "raw step", 2.0), days=10, resamples=50)
    assert as_good.sensitivity == np.mean(good.rising >= 2)
    assert as_good.naive_sensitivity >= as_good.sensitivity
    assert as_bad.naive_sensitivity == np.mean(bad.rising >= 2)
    assert as_bad.naive_false_flags.value == 100 * new_flags(bad.stable, 2).sum() / 4000
    assert as_good.ratio.low < 1 < as_good.ratio.high
    assert (as_good.both_free, as_bad.both_free) == (True, False)


def test_nothing_seen_is_not_nothing_there() -> None:
    assert rate_estimate(0.0, np.zeros(5), 600.0).as_list() == [0.0, 0.0, 0.5]
    assert rate_estimate(1.0, np.full(5, 1.0), 600.0).as_list() == [1.0, 1.0, 1.0]
    silent = Strengths("raw step", np.full((3, 2), NEVER), np.array([1.0, 1.0, 1.0]))
    found = match(strengths("good", 1.0, 1, 3), silent, EqualSensitivity("x", sensitivity=0.5), days=1, resamples=5)
    assert np.isnan(found.ratio.value)
