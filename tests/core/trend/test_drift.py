"""Slow drift: the CUSUM, its run length, and the detector that flags it."""

from __future__ import annotations

from dataclasses import replace
from math import inf, sqrt

import numpy as np
import pytest
from trend_films import CARD, CARD_WITHOUT_NOISE, GEOGRAPHIC, PA_ERECT, POLICY, day_film, film

from core.trend import FlagKind, Reference, ScoredFilm, load_detector
from core.trend.detectors.drift import ALLOWANCE, LIMIT, THRESHOLD, Drift, drift_in_words, find_drifts, in_control_films
from core.trend.detectors.run_length import cusum_run_length
from core.types import LevelNoise

CLIMB = [film(n, 24 * n, 0.5 + 0.6 * n) for n in range(1, 11)]


def drifts(films: list[ScoredFilm], **card: object) -> dict[int, Drift]:
    return find_drifts(films, GEOGRAPHIC, card=replace(CARD, **card), policy=POLICY)


@pytest.mark.parametrize(
    ("threshold", "shift", "films"), [(4.0, 0.0, 335.4), (5.0, 0.0, 930.9), (4.0, 1.0, 8.38), (5.0, 1.0, 10.4)]
)
def test_run_lengths_are_those_of_the_tables(threshold: float, shift: float, films: float) -> None:
    # Montgomery, Introduction to Statistical Quality Control, table of tabular CUSUMs: 168 and 465 for both sides.
    assert cusum_run_length(threshold, 0.5, limit=inf, shift=shift) == pytest.approx(films, rel=0.005)


def test_the_stated_run_length_is_that_of_a_simulation() -> None:
    # 400 stays without end, each until its first false drift; the mean has a standard error of 5 %.
    generator = np.random.default_rng(3)
    lengths = []
    for _stay in range(400):
        total, films = 0.0, 0
        while total <= THRESHOLD:
            total = max(0.0, total + float(np.clip(generator.normal(), -LIMIT, LIMIT)) - ALLOWANCE)
            films += 1
        lengths.append(films)
    assert in_control_films() == pytest.approx(382, abs=1)
    assert np.mean(lengths) == pytest.approx(in_control_films(), rel=0.15)


def test_levels_that_wander_as_the_model_says_drift_as_seldom_as_stated() -> None:
    # 60 long stays in mid-scale at irregular times: 6,000 films, 12,000 chances for either direction.
    generator = np.random.default_rng(5)
    card = {"level_noise": {GEOGRAPHIC: LevelNoise(0.05, 0.0, 0.1, 132, 22, 1.0, "made up")}}
    found = 0
    for _stay in range(60):
        hours = np.cumsum(generator.exponential(18, 100))
        walk = 4 + np.cumsum(generator.normal(0, 0.05 * np.sqrt(np.diff(hours, prepend=hours[0]) / 24)))
        scores = np.clip(walk + generator.normal(0, sqrt(0.5), 100), 0, 8)
        stay = [film(n, hour, score) for n, (hour, score) in enumerate(zip(hours, scores, strict=True))]
        found += len(drifts(stay, **card))
    expected = 12_000 / in_control_films()
    assert 0.5 * expected < found < 1.5 * expected


def test_a_climb_that_no_step_shows_is_found_and_named() -> None:
    (found,) = drifts(CLIMB).values()
    assert found == Drift(film_id=8, since_film_id=1, rising=True, n_films=7)
    assert drift_in_words(found) == (
        "The scores have been rising over 7 films beyond what the level's wandering explains, though no single step "
        "need show it; by chance once in 382 films in one direction (CUSUM of innovations)."
    )
    falling = [
        replace(one, score=replace(one.score, geographic_extent=8 - one.score.geographic_extent)) for one in CLIMB
    ]
    assert drifts(falling) == {8: replace(found, rising=False)}


def test_one_film_alone_makes_no_drift() -> None:
    assert drifts([film(1, 0, 0.5), film(2, 24, 7.5)]) == {}


def test_films_without_order_or_taken_differently_do_not_count() -> None:
    same_day = [day_film(n, 0, 0.5 + 0.8 * n) for n in range(9)]
    assert drifts(same_day) == {}
    alternating = [film(n, 24 * n, 0.5 + 0.8 * n, *([PA_ERECT] if n % 2 else [])) for n in range(9)]
    assert drifts(alternating) == {}


def test_what_was_not_measured_has_no_drift() -> None:
    assert find_drifts(CLIMB, GEOGRAPHIC, card=CARD_WITHOUT_NOISE, policy=POLICY) == {}
    assert find_drifts([], GEOGRAPHIC, card=CARD, policy=POLICY) == {}


def test_the_detector_flags_a_drift_against_the_best_level() -> None:
    by_film = {
        trend.film.film_id: trend.flag for trend in load_detector("drift").assess(CLIMB, card=CARD, policy=POLICY)
    }
    flag = by_film.pop(8)
    assert set(by_film.values()) == {None}
    assert (flag.kind, flag.change.reference, flag.change.reference_film_id) == (FlagKind.RISE, Reference.LOWEST, 1)
    assert flag.change.basis.startswith("The scores have been rising over 7 films")
    plain = load_detector().assess(CLIMB, card=CARD, policy=POLICY)
    assert all(trend.flag is None for trend in plain)


def test_a_drift_without_a_rise_against_the_best_level_is_not_flagged() -> None:
    strict = replace(POLICY, p_rise=0.99999999)
    assert 8 in find_drifts(CLIMB, GEOGRAPHIC, card=CARD, policy=strict)
    trends = load_detector("drift").assess(CLIMB, card=CARD, policy=strict)
    assert all(trend.flag is None for trend in trends)
