"""The filter and smoother of the level, against statsmodels and against what can be said by hand."""

from __future__ import annotations

from itertools import pairwise
from math import erfc, exp, log, pi, sqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from core.trend.state_space import (
    LevelModel,
    Moment,
    filter_levels,
    smooth_against_last,
    total_log_likelihood,
)

if TYPE_CHECKING:
    from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother

LOCAL_LEVEL = LevelModel(measurement_sd=0.7, process_sd=0.4, start_level=4, start_sd=8)
LOCAL_TREND = LevelModel(
    measurement_sd=0.7, process_sd=0.3, slope_process_sd=0.2, start_level=4, start_sd=8, start_slope_sd=0.6
)
SCORES = (3.1, 3.9, 2.8, None, 4.4, 5.2, 5.0, None, None, 6.1, 5.7)
REGULAR = tuple(float(day) for day in range(len(SCORES)))
IRREGULAR = (0.0, 0.3, 0.3, 1.1, 1.9, 4.6, 4.7, 9.0, 9.5, 12.2, 12.25)


def moments(days: tuple[float, ...], scores: tuple[float | None, ...] = SCORES) -> list[Moment]:
    return [Moment(day, score) for day, score in zip(days, scores, strict=True)]


def statsmodels_smoother(days: tuple[float, ...], model: LevelModel) -> KalmanSmoother:
    """Return an independent smoother of the same model, its result in `.smooth()`."""
    from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother  # noqa: PLC0415  takes a second

    q, r = model.process_sd**2, model.slope_process_sd**2
    gaps = [after - before for before, after in pairwise(days)] + [1.0]
    smoother = KalmanSmoother(k_endog=1, k_states=2, k_posdef=2)
    smoother.bind(np.array([[np.nan if score is None else score for score in SCORES]]))
    smoother["design"] = np.array([[1.0, 0.0]])
    smoother["obs_cov"] = np.array([[model.measurement_sd**2]])
    smoother["transition"] = np.stack([[[1.0, gap], [0.0, 1.0]] for gap in gaps], axis=2)
    smoother["selection"] = np.eye(2)
    smoother["state_cov"] = np.stack(
        [[[q * gap + r * gap**3 / 3, r * gap**2 / 2], [r * gap**2 / 2, r * gap]] for gap in gaps], axis=2
    )
    smoother.initialize_known(np.array([model.start_level, 0.0]), np.diag([model.start_sd**2, model.start_slope_sd**2]))
    return smoother


def covariance(one: object) -> NDArray[np.float64]:
    _level, _slope, level_variance, both, slope_variance = one
    return np.array([[level_variance, both], [both, slope_variance]])


@pytest.mark.parametrize("days", [REGULAR, IRREGULAR], ids=["regular", "irregular"])
@pytest.mark.parametrize("model", [LOCAL_LEVEL, LOCAL_TREND], ids=["local level", "local trend"])
def test_it_agrees_with_statsmodels(days: tuple[float, ...], model: LevelModel) -> None:
    theirs = statsmodels_smoother(days, model).smooth()
    filtered = filter_levels(moments(days), model)
    smoothed = [level for level, _covariance in smooth_against_last(filtered)]
    for index in range(len(days)):
        updated = filtered[index].updated
        assert updated[:2] == pytest.approx(theirs.filtered_state[:, index], abs=1e-6)
        assert covariance(updated) == pytest.approx(theirs.filtered_state_cov[:, :, index], abs=1e-6)
        assert smoothed[index][:2] == pytest.approx(theirs.smoothed_state[:, index], abs=1e-6)
        assert covariance(smoothed[index]) == pytest.approx(theirs.smoothed_state_cov[:, :, index], abs=1e-6)
        innovation = filtered[index].innovation
        if innovation is not None:
            assert innovation == pytest.approx(theirs.standardized_forecasts_error[0, index], abs=1e-6)
    assert sum(one.log_likelihood for one in filtered) == pytest.approx(theirs.llf, abs=1e-6)
    assert total_log_likelihood(filtered) == pytest.approx(theirs.llf - filtered[0].log_likelihood, abs=1e-6)


@pytest.mark.parametrize("model", [LOCAL_LEVEL, LOCAL_TREND], ids=["local level", "local trend"])
def test_covariances_with_the_last_level_are_those_of_the_joint_normal(model: LevelModel) -> None:
    # Independently: the joint normal of all levels, conditioned on the scores by plain linear algebra.
    days = (0.0, 0.5, 2.0, 2.0, 5.0)
    scores = (3.0, 4.0, 3.5, 5.0, 6.0)
    prior, seen = prior_covariance(days, model), model.measurement_sd**2 * np.eye(5)
    posterior = prior - prior @ np.linalg.solve(prior + seen, prior)
    found = smooth_against_last(filter_levels(moments(days, scores), model))
    assert [with_last for _one, with_last in found] == pytest.approx(posterior[:, -1], abs=1e-9)
    assert [one.level_variance for one, _with_last in found] == pytest.approx(np.diag(posterior), abs=1e-9)


