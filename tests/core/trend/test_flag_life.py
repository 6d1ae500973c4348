"""Flags of single films become events: repeats merge, the level comes back, a person has settled one."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import pytest
from trend_films import AP_SUPINE, CARD, CARD_WITHOUT_NOISE, PA_ERECT, POLICY, day_film, film, previous

from core.trend import FilmTrend, FlagKind, ProposedFlag, ScoredFilm, assess_trend
from core.trend.flags.life import Ending, FlagEvent, end_of, flag_events


def events(films: Sequence[ScoredFilm], settled: Mapping[int, frozenset[int]] | None = None) -> tuple[FlagEvent, ...]:
    trends = assess_trend(films, card=CARD, policy=POLICY)
    return flag_events(trends, card=CARD, policy=POLICY, settled=settled or {})


def levels(*values: float) -> list[ScoredFilm]:
    """Return films 1, 2, … of these levels, a day apart."""
    return [film(number, 24 * number, level) for number, level in enumerate(values, start=1)]


def shown(found: Sequence[FlagEvent]) -> list[tuple[str, tuple[int, ...], int | None]]:
    return [(event.kind.value, event.film_ids, event.ended_by) for event in found]


def test_a_climb_over_several_films_is_one_event_with_its_films() -> None:
    found = events(levels(0.5, 3, 5.5, 8))
    assert shown(found) == [("rise", (2, 3, 4), None)]
    assert found[0].steps == {3, 4}
    assert found[0].opening.change.reference_film_id == 1


@pytest.mark.parametrize(
    ("back_to", "ended"),
    [
        (1.0, True),
        # Back, but within the noise still at the flagged level: one low reading.
        (4.2, False),
        # Really below the flagged film, and still really above the one before it.
        (3.1, False),
    ],
)
def test_a_rise_ends_when_the_level_is_back_beyond_the_noise(back_to: float, ended: bool) -> None:
    found = events(levels(1, 6, back_to))
    assert (found[0].ended_by == 3) is ended
    assert bool(found[0].ended_because) is ended


def test_the_words_of_an_end_give_the_three_levels() -> None:
    assert events(levels(1, 6, 1.5))[0].ended_because == (
        "Geographic extent has come back to 1.5 of 8: beyond the noise below the flagged film (6.0), "
        "and no longer beyond the noise above the level before (1.0)."
    )


def test_after_the_level_has_come_back_another_rise_is_another_event() -> None:
    assert shown(events(levels(1, 6, 1, 6))) == [("rise", (2,), 3), ("drop", (3,), 4), ("rise", (4,), None)]


def test_a_partial_drop_leaves_the_rise_and_a_rise_ends_what_supported_de_escalation() -> None:
    assert shown(events(levels(0, 8, 5))) == [("rise", (2,), None), ("drop", (3,), None)]
    found = events(levels(8, 2, 4.9))
    assert shown(found) == [("drop", (2,), 3), ("rise", (3,), None)]
    assert found[0].ended_because == "A later film rose: the drop no longer stands."


def test_a_look_ends_with_the_first_film_that_gets_a_verdict_against_its_reference() -> None:
    erect, supine = film(1, 0, 2, PA_ERECT), film(2, 24, 5.1, AP_SUPINE)
    assert shown(events([erect, supine, film(3, 48, 5.1, AP_SUPINE)])) == [("look", (2,), None)]
    found = events([erect, supine, film(3, 48, 2.6, PA_ERECT)])
    assert shown(found) == [("look", (2,), 3)]
    assert found[0].ended_because == "Answered by a film taken like the earlier one: no real change against it."
    # Far from the film in between it asks for a look itself: one event, still open.
    assert shown(events([erect, supine, film(3, 48, 1.9, PA_ERECT)])) == [("look", (2, 3), None)]


def test_what_cannot_be_compared_ends_nothing() -> None:
    rise = [film(1, 0, 1), film(2, 24, 6)]
    assert events([*rise, film(3, 48, 1, PA_ERECT)])[0].ended_by is None
    same_day = [day_film(1, 0, 1), day_film(2, 1, 6), day_film(3, 1, 1)]
    assert [event.ended_by for event in events(same_day) if event.opening.film_id == 2] == [None]


def test_stays_are_kept_apart() -> None:
    found = events([*levels(1, 6), film(3, 72, 1, stay_id=2), film(4, 96, 6, stay_id=2)])
    assert shown(found) == [("rise", (2,), None), ("rise", (4,), None)]


def test_what_a_person_has_settled_is_begun_anew_by_a_further_step_only() -> None:
    climb = levels(0.5, 3, 3.2, 6)
    assert shown(events(climb, {2: frozenset({2})})) == [("rise", (2, 3), None), ("rise", (4,), None)]
    # Seen by the person who resolved it.
    assert shown(events(climb, {2: frozenset({2, 3, 4})})) == [("rise", (2, 3, 4), None)]


def test_a_repeat_against_the_old_reference_is_no_step_and_wakes_nothing() -> None:
    trends = list(assess_trend(levels(1, 6, 6.1), card=CARD, policy=POLICY))
    opening = trends[1].flag
    assert opening is not None
    again = ProposedFlag(3, FlagKind.RISE, opening.change)
    trends[2] = FilmTrend(trends[2].film, trends[2].changes, again)
    found = flag_events(trends, card=CARD, policy=POLICY)
    assert (shown(found), found[0].steps) == ([("rise", (2, 3), None)], frozenset())
    settled = flag_events(trends, card=CARD, policy=POLICY, settled={2: frozenset({2})})
    assert shown(settled) == [("rise", (2, 3), None)]


def test_the_order_of_the_films_does_not_matter() -> None:
    trends = assess_trend(levels(1, 6, 1, 6), card=CARD, policy=POLICY)
    found = {flag_events(order, card=CARD, policy=POLICY) for order in itertools.permutations(trends)}
    assert len(found) == 1


def test_no_film_no_event_and_without_noise_nothing_comes_back() -> None:
    assert flag_events((), card=CARD, policy=POLICY) == ()
    films = {level.film_id: level for level in levels(1, 6, 1)}
    opening = events(levels(1, 6))[0].opening
    end = end_of(opening, films[3], films, card=CARD, policy=POLICY)
    assert end is not None
    assert end.code is Ending.CAME_BACK
    assert end_of(opening, films[3], films, card=CARD_WITHOUT_NOISE, policy=POLICY) is None
    assert end_of(opening, films[3], {2: films[2]}, card=CARD, policy=POLICY) is None


def test_one_rule_alerts_however_many_references_a_film_has() -> None:
    trends = assess_trend(levels(1, 6, 6, 6), card=CARD, policy=POLICY)
    # 24 h, 72 h and ICU admission read a large rise too, and raise nothing.
    assert [previous(trend).verdict.value for trend in trends[2:]] == ["no_real_change"] * 2
    assert "large_rise" in {change.verdict.value for change in trends[3].changes}
    assert shown(events(levels(1, 6, 6, 6))) == [("rise", (2,), None)]
