"""The scatter of a site's own series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from trend_films import CARD, CARD_WITHOUT_NOISE, GEOGRAPHIC, PA_ERECT, day_film, film

from core.evaluation.site_noise import site_noise, triples_of
from core.trend import ScoredFilm
from core.types import LevelNoise

STILL = replace(CARD, level_noise={GEOGRAPHIC: LevelNoise(0.0, 0.0, 0.1, 132, 22, 1.0, "made up")})


def site(film_sd: float, *, process_sd: float = 0.0, patients: int = 40) -> dict[str, list[ScoredFilm]]:
    generator = np.random.default_rng(2)
    made = {}
    for patient in range(patients):
        hours = np.cumsum(generator.uniform(6, 30, 12))
        level = 4 + np.cumsum(generator.normal(0, process_sd * np.sqrt(np.diff(hours, prepend=hours[0]) / 24)))
        scores = np.clip(level + generator.normal(0, film_sd, 12), 0.1, 7.9)
        made[str(patient)] = [film(n, hour, score) for n, (hour, score) in enumerate(zip(hours, scores, strict=True))]
    return made


def test_the_error_of_a_film_is_found_without_experts() -> None:
    found = site_noise(site(0.7), GEOGRAPHIC, card=STILL, resamples=200)
    assert (found.n_triples, found.n_patients) == (400, 40)
    assert found.film_sd == pytest.approx(0.7, abs=0.08)
    assert found.low < 0.7 < found.high
    assert found.card_film_sd == pytest.approx(0.5**0.5)
    assert found.warning == ""


def test_the_wandering_on_the_card_is_taken_off() -> None:
    wandering = site(0.5, process_sd=0.8)
    card = replace(CARD, level_noise={GEOGRAPHIC: LevelNoise(0.8, 0.5, 1.0, 132, 22, 1.0, "made up")})
    corrected, raw = (site_noise(wandering, GEOGRAPHIC, card=one, resamples=50).film_sd for one in (card, STILL))
    assert corrected == pytest.approx(0.5, abs=0.08)
    assert raw > corrected + 0.05


def test_a_single_wrong_film_hardly_counts() -> None:
    films = site(0.7)
    for patient in list(films)[:8]:
        films[patient][5] = replace(films[patient][5], score=replace(films[patient][5].score, geographic_extent=7.9))
    assert site_noise(films, GEOGRAPHIC, card=STILL, resamples=20).film_sd == pytest.approx(0.7, abs=0.12)


@pytest.mark.parametrize(("film_sd", "words"), [(1.4, "scatter more than the card says"), (0.3, "scatter less")])
def test_disagreement_is_warned_of(film_sd: float, words: str) -> None:
    assert words in site_noise(site(film_sd), GEOGRAPHIC, card=STILL, resamples=100).warning


def test_only_ordered_films_taken_alike_away_from_the_ends_make_triples() -> None:
    plain = [film(1, 0, 3), film(2, 24, 5), film(3, 72, 3)]
    (triple,) = triples_of(plain, GEOGRAPHIC)
    scale = 1 + (2 / 3) ** 2 + (1 / 3) ** 2
    assert triple.residual == pytest.approx(2 / scale**0.5)
    assert triple.wandering_days == pytest.approx(1 * 2 / 3 / scale)
    assert triples_of(plain[:2], GEOGRAPHIC) == []
    assert triples_of([*plain[:2], film(3, 72, 3, stay_id=2)], GEOGRAPHIC) == []
    assert triples_of([*plain[:2], film(3, 72, 3, PA_ERECT)], GEOGRAPHIC) == []
    assert triples_of([*plain[:2], film(3, 24 * 6, 3)], GEOGRAPHIC) == []
    assert triples_of([*plain[:2], film(3, 72, 8)], GEOGRAPHIC) == []
    assert triples_of([day_film(1, 0, 3), day_film(2, 0, 5), day_film(3, 1, 3)], GEOGRAPHIC) == []


def test_few_triples_and_an_unmeasured_card_give_no_figure() -> None:
    few = site_noise(site(0.7, patients=2), GEOGRAPHIC, card=STILL)
    assert (few.n_triples, few.film_sd, few.low, few.warning) == (20, None, None, "")
    assert site_noise(site(0.7, patients=2), GEOGRAPHIC, card=CARD_WITHOUT_NOISE) is None
