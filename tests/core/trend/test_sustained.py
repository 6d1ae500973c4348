"""Climbs and falls over several films that no pair decides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from trend_films import CARD, GEOGRAPHIC, PA_ERECT, POLICY, film

from core.trend import FlagKind, Reference, ScoredFilm, Verdict, assess_trend
from core.trend.flags.life import flag_events
from core.trend.types import FilmTrend
from core.types import LevelNoise, Measure, ScorerCard

STILL = replace(CARD, level_noise={GEOGRAPHIC: LevelNoise(0.4, 0.2, 0.6, 171, 28, 1.0, "made up", 0.5, 0.4, 0.6)})
CLIMB = (1.0, 1.8, 2.6, 3.4, 4.2)


def newest(*scores: float, card: ScorerCard = STILL) -> FilmTrend:
    return assess_trend(series(*scores), card=card, policy=POLICY)[-1]


def series(*scores: float) -> list[ScoredFilm]:
    return [film(number, 24 * number, score) for number, score in enumerate(scores)]


def test_a_climb_that_no_pair_decides_raises_the_flag_of_a_rise() -> None:
    trend = newest(*CLIMB)
    assert trend.change(GEOGRAPHIC, Reference.RECENT).verdict is Verdict.RISE
    assert (trend.flag.kind, trend.flag.change) == (FlagKind.RISE, trend.sustained)
    change = trend.sustained
    assert (change.verdict, change.reference, change.reference_film_id) == (Verdict.LARGE_RISE, Reference.LOWEST, 0)
    assert change.change == pytest.approx(1.9, abs=0.1)
    assert "against the lowest level of the stay" in change.basis
    assert trend.sustained_alone is change


def test_a_fall_is_said_and_raises_nothing() -> None:
    trend = newest(*reversed(CLIMB))
    assert (trend.sustained.verdict, trend.sustained.reference) == (Verdict.LARGE_DROP, Reference.HIGHEST)
    assert trend.flag is None


def test_a_large_rise_of_the_newest_film_is_not_said_twice() -> None:
    trend = newest(1, 1, 7)
    assert trend.change(GEOGRAPHIC, Reference.RECENT).verdict is Verdict.LARGE_RISE
    assert trend.sustained.verdict is Verdict.LARGE_RISE
    assert trend.sustained_alone is None
    assert trend.flag.change.reference is Reference.RECENT


def test_two_films_are_a_pair_and_no_climb() -> None:
    assert newest(1, 3.5).sustained is None
    # The lowest level is that of the film just before, so the newest two alone would make the climb.
    assert newest(3, 1, 3.2).sustained is None


def test_a_film_that_has_come_back_says_nothing_although_the_level_lags_behind() -> None:
    assert newest(1, 1, 6, 6, 6, 6, 6, 3).sustained is None
    assert newest(1, 1, 6, 6, 6, 6, 6, 5.5).sustained.verdict is Verdict.LARGE_RISE


def test_no_fall_is_read_over_films_taken_differently() -> None:
    films = series(*reversed(CLIMB))
    between = film(9, 84, 5.0, PA_ERECT)
    falls = assess_trend([*films, between], card=STILL, policy=POLICY)[-1]
    assert falls.sustained is None
    rises = assess_trend([*series(*CLIMB), between], card=STILL, policy=POLICY)[-1]
    assert rises.sustained.verdict is Verdict.LARGE_RISE


def test_the_climb_of_one_event_alerts_once() -> None:
    climb = assess_trend(series(*CLIMB, 5.0, 5.2), card=STILL, policy=POLICY)
    (event,) = flag_events(climb, card=STILL, policy=POLICY)
    assert (event.kind, event.opening.film_id, event.ended_by) == (FlagKind.RISE, 4, None)
    assert event.film_ids == (4, 5)
    back = assess_trend(series(*CLIMB, 1.0), card=STILL, policy=POLICY)
    (event,) = (event for event in flag_events(back, card=STILL, policy=POLICY) if event.kind is FlagKind.RISE)
    assert event.ended_by == 5


def test_it_is_asked_of_the_alerting_comparison_alone() -> None:
    opacity = assess_trend(series(*CLIMB), card=STILL, policy=POLICY, measures=(Measure.OPACITY,))[-1]
    other = assess_trend(series(*CLIMB), card=STILL, policy=POLICY, references=(Reference.PREVIOUS,))[-1]
    assert (opacity.sustained, other.sustained) == (None, None)
