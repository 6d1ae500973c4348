"""A film against the best and the worst smoothed level of its stay."""

from __future__ import annotations

from dataclasses import replace

import pytest
from trend_films import (
    CARD,
    CARD_WITHOUT_NOISE,
    GEOGRAPHIC,
    OPACITY,
    PA_ERECT,
    POLICY,
    day_film,
    film,
)

from core.trend import Change, Reference, ScoredFilm, Verdict, assess_newest, assess_trend
from core.trend.extremes import against_extreme
from core.types import LevelNoise, Measure, ScorerCard

BOTH = (Reference.LOWEST, Reference.HIGHEST)


def against(reference: Reference, *films: ScoredFilm, card: ScorerCard = CARD, measure: Measure = GEOGRAPHIC) -> Change:
    return against_extreme(films[-1], films, measure=measure, reference=reference, card=card, policy=POLICY)


def test_a_slow_climb_that_no_step_shows_is_a_rise_against_the_best_level() -> None:
    films = [film(n, 24 * n, 2 + 0.7 * n) for n in range(7)]
    change = against(Reference.LOWEST, *films)
    assert (change.verdict, change.reference_film_id, change.gap_hours) == (Verdict.LARGE_RISE, 0, 144)
    assert change.change == pytest.approx(2.43, abs=0.01)
    assert change.change == change.expected_change
    assert {step.verdict for step in step_verdicts(films)} == {Verdict.NOT_ASSESSED, Verdict.NO_REAL_CHANGE}
    worst = against(Reference.HIGHEST, *films)
    assert worst.reference_film_id == 5
    assert worst.verdict is Verdict.NO_REAL_CHANGE


def step_verdicts(films: list[ScoredFilm]) -> list[Change]:
    trends = assess_trend(films, card=CARD, policy=POLICY, references=(Reference.PREVIOUS,))
    return [trend.change(GEOGRAPHIC, Reference.PREVIOUS) for trend in trends]


def test_one_low_score_among_high_ones_is_no_best_level() -> None:
    # The dip of a single film is not believed: the rise after it is smaller than the scores say.
    films = [film(1, 0, 6), film(2, 6, 6), film(3, 12, 4), film(4, 18, 6), film(5, 24, 6)]
    change = against(Reference.LOWEST, *films)
    assert 0 < change.change < 1
    assert change.verdict is Verdict.NO_REAL_CHANGE


def test_rise_and_drop_are_mirrored() -> None:
    scores = (7, 6.5, 6, 3, 2, 1.25)
    drop = against(Reference.HIGHEST, *(film(n, 12 * n, score) for n, score in enumerate(scores)))
    rise = against(Reference.LOWEST, *(film(n, 12 * n, 8 - score) for n, score in enumerate(scores)))
    assert (drop.verdict, rise.verdict) == (Verdict.LARGE_DROP, Verdict.LARGE_RISE)
    assert drop.change == pytest.approx(-rise.change)
    assert (drop.p_drop, drop.p_large_drop) == (pytest.approx(rise.p_rise), pytest.approx(rise.p_large_rise))
    assert drop.basis.endswith("not enough to reduce care: see whether physiology agrees.")


def test_the_basis_says_levels_films_and_what_would_have_changed_the_verdict() -> None:
    basis = against(Reference.LOWEST, film(1, 0, 2), film(2, 24, 2), film(3, 48, 6)).basis
    assert basis == (
        "The level of geographic extent rose by 1.0 of 8 against the lowest level of the stay. It was 2.9 at the film "
        "48 h before, and is 3.9 now. Levels are smoothed over 3 films of the stay; their difference has SD 0.49 (95 % "
        "interval +0.0 to +1.9). Probability of a true rise 97.5 %, of one beyond 1 point 47 % (called real from "
        "97.5 %, large from 90 %). It would be called large from +1.6 on, and no real change short of +1.0."
    )


def test_later_films_change_nothing() -> None:
    films = [film(1, 0, 3), film(2, 24, 5), film(3, 48, 1), film(4, 72, 8)]
    for place in (1, 2):
        alone = against(Reference.LOWEST, *films[: place + 1])
        whole = against_extreme(
            films[place], films, measure=GEOGRAPHIC, reference=Reference.LOWEST, card=CARD, policy=POLICY
        )
        assert alone == whole


def test_the_error_that_stays_the_same_has_no_part_in_it() -> None:
    films = [film(1, 0, 3), film(2, 24, 5)]
    biased = replace(CARD, level_noise={GEOGRAPHIC: LevelNoise(0.4, 0.2, 0.6, 132, 22, 3.0, "made up")})
    assert against(Reference.LOWEST, *films, card=biased).interval == against(Reference.LOWEST, *films).interval


@pytest.mark.parametrize("reference", BOTH)
def test_without_an_earlier_film_taken_alike_there_is_no_verdict(reference: Reference) -> None:
    alone = against(reference, film(1, 0, 3))
    assert (alone.verdict, alone.basis) == (Verdict.NOT_ASSESSED, "Not assessed: no earlier film of this stay.")
    other_stay = against(reference, film(1, 0, 3, stay_id=2), film(2, 24, 5))
    assert other_stay.verdict is Verdict.NOT_ASSESSED
    mixed = against(reference, film(1, 0, 3, PA_ERECT), film(2, 24, 5))
    assert mixed.verdict is Verdict.CANNOT_TELL
    assert mixed.basis.endswith("No earlier film of this stay was taken alike.")
    unordered = against(reference, day_film(1, 0, 3), day_film(2, 0, 5))
    assert unordered.verdict is Verdict.CANNOT_TELL
    assert "order of films of one day" in unordered.basis


def test_what_was_not_measured_is_not_assessed() -> None:
    change = against(Reference.LOWEST, film(1, 0, 3), film(2, 24, 7), card=CARD_WITHOUT_NOISE)
    assert change.verdict is Verdict.NOT_ASSESSED
    assert change.basis == "Not assessed: the noise of this scorer's change was not measured."


def test_they_are_given_beside_the_others_where_they_are_asked_for() -> None:
    films = [film(1, 0, 3), film(2, 24, 7)]
    newest = assess_newest(films, card=CARD, policy=POLICY, references=tuple(Reference))
    assert [change.reference for change in newest.changes] == 2 * list(Reference)
    assert newest.change(OPACITY, Reference.LOWEST) == against(Reference.LOWEST, *films, measure=OPACITY)
    usual = assess_newest(films, card=CARD, policy=POLICY)
    assert usual.change(OPACITY, Reference.LOWEST) is None
    assert usual.flag == newest.flag
    assert newest == assess_trend(films, card=CARD, policy=POLICY, references=tuple(Reference))[-1]


def test_a_film_is_no_level() -> None:
    with pytest.raises(ValueError, match="'24 h' is a film, not a level"):
        against(Reference.HOURS_24, film(1, 0, 3), film(2, 24, 7))
