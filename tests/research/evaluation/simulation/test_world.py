"""Simulated patients are what they are said to be."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from trend_films import CARD, CARD_WITHOUT_NOISE, GEOGRAPHIC, noise

from core.errors import DataSetInvalidError
from core.research.evaluation.simulation.courses import Course
from core.research.evaluation.simulation.generator import WANDERING_FILMS, SimulatedSeries, films_of, simulate_series
from core.research.evaluation.simulation.world import (
    AS_MEASURED,
    CONDITIONS,
    TOGETHER,
    Condition,
    ErrorModel,
    World,
    error_model,
)
from core.trend import Comparability, comparability_of
from core.types import LevelNoise

MEASURED = replace(CARD, noise={GEOGRAPHIC: noise(0.7, 0.6)})
WORLD = World.of(MEASURED, change_sd=1.0)


def of_errors(errors: ErrorModel) -> World:
    return World(errors, errors)


def draw(
    course: Course, condition: Condition = AS_MEASURED, *, world: World = WORLD, patients: int = 300, seed: int = 1
) -> SimulatedSeries:
    return simulate_series(course, condition, world, patients=patients, generator=np.random.default_rng(seed))


def test_the_errors_give_back_the_relation_of_the_card() -> None:
    errors = WORLD.errors
    generator = np.random.default_rng(3)
    true = generator.normal(0, errors.change_sd, 200_000)
    predicted = errors.gain * true + generator.normal(0, errors.film_sd * np.sqrt(2), true.shape)
    slope = (true @ predicted) / (predicted @ predicted)
    assert slope == pytest.approx(0.6, abs=0.005)
    assert (true - slope * predicted).std() == pytest.approx(0.7, abs=0.005)
    # Of the errors of two films of a patient .6 is shared.
    assert errors.bias_sd**2 / (errors.bias_sd**2 + errors.film_sd**2) == pytest.approx(0.6)


def test_a_card_that_states_no_relation_simulates_nothing() -> None:
    with pytest.raises(DataSetInvalidError, match="no noise of a change"):
        error_model(CARD_WITHOUT_NOISE, change_sd=1.0)
    with pytest.raises(DataSetInvalidError, match=r"is 0\.7\. Expected more than the 0\.70"):
        error_model(MEASURED, change_sd=0.7)
    with pytest.raises(DataSetInvalidError, match="is None"):
        error_model(MEASURED)


def test_the_spread_of_changes_is_taken_from_the_noise() -> None:
    stated = replace(CARD, noise={GEOGRAPHIC: replace(noise(0.7, 0.6), expert_sd=1.25)})
    assert error_model(stated).change_sd == pytest.approx(1.25)
    assert error_model(stated, change_sd=1.5).change_sd == pytest.approx(1.5)


def test_what_films_do_not_scatter_is_the_readers_own() -> None:
    """The card's relation holds between what experts read and what is scored, however the scatter is divided."""
    errors = error_model(MEASURED, change_sd=1.0, film_sd=0.45)
    assert errors.film_sd == 0.45
    assert errors.change_sd < 1.0
    generator = np.random.default_rng(3)
    true = generator.normal(0, errors.change_sd, 200_000)
    read = true + generator.normal(0, errors.reader_sd * np.sqrt(2), true.shape)
    predicted = errors.gain * true + generator.normal(0, errors.film_sd * np.sqrt(2), true.shape)
    slope = (read @ predicted) / (predicted @ predicted)
    assert read.std() == pytest.approx(1.0, abs=0.005)
    assert slope == pytest.approx(0.6, abs=0.005)
    assert (read - slope * predicted).std() == pytest.approx(0.7, abs=0.005)


def test_the_films_scatter_is_that_of_the_cards_series_and_never_more_than_its_pairs_allow() -> None:
    def of_series(film_sd: float) -> World:
        level = LevelNoise(0.4, 0.2, 0.6, 171, 28, 1.0, "made up", film_sd, film_sd, film_sd)
        return World.of(replace(MEASURED, level_noise={GEOGRAPHIC: level}), change_sd=1.0)

    assert of_series(0.45).errors == error_model(MEASURED, change_sd=1.0, film_sd=0.45)
    assert of_series(0.45).largest == WORLD.errors
    assert of_series(2.0).errors == WORLD.errors
    readers = next(one for one in CONDITIONS if one.readers_exact)
    assert of_series(0.45).under(readers).errors == WORLD.errors
    assert of_series(0.45).under(AS_MEASURED) == of_series(0.45)


