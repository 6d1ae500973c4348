"""What every scorer keeps to, whatever it is made of. A new scorer is held to it by its registry line alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from chest_films import chest_films, film_of
from numpy.typing import NDArray

from core.errors import FilmNotScorableError
from core.scoring.base import Scorer
from core.scoring.registry import is_available, load_scorer, read_scorer_card, scorer_names, scorer_version
from core.types import Film, Measure, Score

BATCH_TOLERANCE = 1e-4
FILMS = 4


@pytest.fixture(scope="module", params=scorer_names())
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of each registered scorer in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def scorer(name: str, txrv_weights_dir: Path) -> Scorer:
    """Return each registered scorer in turn, with random weights where its own come from outside."""
    return load_scorer(name, weights_dir=txrv_weights_dir)


@pytest.fixture(scope="module")
def scores(scorer: Scorer) -> list[Score]:
    """Return the scores of the chest films, scored together."""
    return scorer.score([scorer.prepare(film) for film in chest_films(FILMS)])


def scored_or_refused(scorer: Scorer, film: Film) -> Score | FilmNotScorableError:
    try:
        (score,) = scorer.score([scorer.prepare(film)])
    except FilmNotScorableError as refusal:
        return refusal
    return score


def as_row(score: Score) -> tuple[float, ...]:
    return tuple(score.value(measure) for measure in Measure)


def test_it_follows_the_protocol(scorer: Scorer) -> None:
    assert isinstance(scorer, Scorer)


def test_name_version_and_card_agree(name: str, scorer: Scorer, scores: list[Score], txrv_weights_dir: Path) -> None:
    assert is_available(name, weights_dir=txrv_weights_dir)
    assert scorer.name == scorer.card.model == read_scorer_card(name).model == name
    assert scorer.version == scorer.card.version == scorer_version(name, weights_dir=txrv_weights_dir)
    assert scorer.version
    assert {(score.model, score.model_version) for score in scores} == {(name, scorer.version)}


def test_the_card_says_what_a_reader_needs(name: str) -> None:
    card = read_scorer_card(name)
    assert all((card.title, card.summary, card.licence, card.citation))
    assert card.evidence
    assert card.not_assessed


def test_the_noise_of_a_change_is_a_measurement_or_absent(name: str) -> None:
    card = read_scorer_card(name)
    for noises in (card.noise, card.mixed_noise):
        for measure, noise in noises.items():
            assert isinstance(measure, Measure)
            assert 0 < noise.sd_low <= noise.sd <= noise.sd_high
            assert np.isfinite(noise.slope)
            assert noise.slope > 0
            assert 2 <= noise.n_patients <= noise.n_pairs
            assert noise.source


@pytest.mark.parametrize(("rows", "columns"), [(300, 200), (200, 300), (64, 64), (1700, 1400)])
def test_every_film_is_prepared_to_the_same_shape(scorer: Scorer, rows: int, columns: int) -> None:
    expected = scorer.prepare(chest_films(FILMS)[0])
    prepared = scorer.prepare(film_of(np.random.default_rng(1).uniform(size=(rows, columns))))
    assert prepared.shape == expected.shape
    assert prepared.dtype == expected.dtype == np.float32
    assert np.isfinite(prepared).all()


def test_preparing_and_scoring_leave_the_film_alone(scorer: Scorer) -> None:
    film = film_of(chest_films(FILMS)[1].pixels.copy())
    before = film.pixels.copy()
    prepared = scorer.prepare(film)
    kept = prepared.copy()
    scorer.score([prepared])
    assert np.array_equal(film.pixels, before)
    assert np.array_equal(prepared, kept)


def test_no_film_gets_no_score(scorer: Scorer) -> None:
    assert scorer.score([]) == []


def test_scores_come_in_the_order_of_the_films(scorer: Scorer, scores: list[Score]) -> None:
    backwards = scorer.score([scorer.prepare(film) for film in reversed(chest_films(FILMS))])
    for score, again in zip(scores, reversed(backwards), strict=True):
        assert as_row(score) == pytest.approx(as_row(again), abs=BATCH_TOLERANCE)


def test_a_film_alone_scores_as_in_a_batch(scorer: Scorer, scores: list[Score]) -> None:
    for film, score in zip(chest_films(FILMS), scores, strict=True):
        (alone,) = scorer.score([scorer.prepare(film)])
        assert as_row(alone) == pytest.approx(as_row(score), abs=BATCH_TOLERANCE)


def test_the_same_film_scores_the_same_again_and_in_another_instance(
    name: str, scorer: Scorer, scores: list[Score], txrv_weights_dir: Path
) -> None:
    other = load_scorer(name, weights_dir=txrv_weights_dir)
    for instance in (scorer, other):
        again = instance.score([instance.prepare(film) for film in chest_films(FILMS)])
        assert [as_row(score) for score in again] == [as_row(score) for score in scores]


def test_films_are_told_apart(scores: list[Score]) -> None:
    assert np.std([score.geographic_extent for score in scores]) > 0.01


def test_scores_lie_on_their_scales(scores: list[Score]) -> None:
    for score in scores:
        for measure in Measure:
            assert 0 <= score.value(measure) <= measure.maximum
        sides = (score.geographic_extent_right, score.geographic_extent_left)
        assert sides == (None, None) or all(side is not None and 0 <= side <= 4 for side in sides)


def test_an_interval_holds_its_score_or_is_absent(scores: list[Score]) -> None:
    for score in scores:
        for measure in Measure:
            interval = score.interval(measure)
            if interval is not None:
                assert 0 <= interval.low <= score.value(measure) <= interval.high <= measure.maximum


def test_films_may_be_prepared_in_other_threads(scorer: Scorer) -> None:
    with ThreadPoolExecutor(2) as threads:
        prepared = list(threads.map(scorer.prepare, chest_films(FILMS)))
    for film, one in zip(chest_films(FILMS), prepared, strict=True):
        assert np.array_equal(one, scorer.prepare(film))


def test_a_film_stored_at_twice_the_resolution_is_prepared_alike(scorer: Scorer) -> None:
    for film in chest_films(FILMS):
        finer = film_of(np.kron(film.pixels, np.ones((2, 2), np.float32)))
        both = np.corrcoef(scorer.prepare(film).ravel(), scorer.prepare(finer).ravel())
        assert both[0, 1] > 0.98


@pytest.mark.parametrize(
    "draw",
    [
        lambda: np.zeros((256, 256)),
        lambda: np.ones((256, 256)),
        lambda: np.full((256, 256), 0.5),
        lambda: np.array([[0.3]]),
        lambda: np.linspace(0, 1, 15).reshape(3, 5),
        lambda: np.linspace(0, 1, 3000).reshape(1, 3000),
        lambda: np.linspace(0, 1, 4300 * 3500, dtype=np.float32).reshape(4300, 3500),
    ],
    ids=["black", "white", "grey", "one pixel", "tiny", "a line", "huge"],
)
def test_a_film_at_the_edge_is_scored_or_refused_by_its_place(
    scorer: Scorer, draw: Callable[[], NDArray[np.floating]]
) -> None:
    outcome = scored_or_refused(scorer, film_of(draw()))
    if isinstance(outcome, FilmNotScorableError):
        assert outcome.positions == (0,)
        assert str(outcome)
    else:
        assert all(0 <= outcome.value(measure) <= measure.maximum for measure in Measure)
