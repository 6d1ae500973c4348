"""Films whose time is in doubt: they raise like any other, resolve nothing and support no drop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from trend_films import CARD, POLICY, START, film

from core.trend import Reference, ScoredFilm, Verdict, assess_trend
from core.trend.extremes import against_extreme
from core.trend.flags.life import FlagEvent, flag_events
from core.trend.types import FlagKind
from core.types import Measure, TimeDoubt

EXTENT = Measure.GEOGRAPHIC_EXTENT


def ahead(one: ScoredFilm) -> ScoredFilm:
    return replace(one, time_doubt=TimeDoubt.AHEAD, received_at=one.acquired_at)


def received(one: ScoredFilm, hours: float, doubt: TimeDoubt | None = None) -> ScoredFilm:
    return replace(one, received_at=START + timedelta(hours=hours), time_doubt=doubt)


def events(*films: ScoredFilm) -> tuple[FlagEvent, ...]:
    return flag_events(assess_trend(films, card=CARD, policy=POLICY), card=CARD, policy=POLICY)


def test_a_film_from_ahead_reads_no_drop_and_says_why() -> None:
    high = film(1, 0, 7)
    plain, doubted = film(2, 24, 2), ahead(film(2, 24, 2))
    for reference in (Reference.RECENT, Reference.PREVIOUS, Reference.HOURS_24):
        sure = assess_trend((high, plain), card=CARD, policy=POLICY)[-1].change(EXTENT, reference)
        change = assess_trend((high, doubted), card=CARD, policy=POLICY)[-1].change(EXTENT, reference)
        assert (sure.verdict, change.verdict, change.change) == (Verdict.LARGE_DROP, Verdict.CANNOT_TELL, -5)
        assert (change.p_drop, change.interval, change.expected_change) == (None, None, None)
        assert change.reasons.beforehand.startswith("The time of a film is in doubt")


def test_against_the_highest_level_of_the_stay_a_film_from_ahead_reads_no_drop_either() -> None:
    before = (film(1, 0, 7), film(2, 24, 7), film(3, 120, 1))
    verdicts = [
        against_extreme(
            last, (*before, last), measure=EXTENT, reference=Reference.HIGHEST, card=CARD, policy=POLICY
        ).verdict
        for last in (film(4, 132, 1), ahead(film(4, 132, 1)))
    ]
    assert verdicts == [Verdict.LARGE_DROP, Verdict.CANNOT_TELL]


def test_two_films_of_which_one_is_from_ahead_read_no_drop_together() -> None:
    films = (film(1, 0, 5), film(2, 12, 5), film(3, 24, 3.4), ahead(film(4, 36, 3.2)))
    sure = assess_trend((*films[:3], film(4, 36, 3.2)), card=CARD, policy=POLICY)[-1].change(EXTENT, Reference.RECENT)
    change = assess_trend(films, card=CARD, policy=POLICY)[-1].change(EXTENT, Reference.RECENT)
    assert sure.verdict in {Verdict.DROP, Verdict.LARGE_DROP, Verdict.NO_REAL_CHANGE}
    assert change.verdict not in {Verdict.DROP, Verdict.LARGE_DROP}


def test_a_film_from_ahead_raises_a_rise_like_any_other() -> None:
    (event,) = events(film(1, 0, 2), ahead(film(2, 24, 7)))
    assert (event.kind, event.opening.film_id, event.ended_by) == (FlagKind.RISE, 2, None)


def test_a_film_from_ahead_ends_no_rise_and_the_next_sure_film_does() -> None:
    rise = (film(1, 0, 2), film(2, 24, 7))
    assert events(*rise, film(3, 36, 2))[0].ended_by == 3
    assert events(*rise, ahead(film(3, 36, 2)))[0].ended_by is None
    assert events(*rise, ahead(film(3, 36, 2)), film(4, 48, 2))[0].ended_by == 4


def test_a_rise_from_ahead_still_takes_the_support_from_a_drop() -> None:
    drop, rise = events(film(1, 0, 7), film(2, 24, 2), ahead(film(3, 36, 7)))
    assert (drop.kind, drop.ended_by) == (FlagKind.DROP, 3)
    assert (rise.kind, rise.opening.film_id, rise.ended_by) == (FlagKind.RISE, 3, None)


def test_films_that_were_there_already_do_not_end_the_rise_of_a_late_one() -> None:
    first, later = received(film(1, 0, 2), 0), received(film(3, 24, 2), 24)
    late = received(film(2, 12, 7), 30, TimeDoubt.LATE)
    (event,) = events(first, late, later)
    assert (event.kind, event.opening.film_id, event.ended_by) == (FlagKind.RISE, 2, None)
    # The same film without doubt was over by the time the next one was taken.
    assert events(first, replace(late, time_doubt=None), later)[0].ended_by == 3
    assert events(first, late, later, received(film(4, 36, 2), 36))[0].ended_by == 4