def prior_covariance(days: tuple[float, ...], model: LevelModel) -> NDArray[np.float64]:
    """Return the covariance of the levels: integrals of the two Brownian motions, and the start."""

    def both(s: float, t: float) -> float:
        low, high = min(s, t), max(s, t)
        twice = model.slope_process_sd**2 * (low**2 * high / 2 - low**3 / 6)
        return model.start_sd**2 + model.start_slope_sd**2 * s * t + model.process_sd**2 * low + twice

    return np.array([[both(s, t) for t in days] for s in days])


def test_the_band_widens_over_a_gap() -> None:
    at = [Moment(0.0, 4.0), Moment(1.0, None), Moment(4.0, None), Moment(9.0, None)]
    after = [one.updated.level_variance for one in filter_levels(at, LOCAL_LEVEL)]
    assert [now - after[0] for now in after] == pytest.approx([0, 0.16, 0.64, 1.44])


def test_a_film_taken_differently_may_have_made_a_step() -> None:
    plain = filter_levels([Moment(0.0, 4.0), Moment(1.0, 6.0)], LOCAL_LEVEL)
    stepped = filter_levels([Moment(0.0, 4.0), Moment(1.0, 6.0, step_variance=3.0)], LOCAL_LEVEL)
    assert stepped[1].predicted.level_variance == pytest.approx(plain[1].predicted.level_variance + 3)
    assert plain[1].updated.level < stepped[1].updated.level < 6


@pytest.mark.parametrize("end", [1, -1])
@pytest.mark.parametrize(("before", "top"), [(2.0, 8.0), (7.5, 8.0), (8.0, 8.0), (14.0, 8.0)])
def test_a_score_at_an_end_of_the_scale_means_this_or_beyond(end: int, before: float, top: float) -> None:
    # Against numerical integration over the level, given that level + error lies at the end or beyond.
    model = LevelModel(measurement_sd=0.7, process_sd=0.4, start_level=end * before, start_sd=1.2)
    (known,) = filter_levels([Moment(0.0, end * top, end)], model)
    levels = np.linspace(before - 15, before + 15, 200_001)
    weights = np.exp(-0.5 * ((levels - before) / 1.2) ** 2) * np.array(
        [0.5 * erfc((top - level) / (0.7 * sqrt(2))) for level in levels]
    )
    mean = float(np.average(levels, weights=weights))
    variance = float(np.average((levels - mean) ** 2, weights=weights))
    assert known.updated.level == pytest.approx(end * mean, abs=1e-4)
    assert known.updated.level_variance == pytest.approx(variance, abs=1e-4)
    spread = sqrt(1.2**2 + 0.7**2)
    assert known.innovation == pytest.approx(end * (top - before) / spread)
    assert known.log_likelihood == pytest.approx(log(0.5 * erfc((top - before) / spread / sqrt(2))), abs=1e-9)


def test_a_score_far_beyond_all_belief_breaks_nothing() -> None:
    # Beyond 8 SDs the tail is taken from its series; both meet where the one gives way to the other.
    model = LevelModel(measurement_sd=0.1, process_sd=0.0, start_level=0.0, start_sd=0.1)
    sd = 0.1 * sqrt(2)
    near, far = (filter_levels([Moment(0.0, away * sd, 1)], model)[0] for away in (7.999999, 8.000001))
    assert far.updated.level == pytest.approx(near.updated.level, rel=1e-5)
    assert far.log_likelihood == pytest.approx(near.log_likelihood, abs=1e-4)
    (beyond,) = filter_levels([Moment(0.0, 60 * sd, 1)], model)
    assert beyond.updated.level == pytest.approx(0.5 * sd * (60 + 1 / 60), rel=1e-5)
    assert 0 < beyond.updated.level_variance < 0.01
    asymptotic = -0.5 * 60**2 - log(60 * sqrt(2 * pi)) + log(1 - 1 / 60**2)
    assert beyond.log_likelihood == pytest.approx(asymptotic, abs=1e-6)
    assert exp(beyond.log_likelihood) == 0


def test_no_moment_gives_nothing() -> None:
    assert filter_levels([], LOCAL_LEVEL) == []
    assert smooth_against_last([]) == []


def test_moments_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="A moment lies 2 days before the one ahead of it"):
        filter_levels([Moment(3.0, 1.0), Moment(1.0, 1.0)], LOCAL_LEVEL)


@pytest.mark.parametrize(("measurement_sd", "process_sd"), [(0.0, 0.4), (0.7, -0.1)])
def test_an_impossible_model_is_refused(measurement_sd: float, process_sd: float) -> None:
    with pytest.raises(ValueError, match="Leave the level out where the noise was not measured"):
        LevelModel(measurement_sd, process_sd)
