"""Which films raise which flag."""

from __future__ import annotations

from dataclasses import replace

import pytest
from trend_films import CARD, GEOGRAPHIC, PA_ERECT, POLICY, film, noise

from core.trend import FlagKind, ProposedFlag, Reference, ScoredFilm, Verdict, assess_trend
from core.trend.flags.life import flag_events
from core.types import ScorerCard


def flag_of_newest(*films: ScoredFilm, card: ScorerCard = CARD) -> ProposedFlag | None:
    return assess_trend(films, card=card, policy=POLICY)[-1].flag


def test_a_large_rise_alerts_and_a_large_drop_supports() -> None:
    rise = flag_of_newest(film(1, 0, 3), film(2, 18, 5.5))
    drop = flag_of_newest(film(1, 0, 5.5), film(2, 18, 3))
    assert rise is not None
    assert drop is not None
    assert (rise.kind, rise.film_id, rise.change.verdict) == (FlagKind.RISE, 2, Verdict.LARGE_RISE)
    assert (drop.kind, drop.film_id, drop.change.verdict) == (FlagKind.DROP, 2, Verdict.LARGE_DROP)


@pytest.mark.parametrize("level", [5.0, 3.0, 1.0])
def test_what_is_not_large_raises_nothing(level: float) -> None:
    assert flag_of_newest(film(1, 0, 3), film(2, 18, level)) is None


def test_opacity_and_other_references_raise_nothing() -> None:
    assert flag_of_newest(film(1, 0, 3, opacity=0), film(2, 18, 3, opacity=6)) is None
    climb = [film(1, 0, 1), film(2, 40, 2.5), film(3, 60, 3.4), film(4, 72, 3.6)]
    trend = assess_trend(climb, card=CARD, policy=POLICY)[-1]
    assert trend.change(GEOGRAPHIC, Reference.HOURS_72).verdict is Verdict.LARGE_RISE
    assert trend.flag is None


def test_a_step_is_flagged_once() -> None:
    trends = assess_trend([film(n, n * 12, 3 if n < 4 else 7) for n in range(8)], card=CARD, policy=POLICY)
    (event,) = flag_events(trends, card=CARD, policy=POLICY)
    assert (event.kind, event.opening.film_id, event.opening.change.reference) == (FlagKind.RISE, 4, Reference.RECENT)
    # Later films stand above the lowest level as well, which is nothing new.
    assert [trend.film.film_id for trend in trends if trend.flag] == [4, 6, 7]
    assert event.film_ids == (4,)


@pytest.mark.parametrize(("before", "after"), [(3.0, 6.0), (6.0, 3.0)])
def test_a_change_beyond_the_mixed_noise_asks_for_a_look(before: float, after: float) -> None:
    flag = flag_of_newest(film(1, 0, before, PA_ERECT), film(2, 18, after))
    assert flag is not None
    assert (flag.kind, flag.change.verdict, flag.change.reference_film_id) == (FlagKind.LOOK, Verdict.CANNOT_TELL, 1)
    assert "beyond the error between films taken differently" in flag.change.basis


def test_a_change_within_the_mixed_noise_asks_for_nothing() -> None:
    assert flag_of_newest(film(1, 0, 3, PA_ERECT), film(2, 18, 5.9)) is None  # 2.9 < 1.96 x 1.5


@pytest.mark.parametrize("noises", [{"mixed_noise": {}}, {"noise": {}}, {"noise": {GEOGRAPHIC: noise(slope=-1.0)}}])
def test_without_measured_noise_nobody_is_asked_to_look(noises: dict[str, object]) -> None:
    assert flag_of_newest(film(1, 0, 0, PA_ERECT), film(2, 18, 8), card=replace(CARD, **noises)) is None


def test_a_look_is_asked_for_although_an_older_film_reads_unchanged() -> None:
    flag = flag_of_newest(film(1, 0, 5), film(2, 72, 2, PA_ERECT), film(3, 96, 5))
    assert flag is not None
    assert (flag.kind, flag.change.reference_film_id) == (FlagKind.LOOK, 2)


def test_a_rise_that_is_not_large_leaves_room_for_a_look() -> None:
    flag = flag_of_newest(film(1, 0, 3), film(2, 20, 1.5, PA_ERECT), film(3, 40, 5.1))
    assert flag is not None
    assert (flag.kind, flag.change.reference_film_id) == (FlagKind.LOOK, 2)


def test_a_large_rise_goes_before_a_look() -> None:
    flag = flag_of_newest(film(1, 0, 2), film(2, 20, 1, PA_ERECT), film(3, 40, 6))
    assert flag is not None
    assert (flag.kind, flag.change.reference_film_id) == (FlagKind.RISE, 1)


def test_of_two_films_of_one_instant_the_one_that_differs_most_is_looked_at() -> None:
    flag = flag_of_newest(film(1, 0, 5, PA_ERECT), film(2, 0, 2, PA_ERECT), film(3, 18, 6))
    assert flag is not None
    assert (flag.kind, flag.change.reference_film_id) == (FlagKind.LOOK, 2)
