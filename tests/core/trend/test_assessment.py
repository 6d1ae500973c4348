"""A patient: references, films taken differently, days, stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from trend_films import (
    AP_SUPINE,
    AP_UNKNOWN,
    CARD,
    CARD_WITHOUT_NOISE,
    GEOGRAPHIC,
    OPACITY,
    PA_ERECT,
    POLICY,
    day_film,
    film,
    previous,
)

from core.trend import Comparability, FilmTrend, NoVerdict, Reference, ScoredFilm, Verdict, assess_trend
from core.trend.types import FILM_REFERENCES
from core.types import Measure, ScorerCard


def assessed(*films: ScoredFilm, card: ScorerCard = CARD) -> tuple[FilmTrend, ...]:
    return assess_trend(films, card=card, policy=POLICY)


def newest(*films: ScoredFilm, card: ScorerCard = CARD) -> FilmTrend:
    return assessed(*films, card=card)[-1]


def reference_of(trend: FilmTrend, reference: Reference) -> int | None:
    change = trend.change(GEOGRAPHIC, reference)
    assert change is not None
    return change.reference_film_id


def test_every_film_measure_and_reference_is_answered() -> None:
    for trend in assessed(film(1, 0, 3), film(2, 24, 4), film(3, 48, 6)):
        asked = [(change.measure, change.reference) for change in trend.changes]
        assert asked == [(measure, reference) for measure in Measure for reference in FILM_REFERENCES]
        assert all(change.basis for change in trend.changes)


def test_a_first_film_says_that_there_is_nothing_to_compare_with() -> None:
    (trend,) = assessed(film(1, 0, 3))
    words = {reference: trend.change(GEOGRAPHIC, reference) for reference in FILM_REFERENCES}
    assert {change.verdict for change in words.values()} == {Verdict.NOT_ASSESSED}
    assert words[Reference.PREVIOUS].basis == "Not assessed: no earlier film of this stay."
    assert words[Reference.HOURS_24].basis == "Not assessed: no film of this stay from 16 to 32 h before."
    assert words[Reference.HOURS_72].basis == "Not assessed: no film of this stay from 48 to 96 h before."
    assert words[Reference.ADMISSION].basis == "Not assessed: this is the first film of the stay."
    assert words[Reference.ADMISSION].why_not is NoVerdict.FIRST_FILM
    assert words[Reference.ADMISSION].reasons.found == "this is the first film of the stay."
    assert trend.flag is None


def test_references_are_the_films_nearest_in_time() -> None:
    films = [film(1, 0, 1), film(2, 20, 2), film(3, 50, 2), film(4, 66, 3), film(5, 73, 3), film(6, 92, 5)]
    trend = newest(*films)
    assert reference_of(trend, Reference.PREVIOUS) == 5
    assert reference_of(trend, Reference.HOURS_24) == 4  # 26 h; 19 h is farther from 24
    assert reference_of(trend, Reference.HOURS_72) == 2  # 72 h
    assert reference_of(trend, Reference.ADMISSION) == 1
    assert trend.change(GEOGRAPHIC, Reference.ADMISSION).verdict is Verdict.LARGE_RISE


@pytest.mark.parametrize(("gap_hours", "found"), [(15.9, None), (16, 1), (32, 1), (32.1, None)])
def test_a_day_before_is_16_to_32_hours(gap_hours: float, found: int | None) -> None:
    assert reference_of(newest(film(1, 0, 3), film(2, gap_hours, 3)), Reference.HOURS_24) == found


def test_days_stand_for_24_and_72_hours() -> None:
    trend = newest(*[day_film(day + 1, day, 3) for day in range(5)])
    assert reference_of(trend, Reference.HOURS_24) == 4
    assert reference_of(trend, Reference.HOURS_72) == 2


def test_24_h_takes_the_comparable_film_and_else_asks_to_compare() -> None:
    mixed = film(2, 26, 6, PA_ERECT)
    trend = newest(film(1, 20, 3), mixed, film(3, 50, 3))
    assert trend.change(GEOGRAPHIC, Reference.HOURS_24).reference_film_id == 1
    trend = newest(mixed, film(3, 50, 3))
    assert trend.change(GEOGRAPHIC, Reference.HOURS_24).verdict is Verdict.CANNOT_TELL
    assert trend.change(GEOGRAPHIC, Reference.ADMISSION).verdict is Verdict.CANNOT_TELL


def test_stays_are_never_compared() -> None:
    first, second = assessed(film(1, 0, 1, stay_id=1), film(2, 10, 8, stay_id=2))
    assert previous(first).verdict is previous(second).verdict is Verdict.NOT_ASSESSED
    assert reference_of(second, Reference.ADMISSION) is None
    assert second.flag is None


def test_films_of_two_stays_come_back_in_order_of_time() -> None:
    trends = assessed(film(1, 30, 1, stay_id=1), film(2, 10, 8, stay_id=2), film(3, 5, 1, stay_id=1))
    assert [trend.film.film_id for trend in trends] == [3, 2, 1]
    assert reference_of(trends[2], Reference.PREVIOUS) == 3


def test_outside_a_stay_there_is_no_admission() -> None:
    trend = newest(film(1, 0, 3, stay_id=None), film(2, 24, 3, stay_id=None))
    assert previous(trend).verdict is Verdict.NO_REAL_CHANGE
    assert trend.change(GEOGRAPHIC, Reference.ADMISSION).basis == "Not assessed: the film belongs to no stay."


def test_a_newest_film_without_a_comparable_one_cannot_tell() -> None:
    trend = newest(film(1, 0, 3, PA_ERECT), film(2, 20, 3, PA_ERECT), film(3, 24, 3))
    change = previous(trend)
    assert change.verdict is Verdict.CANNOT_TELL
    assert change.basis.startswith("Cannot tell: compare the films.")
    assert (change.reference_film_id, change.comparability) == (2, Comparability.MIXED)


def test_a_patient_turned_supine_when_getting_worse_never_reads_as_unchanged() -> None:
    # 5 supine, 2 erect when better, 5 supine again: "no real change" against the older film would be true and deadly.
    trend = newest(film(1, 0, 5), film(2, 72, 2, PA_ERECT), film(3, 96, 5))
    change = previous(trend)
    assert change.verdict is Verdict.CANNOT_TELL
    assert change.reference_film_id == 2
    assert change.basis.endswith(
        "The last film taken alike is 96 h before; against it the verdict would be no real change, "
        "which says nothing of the time since the film in between."
    )


def test_a_drop_over_a_film_taken_differently_is_not_called_a_drop() -> None:
    change = previous(newest(film(1, 0, 7), film(2, 72, 2, PA_ERECT), film(3, 96, 4)))
    assert change.verdict is Verdict.CANNOT_TELL
    assert "the verdict would be large drop" in change.basis


def test_a_rise_over_films_taken_differently_stands() -> None:
    trend = newest(film(1, 0, 2), film(2, 20, 4, PA_ERECT), film(3, 30, 4, PA_ERECT), film(4, 40, 5))
    change = previous(trend)
    assert (change.verdict, change.reference_film_id) == (Verdict.LARGE_RISE, 1)
    assert change.basis.endswith("Passed over as taken differently: 2 films since then, the newest 10 h before.")


def test_a_film_of_unknown_position_is_compared() -> None:
    change = previous(newest(film(1, 0, 2), film(2, 20, 2, AP_UNKNOWN)))
    assert (change.verdict, change.reference_film_id) == (Verdict.NO_REAL_CHANGE, 1)
    assert change.comparability is Comparability.UNKNOWN


def test_films_of_one_day_have_no_verdict_between_them() -> None:
    for trend in assessed(day_film(1, 0, 2), day_film(2, 0, 8)):
        assert previous(trend).verdict is Verdict.CANNOT_TELL
        assert previous(trend).reference_film_id is None
        assert "order of films of one day, or of one instant, is not known" in previous(trend).basis
        assert trend.change(GEOGRAPHIC, Reference.ADMISSION).verdict is Verdict.CANNOT_TELL
        assert trend.flag is None


def test_films_of_one_day_are_each_compared_with_the_day_before() -> None:
    trends = assessed(day_film(1, 0, 2), day_film(2, 1, 2.5), day_film(3, 1, 6))
    assert [reference_of(trend, Reference.PREVIOUS) for trend in trends] == [None, 1, 1]
    assert [previous(trend).verdict for trend in trends[1:]] == [Verdict.NO_REAL_CHANGE, Verdict.LARGE_RISE]
    assert all(previous(trend).gap_in_days_only for trend in trends[1:])


def test_against_several_films_of_one_day_the_weakest_agreeing_verdict_counts() -> None:
    change = previous(newest(day_film(1, 0, 2), day_film(2, 0, 2.9), day_film(3, 1, 5)))
    assert (change.verdict, change.reference_film_id) == (Verdict.RISE, 2)


def test_against_several_films_of_one_day_that_disagree_it_cannot_tell() -> None:
    trend = newest(day_film(1, 0, 2), day_film(2, 0, 5), day_film(3, 1, 5))
    change = previous(trend)
    assert change.verdict is Verdict.CANNOT_TELL
    assert "their verdicts differ (large rise, no real change)" in change.basis
    assert change.p_rise is None
    assert trend.flag is None


def test_a_film_taken_differently_on_the_day_of_the_reference_may_lie_between() -> None:
    change = previous(newest(day_film(1, 0, 5), day_film(2, 0, 2, PA_ERECT), day_film(3, 1, 5)))
    assert change.verdict is Verdict.CANNOT_TELL


def test_without_noise_all_is_not_assessed_and_the_trajectory_stays() -> None:
    trends = assessed(film(1, 0, 1), film(2, 24, 8), film(3, 30, 8, PA_ERECT), card=CARD_WITHOUT_NOISE)
    assert {change.verdict for trend in trends for change in trend.changes} == {Verdict.NOT_ASSESSED}
    assert all(change.basis.startswith("Not assessed: the noise") for trend in trends for change in trend.changes)
    assert previous(trends[1]).change == 7
    assert all(trend.flag is None for trend in trends)


def test_a_measure_without_noise_leaves_the_other_assessed() -> None:
    card = replace(CARD, noise={GEOGRAPHIC: CARD.noise[GEOGRAPHIC]})
    trend = newest(film(1, 0, 3), film(2, 20, 3), card=card)
    assert previous(trend).verdict is Verdict.NO_REAL_CHANGE
    assert previous(trend, OPACITY).verdict is Verdict.NOT_ASSESSED


def test_a_card_of_another_scorer_is_refused() -> None:
    with pytest.raises(ValueError, match="scored by stub 1, the card is of stub 2"):
        assessed(film(1, 0, 3), card=replace(CARD, version="2"))


def test_a_film_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="given twice"):
        assessed(film(1, 0, 3), film(1, 5, 3))


def test_a_time_without_zone_is_refused() -> None:
    naive = replace(film(1, 0, 3), acquired_at=film(1, 0, 3).acquired_at.replace(tzinfo=None))
    with pytest.raises(ValueError, match="has no time zone"):
        assessed(naive)


def test_no_reference_gives_none() -> None:
    trend = replace(newest(film(1, 0, 3, AP_SUPINE)), changes=())
    assert trend.change(GEOGRAPHIC, Reference.PREVIOUS) is None
