"""The newest film alone is assessed as it is among all."""

from __future__ import annotations

import pytest
from trend_films import AP_SUPINE, AP_UNKNOWN, CARD, PA_ERECT, POLICY, day_film, film

from core.trend import ScoredFilm, assess_newest, assess_trend


@pytest.mark.parametrize(
    "films",
    [
        [film(1, 0, 2.0)],
        [film(1, 0, 2.0), film(2, 24, 6.0)],
        [film(3, 30, 5.0, PA_ERECT), film(1, 0, 2.0), film(2, 24, 6.0, AP_UNKNOWN)],
        [day_film(1, 0, 2.0), day_film(2, 1, 5.0, AP_SUPINE), day_film(3, 1, 6.0)],
    ],
)
def test_the_newest_is_the_last_of_all(films: list[ScoredFilm]) -> None:
    assert assess_newest(films, card=CARD, policy=POLICY) == assess_trend(films, card=CARD, policy=POLICY)[-1]


def test_without_a_film_there_is_none() -> None:
    assert assess_newest([], card=CARD, policy=POLICY) is None


def test_a_film_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="given twice"):
        assess_newest([film(1, 0, 2.0), film(1, 0, 2.0)], card=CARD, policy=POLICY)
