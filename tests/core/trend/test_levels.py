"""The level of a stay: bands, slope, gaps, ends of the scale, films taken differently."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import sqrt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from trend_films import (
    AP_UNKNOWN,
    CARD,
    CARD_WITHOUT_NOISE,
    GEOGRAPHIC,
    OPACITY,
    PA_ERECT,
    POLICY,
    START,
    day_film,
    film,
    noise,
)

from core.trend import ScoredFilm
from core.trend.levels import PROCESS_SHARE, StayLevel, film_moments, level_model, stay_levels
from core.trend.state_space import Moment, filter_levels
from core.types import LevelNoise, ScorerCard

FILM_SD = 1 / sqrt(2)
LEVEL_NOISE = LevelNoise(0.5, 0.3, 0.7, 132, 22, 1.0, "made up")
LEVEL_CARD = replace(CARD, level_noise={GEOGRAPHIC: LEVEL_NOISE})


def level_of(films: list[ScoredFilm], card: ScorerCard = LEVEL_CARD, **options: object) -> StayLevel:
    (stay,) = stay_levels(films, GEOGRAPHIC, card=card, policy=POLICY, **options)
    return stay


def width(stay: StayLevel, index: int) -> float:
    band = stay.points[index].band
    return band.high - band.low


def test_the_variances_come_from_the_card() -> None:
    model = level_model(LEVEL_CARD, GEOGRAPHIC)
    assert (model.measurement_sd, model.process_sd) == (pytest.approx(FILM_SD), 0.5)
    assert (model.start_level, model.start_sd) == (4, 8)
    assert level_model(CARD, OPACITY).process_sd == PROCESS_SHARE * 6
    shrunk = replace(CARD, noise={GEOGRAPHIC: noise(sd=0.6, slope=0.36)})
    assert level_model(shrunk, GEOGRAPHIC).measurement_sd == pytest.approx(1 / sqrt(2))
    kept = replace(CARD, noise={GEOGRAPHIC: replace(noise(0.6, 0.36), raw_sd=1.4)})
    assert level_model(kept, GEOGRAPHIC).measurement_sd == pytest.approx(1.4 / sqrt(2))


def test_what_was_not_measured_has_no_level() -> None:
    assert level_model(CARD_WITHOUT_NOISE, GEOGRAPHIC) is None
    assert stay_levels([film(1, 0, 3)], GEOGRAPHIC, card=CARD_WITHOUT_NOISE, policy=POLICY) == ()
    assert level_model(replace(CARD, noise={GEOGRAPHIC: noise(1, slope=-0.2)}), GEOGRAPHIC) is None
    assert stay_levels([], GEOGRAPHIC, card=CARD, policy=POLICY) == ()


def test_one_film_is_its_own_level_with_the_error_of_a_film() -> None:
    stay = level_of([film(1, 0, 5)])
    (point,) = stay.points
    assert point.level == pytest.approx(5, abs=0.01)
    assert width(stay, 0) == pytest.approx(2 * 1.96 * FILM_SD, rel=0.01)
    absolute = point.absolute_band
    assert absolute.high - absolute.low == pytest.approx(2 * 1.96 * sqrt(0.5 + 1.0), rel=0.01)
    assert stay.slope is None
    assert level_of([film(1, 0, 5)], CARD).points[0].absolute_band is None


def test_the_level_is_calmer_than_the_scores_and_better_known() -> None:
    stay = level_of([film(1, 0, 3), film(2, 4, 5), film(3, 5, 3), film(4, 9, 5)])
    levels = [point.level for point in stay.points if point.film_id]
    assert max(levels) - min(levels) < 1
    assert width(stay, 1) < 2 * 1.96 * FILM_SD


def test_the_band_widens_in_a_gap_and_after_the_last_film_until_it_is_stale() -> None:
    films = [film(1, 0, 4), film(2, 24, 4), film(3, 24 * 8, 4)]
    stay = level_of(films, until=START + timedelta(hours=24 * 30))
    between = [n for n, point in enumerate(stay.points) if START < point.at < films[1].acquired_at]
    assert len(between) == 4
    gap = [n for n, point in enumerate(stay.points) if films[1].acquired_at < point.at < films[2].acquired_at]
    assert len(gap) == 20
    middle = gap[10]
    assert width(stay, middle) > width(stay, between[2]) > width(stay, 0) * 0.9
    after = [point for point in stay.points if point.at > films[2].acquired_at]
    assert len(after) == 8
    assert after[-1].at < films[2].acquired_at + timedelta(hours=POLICY.stale_after_hours)
    assert after[-1].band.high - after[-1].band.low > width(stay, middle) * 0.9
    assert all(point.film_id is None for point in after)


def test_the_level_does_not_reach_into_another_stay() -> None:
    films = [film(1, 0, 1), film(2, 24, 1), film(3, 48, 7, stay_id=2)]
    first, second = stay_levels(films, GEOGRAPHIC, card=LEVEL_CARD, policy=POLICY)
    assert (first.stay_id, second.stay_id) == (1, 2)
    assert first == stay_levels(films[:2], GEOGRAPHIC, card=LEVEL_CARD, policy=POLICY)[0]
    assert [point.film_id for point in second.points] == [3]
    assert second.points[0].level == pytest.approx(7, abs=0.05)


def test_the_order_given_does_not_matter() -> None:
    films = [film(1, 0, 1), film(2, 24, 3), day_film(3, 1, 7)]
    assert level_of(films) == level_of(films[::-1])


def test_another_scorer_and_another_card_are_refused() -> None:
    with pytest.raises(ValueError, match="never mixes models"):
        level_of([film(1, 0, 3), film(2, 5, 4, version="2")])
    with pytest.raises(ValueError, match="the card is of stub 1"):
        level_of([film(1, 0, 3, version="2")])


def test_at_the_top_of_the_scale_the_level_is_this_or_more() -> None:
    at_top = level_of([film(1, 0, 7), film(2, 12, 8), film(3, 24, 8)])
    below = level_of([film(1, 0, 7), film(2, 12, 7.9), film(3, 24, 7.9)])
    assert at_top.points[-1].level > below.points[-1].level
    assert at_top.points[-1].band.high == 8
    at_bottom = level_of([film(1, 0, 1), film(2, 12, 0), film(3, 24, 0)])
    assert at_bottom.points[-1].level == pytest.approx(8 - at_top.points[-1].level)


def test_slope_and_its_certainty() -> None:
    rising = level_of([film(n, 12 * n, 1 + n) for n in range(6)]).slope
    # 2 points per day as scored; less as believed, since levels that wander by 0.5 per √day seldom climb so fast.
    assert rising.per_24_h == pytest.approx(0.855, abs=0.001)
    assert rising.p_rising == pytest.approx(0.977, abs=0.001)
    assert rising.interval.low < rising.per_24_h < rising.interval.high
    assert rising.span_hours == 24
    falling = level_of([film(n, 12 * n, 7 - n) for n in range(6)]).slope
    assert falling.per_24_h == pytest.approx(-rising.per_24_h)
    assert falling.p_rising == pytest.approx(1 - rising.p_rising)
    short = level_of([film(1, 0, 3), film(2, 6, 4)]).slope
    assert short.span_hours == 6
    assert level_of([film(1, 0, 3), film(2, 0, 4)]).slope is None


def test_the_slope_over_a_long_stay_is_that_of_the_joint_normal() -> None:
    # Independently: the levels' prior covariance, conditioned on the scores by plain linear algebra.
    days, scores = np.array([0.0, 1.0, 1.5, 2.0]), np.array([3.0, 3.5, 5.0, 5.2])
    asked = np.array([1.0, 2.0])
    prior = 64 + 0.25 * np.minimum.outer(days, days) + 0.5 * np.eye(4)
    cross = 64 + 0.25 * np.minimum.outer(asked, days)
    mean = 4 + cross @ np.linalg.solve(prior, scores - 4)
    spread = 64 + 0.25 * np.minimum.outer(asked, asked) - cross @ np.linalg.solve(prior, cross.T)
    slope = level_of([film(n, 24 * day, score) for n, (day, score) in enumerate(zip(days, scores, strict=True))]).slope
    assert slope.per_24_h == pytest.approx(mean[1] - mean[0], abs=1e-6)
    sd = sqrt(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1])
    assert slope.interval.high - slope.interval.low == pytest.approx(2 * 1.959964 * sd, abs=1e-5)


def test_the_slope_has_no_part_of_the_error_that_stays_the_same() -> None:
    films = [film(1, 0, 3), film(2, 24, 5)]
    biased = replace(CARD, level_noise={GEOGRAPHIC: replace(LEVEL_NOISE, bias_sd=3.0)})
    assert level_of(films, biased).slope == level_of(films).slope


def test_a_film_taken_differently_may_have_made_a_step() -> None:
    films = [film(1, 0, 3), film(2, 12, 6, PA_ERECT)]
    measured = film_moments(films, GEOGRAPHIC, card=CARD, policy=POLICY)
    assert [moment.step_variance for moment in measured] == [0, pytest.approx(1.5**2 - 1)]
    unmeasured = film_moments(films, GEOGRAPHIC, card=replace(CARD, mixed_noise={}), policy=POLICY)
    assert unmeasured[1].step_variance == pytest.approx(3)
    assert width(level_of(films), -1) > width(level_of([film(1, 0, 3), film(2, 12, 6)]), -1)


def test_a_film_of_which_not_all_is_known_has_a_wider_error() -> None:
    moments = film_moments([film(1, 0, 3, AP_UNKNOWN), film(2, 12, 3)], GEOGRAPHIC, card=CARD, policy=POLICY)
    assert [moment.extra_variance for moment in moments] == [pytest.approx(0.5 * (1.25**2 - 1)), 0]


def test_summer_time_moves_no_film_and_no_level() -> None:
    zone = ZoneInfo("Europe/Berlin")
    hours = (12, 15, 18, 21, 24, 27)
    spring = [film(n, 24 * 29 + hour, n) for n, hour in enumerate(hours)]
    local = [replace(one, acquired_at=one.acquired_at.astimezone(zone)) for one in spring]
    until = local[-1].acquired_at + timedelta(hours=24)
    found, expected = (level_of(films, until=until) for films in (local, spring))
    assert [point.level for point in found.points] == [point.level for point in expected.points]


def test_bands_cover_the_truth_where_the_model_is_true() -> None:
    # 400 stays of 8 films with random walks in the middle of the scale, irregular times; seed fixed.
    generator = np.random.default_rng(7)
    model = replace(level_model(LEVEL_CARD, GEOGRAPHIC), start_sd=0.5)
    inside = total = 0
    for _stay in range(400):
        days = np.cumsum(generator.exponential(1.0, 8))
        walk = np.cumsum(generator.normal(0, 0.5 * np.sqrt(np.diff(days, prepend=days[0]))))
        truth = 4 + generator.normal(0, 0.5) + walk
        scores = truth + generator.normal(0, FILM_SD, 8)
        known = filter_levels([Moment(day, score) for day, score in zip(days, scores, strict=True)], model)
        for one, level in zip(known, truth, strict=True):
            inside += abs(one.updated.level - level) <= 1.96 * sqrt(one.updated.level_variance)
            total += 1
    assert 0.93 <= inside / total <= 0.97
