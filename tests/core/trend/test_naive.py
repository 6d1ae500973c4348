"""The naive peers: a raw difference against the film just before, whatever the noise."""

from __future__ import annotations

import pytest
from trend_films import CARD, CARD_WITHOUT_NOISE, PA_ERECT, POLICY, day_film, film, previous

from core.trend import Comparability, FilmTrend, FlagKind, ScoredFilm, Verdict, load_detector


def assess(name: str, films: list[ScoredFilm]) -> tuple[FilmTrend, ...]:
    return load_detector(name).assess(films, card=CARD, policy=POLICY)


@pytest.mark.parametrize(
    ("name", "step", "verdict", "kind"),
    [
        ("raw-step-1", 0.9, Verdict.NO_REAL_CHANGE, None),
        ("raw-step-1", 1.0, Verdict.RISE, FlagKind.RISE),
        ("raw-step-1", -1.0, Verdict.DROP, FlagKind.DROP),
        ("raw-step-2", 1.9, Verdict.NO_REAL_CHANGE, None),
        ("raw-step-2", 2.0, Verdict.RISE, FlagKind.RISE),
        ("any-rise", 0.0, Verdict.NO_REAL_CHANGE, None),
        ("any-rise", 0.1, Verdict.RISE, FlagKind.RISE),
        ("any-rise", -4.0, Verdict.DROP, None),
    ],
)
def test_a_difference_counts_from_the_step_on(name: str, step: float, verdict: Verdict, kind: FlagKind | None) -> None:
    trend = assess(name, [film(1, 0, 4.0), film(2, 24, 4.0 + step)])[1]
    assert previous(trend).verdict is verdict
    assert (trend.flag.kind if trend.flag else None) is kind


def test_a_step_is_counted_as_people_count_it() -> None:
    assert 4.1 - 3.1 < 1
    assert previous(assess("raw-step-1", [film(1, 0, 3.1), film(2, 24, 4.1)])[1]).verdict is Verdict.RISE


def test_it_looks_at_the_film_just_before_however_taken_and_says_so() -> None:
    trend = assess("raw-step-1", [film(1, 0, 3), film(2, 12, 3, PA_ERECT), film(3, 24, 5)])[2]
    change = previous(trend)
    assert (change.reference_film_id, change.change, change.gap_hours) == (2, 2, 12)
    assert change.comparability is Comparability.MIXED
    assert (change.p_rise, change.interval) == (None, None)
    assert change.basis == (
        "Geographic extent 3.0 → 5.0 of 8 against the film 12 h before. A difference of 1 point or more counts here; "
        "noise and how the films were taken are not considered."
    )


def test_films_of_one_day_are_passed_over() -> None:
    trends = assess("any-rise", [day_film(1, 0, 1), day_film(2, 1, 2), day_film(3, 1, 3)])
    assert [previous(trend).reference_film_id for trend in trends] == [None, 1, 1]


def test_it_needs_no_measured_noise() -> None:
    films = [film(1, 0, 3), film(2, 24, 5)]
    assert load_detector("raw-step-1").assess(films, card=CARD_WITHOUT_NOISE, policy=POLICY)[1].flag is not None
