"""Sweeps say what the detectors say."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from trend_films import CARD, PA_ERECT, POLICY, film

from core.evaluation.flagging import RAW_STEP, check_sweep, checking, families_of, read_flags
from core.evaluation.flagging.families import probability_strength
from core.trend import (
    DEFAULT_DETECTOR,
    DETECTORS,
    FilmTrend,
    FlagKind,
    ProposedFlag,
    ScoredFilm,
    TrendPolicy,
    load_detector,
)
from core.types import ScorerCard


def random_series(count: int = 12) -> list[list[ScoredFilm]]:
    generator = random.Random(4)  # noqa: S311 - draws films, keeps no secret
    return [
        [
            film(number, 20 * number, generator.uniform(0, 8), *([PA_ERECT] if generator.random() < 0.2 else []))
            for number in range(8)
        ]
        for _series in range(count)
    ]


def test_every_detector_of_the_registry_stands_in_one_family() -> None:
    families = families_of(POLICY)
    used = [setting.label for family in families for setting in family.as_used]
    assert sorted(used) == sorted(DETECTORS)
    assert families[-1].name == RAW_STEP
    for family in families:
        thresholds = [setting.threshold for setting in family.settings]
        assert thresholds == sorted(thresholds)


def test_the_sweep_flags_what_the_detectors_flag() -> None:
    series = random_series()
    kept, checks = check_sweep(families_of(POLICY), series, card=CARD, policy=POLICY)
    by_name = {check.detector: check for check in checks}
    for name in (DEFAULT_DETECTOR, "raw-step-1", "raw-step-2", "any-rise"):
        assert by_name[name].equal, name
        assert by_name[name].n_flags > 5
    assert all(family.settings for family in kept if family.name in (DEFAULT_DETECTOR, RAW_STEP))


def test_the_sweep_describes_a_detector_on_films_whose_probabilities_nobody_may_state() -> None:
    unmeasured = replace(CARD, change_views=())
    kept, checks = check_sweep(families_of(POLICY), random_series(), card=unmeasured, policy=POLICY)
    assert {check.detector: check.equal for check in checks}[DEFAULT_DETECTOR]
    assert kept[0].settings == families_of(POLICY)[0].settings


@pytest.mark.parametrize(("p_rise", "p_large"), [(0.8, 0.0), (0.975, 0.3), (0.975, 0.99)])
def test_a_place_on_the_sweep_is_that_setting(p_rise: float, p_large: float) -> None:
    series = random_series(5)
    family = families_of(POLICY)[0]
    threshold = p_rise - 1 if p_rise < POLICY.p_rise else p_large
    strength = read_flags(series, family, CARD).rise
    policy = replace(POLICY, p_rise=p_rise, p_large=p_large)
    own = {
        (row, trend.film.film_id)
        for row, films in enumerate(series)
        for trend in load_detector().assess(films, card=CARD, policy=policy)
        if trend.flag and trend.flag.kind is FlagKind.RISE
    }
    assert {(int(row), int(place)) for row, place in np.argwhere(strength >= threshold)} == own
    assert own


def test_drops_have_their_own_strengths() -> None:
    strengths = read_flags([[film(1, 0, 7), film(2, 20, 1), film(3, 40, 3.5)], []], families_of(POLICY)[-1], CARD)
    assert strengths.rise[0].tolist() == [-math.inf, -math.inf, pytest.approx(2.5)]
    assert strengths.of_kind(FlagKind.DROP)[0].tolist() == [-math.inf, pytest.approx(6.0), -math.inf]
    assert np.isneginf(strengths.rise[1]).all()


@dataclass(frozen=True)
class OncePerStay:
    """Flags the first rise alone, so that what it flags at its loosest hides what it would flag at its own setting."""

    name: str = "once"

    def assess(self, films: Sequence[ScoredFilm], *, card: ScorerCard, policy: TrendPolicy) -> tuple[FilmTrend, ...]:
        """Return the trend with its first flag alone."""
        trends = load_detector().assess(films, card=card, policy=policy)
        flagged = [trend for trend in trends if trend.flag]
        return tuple(replace(trend, flag=trend.flag if trend in flagged[:1] else None) for trend in trends)


def test_a_detector_with_a_memory_is_reported_as_it_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    families = families_of(POLICY)
    once = replace(families[0], detector=OncePerStay())
    monkeypatch.setattr(checking, "load_detector", lambda _name: OncePerStay())
    series = random_series()
    (kept,), (check,) = check_sweep([once], series, card=CARD, policy=POLICY)
    assert not check.equal
    assert (kept.settings, kept.policy) == ((), POLICY)
    strengths = read_flags(series, kept, CARD).rise
    assert check.n_flags >= (strengths >= kept.as_used[0].threshold).sum() > 0


def test_a_flag_without_probabilities_has_no_strength_to_sweep() -> None:
    flag = load_detector("raw-step-1").assess([film(1, 0, 1), film(2, 9, 5)], card=CARD, policy=POLICY)[1].flag
    assert isinstance(flag, ProposedFlag)
    assert probability_strength(flag, POLICY) == math.inf
