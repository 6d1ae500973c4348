"""The newest films against the recent level: which films, which mean, which noise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from trend_films import AP_UNKNOWN, CARD, CARD_WITHOUT_NOISE, GEOGRAPHIC, PA_ERECT, POLICY, day_film, film, noise

from core.trend import Change, FlagKind, Reference, ScoredFilm, Verdict, assess_trend
from core.trend.change import compare_means
from core.trend.recent import recent_sides
from core.trend.references import StaySeries
from core.types import ScorerCard

SHARP = replace(CARD, noise={GEOGRAPHIC: replace(noise(0.6, 0.6), expert_sd=1.0)}, mixed_noise={})


def sides(*films: ScoredFilm, card: ScorerCard = CARD) -> tuple[list[int], list[int]]:
    """Return which films stand on each side for the newest one."""
    found = recent_sides(StaySeries(films), GEOGRAPHIC, card=card, policy=POLICY)[films[-1].film_id]
    return [one.film_id for one in found.now], [one.film_id for one in found.before]


def newest(*films: ScoredFilm, card: ScorerCard = CARD) -> Change:
    change = assess_trend(films, card=card, policy=POLICY)[-1].change(GEOGRAPHIC, Reference.RECENT)
    assert change is not None
    return change


def test_the_level_is_the_mean_of_the_films_of_72_h_up_to_the_newest_of_them() -> None:
    films = [film(1, 0, 8), film(2, 30, 2), film(3, 60, 3), film(4, 102, 4), film(5, 190, 3)]
    assert sides(*films) == ([5], [4, 3, 2])
    change = newest(*films)
    assert (change.now_film_ids, change.before_film_ids, change.reference_film_id) == ((5,), (4, 3, 2), 4)
    assert change.change == pytest.approx(3 - (2 + 3 + 4) / 3)
    assert change.gap_hours == 88


def test_with_one_film_before_it_is_the_comparison_with_that_film() -> None:
    trend = assess_trend([film(1, 0, 3.1), film(2, 18, 5.5)], card=SHARP, policy=POLICY)[-1]
    recent, previous = (trend.change(GEOGRAPHIC, one) for one in (Reference.RECENT, Reference.PREVIOUS))
    assert recent is not None
    assert replace(recent, reference=Reference.PREVIOUS) == previous


def test_a_second_film_confirms_what_the_first_left_open() -> None:
    films = [film(1, 0, 2), film(2, 24, 2), film(3, 48, 2.2), film(4, 72, 4.0), film(5, 96, 4.4)]
    assert newest(*films[:4], card=SHARP).verdict is not Verdict.LARGE_RISE
    assert sides(*films, card=SHARP) == ([5, 4], [3, 2, 1])
    change = newest(*films, card=SHARP)
    assert change.change == pytest.approx(4.2 - 6.2 / 3)
    assert change.verdict is Verdict.LARGE_RISE
    assert change.reference_film_id == 3


def test_one_outlying_film_is_not_taken_for_two() -> None:
    steady = [film(n, n * 24, 2) for n in range(1, 4)]
    # 6 and back to 2.5: less than the smallest important change above the level.
    assert sides(*steady, film(4, 96, 4), film(5, 120, 2.5), card=SHARP) == ([5], [4, 3, 2, 1])
    assert sides(*steady, film(4, 96, 4), film(5, 120, 3.5), card=SHARP) == ([5, 4], [3, 2, 1])


def test_a_change_that_is_almost_certainly_large_begins_a_new_level() -> None:
    films = [film(1, 0, 1), film(2, 24, 1), film(3, 48, 7), film(4, 72, 7), film(5, 96, 3)]
    assert sides(*films[:4]) == ([4], [3])
    assert sides(*films) == ([5], [4, 3])
    trends = assess_trend(films, card=CARD, policy=POLICY)
    assert [None if trend.flag is None else trend.flag.kind for trend in trends] == [
        None,
        None,
        FlagKind.RISE,
        FlagKind.RISE,
        FlagKind.DROP,
    ]
    # Against the new level the fourth film shows nothing; what flags it is the climb since the lowest level.
    assert trends[3].change(GEOGRAPHIC, Reference.RECENT).verdict is Verdict.NO_REAL_CHANGE
    assert trends[3].flag.change.reference is Reference.LOWEST


def test_films_taken_differently_are_no_part_of_the_level() -> None:
    films = [film(1, 0, 2), film(2, 24, 6, PA_ERECT), film(3, 48, 2.4), film(4, 72, 2)]
    assert sides(*films) == ([4], [3, 1])


def test_films_of_one_day_are_one_side_and_not_compared_with_each_other() -> None:
    films = [day_film(1, 0, 1), day_film(2, 0, 2), day_film(3, 2, 6), day_film(4, 2, 6)]
    assert sides(*films) == ([4], [2, 1])
    assert newest(*films).change == pytest.approx(4.5)
    third = day_film(5, 3, 6)
    # Together with both films of the day before, unless that day began a new level of its own.
    assert sides(*films, third) == ([5], [4, 3])
    assert sides(day_film(1, 0, 2), day_film(3, 2, 4), day_film(4, 2, 4), day_film(5, 3, 4)) == ([5, 4, 3], [1])


def test_without_measured_noise_there_is_no_level() -> None:
    assert (
        recent_sides(StaySeries([film(1, 0, 1), film(2, 9, 5)]), GEOGRAPHIC, card=CARD_WITHOUT_NOISE, policy=POLICY)
        == {}
    )


def test_means_of_films_are_judged_by_their_own_noise() -> None:
    measured = SHARP.noise[GEOGRAPHIC]
    assert measured.of_means(1, 1) == (0.6, 0.6)
    # 1 / (1 + (1/.36 - 1) / .5) = .2195 and .6 * .2195 / (.36 * .5).
    slope, sd = measured.of_means(2, 2)
    assert sd == pytest.approx(0.21951**0.5, abs=1e-4)
    assert slope == pytest.approx(0.7317, abs=1e-4)
    change = compare_means(
        [film(5, 96, 5), film(4, 72, 5)],
        [film(3, 48, 2), film(2, 24, 2, AP_UNKNOWN)],
        measure=GEOGRAPHIC,
        reference=Reference.RECENT,
        card=SHARP,
        policy=POLICY,
    )
    assert change.expected_change == pytest.approx(3 * slope)
    assert change.interval is not None
    assert change.interval.high - change.interval.low == pytest.approx(2 * 1.96 * sd * 1.25, abs=1e-3)
    assert "between these means 0.47, widened to 0.59" in change.basis


@pytest.mark.parametrize("expert_sd", [None, 0.5])
def test_where_the_spread_of_changes_is_not_known_means_are_judged_like_pairs(expert_sd: float | None) -> None:
    measured = replace(noise(0.6, 0.6), expert_sd=expert_sd)
    assert measured.of_means(2, 3) == (0.6, 0.6)


def test_the_basis_names_the_films_on_both_sides() -> None:
    films = [film(1, 0, 2), film(2, 24, 2), film(3, 48, 2.2), film(4, 72, 4.0), film(5, 96, 4.4)]
    assert newest(*films, card=SHARP).basis.startswith(
        "Geographic extent of this film and the one 24 h before, as their mean, rose by 2.1 of 8 against the recent "
        "level, the mean of 3 films up to 48 h before (2.1 → 4.2), all AP supine."
    )
    assert newest(*films[:3], card=SHARP).basis.startswith(
        "No real change of geographic extent (0-8) against the recent level, the mean of 2 films up to 24 h before "
        "(2.0 → 2.2), all AP supine."
    )


def test_films_that_are_of_several_stays_or_in_no_order_are_refused() -> None:
    def compare(*before: ScoredFilm) -> Change:
        return compare_means(
            [film(9, 96, 5)], before, measure=GEOGRAPHIC, reference=Reference.RECENT, card=CARD, policy=POLICY
        )

    with pytest.raises(ValueError, match="of different stays or scorers"):
        compare(film(1, 0, 1), film(2, 24, 1, stay_id=2))
    with pytest.raises(ValueError, match="Film 2 was not certainly taken before film 9"):
        compare(film(1, 0, 1), film(2, 96, 1))