def test_the_truth_moves_as_its_course_says() -> None:
    step = draw(Course.STEP)
    before = np.where(step.hours < step.onset[:, None], step.truth, np.nan)
    after = np.where(step.hours >= step.onset[:, None], step.truth, np.nan)
    np.testing.assert_allclose(np.nanmax(after, axis=1) - np.nanmin(before, axis=1), 3.0)
    stable = draw(Course.STABLE)
    assert np.ptp(stable.truth, axis=1).max() == 0
    drift, recovery = draw(Course.DRIFT), draw(Course.RECOVERY)
    assert (np.diff(drift.truth, axis=1) >= 0).all()
    assert (np.diff(recovery.truth, axis=1) <= 0).all()
    swing = draw(Course.OSCILLATION)
    assert np.ptp(swing.truth, axis=1).max() == pytest.approx(2.0, abs=0.05)
    wandering = draw(Course.WANDERING)
    assert wandering.truth.shape[1] == WANDERING_FILMS
    diffusing = draw(Course.DIFFUSING)
    steps = np.diff(diffusing.truth, axis=1) / np.sqrt(np.diff(diffusing.hours, axis=1) / 24)
    assert np.nanstd(steps) == pytest.approx(WORLD.process_sd, rel=0.06)
    assert np.diff(wandering.truth[:, :3], axis=1).std() == pytest.approx(1.0, abs=0.06)


def test_times_are_irregular_and_the_sicker_have_more_films() -> None:
    low, high = (draw(Course.STABLE, replace(AS_MEASURED, name=name)) for name in "ab")
    gaps = np.diff(low.hours, axis=1)
    assert np.nanmin(gaps) >= WORLD.times.shortest_hours
    assert np.nanstd(np.log(gaps)) > 0.4
    films, level = high.taken.sum(axis=1), high.truth[:, 0]
    assert films[level > 3.5].mean() > films[level < 2.5].mean()
    assert np.nanmax(low.hours) <= 24 * WORLD.stay.days


def test_scores_scatter_as_the_condition_says() -> None:
    def scatter(condition: Condition) -> float:
        # Levels of 3 alone, so that no score is cut off.
        world = of_errors(ErrorModel(1.0, 0.5, 0.0, 1.0))
        series = draw(Course.STABLE, condition, world=world, patients=2000)
        return float((series.scored - series.truth)[series.taken].std())

    by_name = {one.name: one for one in CONDITIONS}
    assert scatter(AS_MEASURED) == pytest.approx(0.5, abs=0.01)
    assert scatter(by_name["noise 35 % larger"]) == pytest.approx(0.675, abs=0.015)
    assert scatter(by_name["noise 35 % smaller"]) == pytest.approx(0.325, abs=0.01)
    assert scatter(by_name["heavy tails"]) == pytest.approx(0.5, abs=0.03)


def test_a_patients_bias_is_the_same_on_all_films() -> None:
    world = of_errors(ErrorModel(1.0, 1e-9, 0.5, 1.0))
    series = draw(Course.STABLE, Condition("x", bias_factor=2.0), world=world)
    error = series.scored - series.truth
    assert np.ptp(error, axis=1).max() < 1e-6
    assert error[:, 0].std() == pytest.approx(1.0, abs=0.1)


def test_films_at_the_ends_are_cut_off_and_projections_mix() -> None:
    series = draw(Course.STEP, TOGETHER, patients=60)
    assert ((series.scored >= 0) & (series.scored <= 8)).all()
    assert (series.scored == 0).any()
    assert (series.scored == 8).any()
    films = films_of(series, MEASURED)
    pairs = {comparability_of(one, other) for of_patient in films for one, other in pairwise(of_patient)}
    assert pairs == set(Comparability)
    assert [len(film) for film in films] == series.taken.sum(axis=1).tolist()
    first = films[0][0]
    assert first.score.geographic_extent == series.scored[0, 0]
    unstated = films_of(draw(Course.STABLE, Condition("y", projections="not stated"), patients=3), MEASURED)
    assert {comparability_of(*one[:2]) for one in unstated} == {Comparability.UNKNOWN}


def test_a_seed_gives_the_same_series_again() -> None:
    first, again, other = (draw(Course.DRIFT, seed=seed, patients=5) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.scored, again.scored)
    assert not np.array_equal(first.onset, other.onset)
