"""Simulated series: all patients of a course under a condition at once, then as films."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from core.research.evaluation.simulation.courses import (
    HOURS_PER_DAY,
    RANDOM,
    Course,
    Patients,
    Values,
    draw_patients,
    level_at,
)
from core.research.evaluation.simulation.world import TOP, Condition, FilmTimes, World
from core.trend.types import ScoredFilm
from core.types import PatientPosition, Score, ScorerCard, TimePrecision, ViewPosition

Flags = NDArray[np.bool_]

WANDERING_FILMS = 5
"""More steps would carry the truth out of the scale."""

_START = datetime(2000, 1, 1, tzinfo=UTC)
_TAIL_FREEDOM = 4


@dataclass(frozen=True, eq=False)
class SimulatedSeries:
    """Films of many patients; each array (patients, films).

    Attributes
    ----------
    hours : Values
        Since admission; NaN beyond a patient's last film.
    truth, read, scored, expected : Values
        Points of 8; `read` is what experts say of the truth, `expected` the score without the error that is new on
        every film.
    supine : Flags
        AP supine; else PA erect.
    stated : Flags
        Whether the position of an AP film is stated.
    onset : Values
        Array (patients,), hours; when the truth begins to change.
    days : float
        That each patient was watched.
    """

    hours: Values
    truth: Values
    read: Values
    scored: Values
    expected: Values
    supine: Flags
    stated: Flags
    onset: Values
    days: float

    @property
    def taken(self) -> Flags:
        """Return where there is a film."""
        return ~np.isnan(self.hours)


def simulate_series(
    course: Course, condition: Condition, world: World, *, patients: int, generator: np.random.Generator
) -> SimulatedSeries:
    """Draw the series of `patients` patients."""
    world = world.under(condition)
    people = draw_patients(course, condition, world, patients, generator)
    hours, truth = _films(course, people, world, generator)
    supine, stated = _projections(truth, condition, world, generator)
    scored, expected = _scores(truth, supine, condition, world, generator)
    read = truth + generator.normal(0, world.errors.reader_sd, truth.shape)
    return SimulatedSeries(hours, truth, read, scored, expected, supine, stated, people.onset, world.stay.days)


def films_of(series: SimulatedSeries, card: ScorerCard) -> list[list[ScoredFilm]]:
    """Return the films of each patient, scored by the card's scorer; film ids count from 0 in order of time."""
    return [
        [_film(series, row, place, card) for place in range(int(series.taken[row].sum()))]
        for row in range(len(series.hours))
    ]


def _films(course: Course, people: Patients, world: World, generator: np.random.Generator) -> tuple[Values, Values]:
    """Return times and true levels, film after film, since the next gap depends on the level."""
    end = world.stay.days * HOURS_PER_DAY
    count = len(people.base)
    # The first film is taken on admission, within the hours of its clerking.
    hours = generator.uniform(0, 6, count)
    level = people.base
    gaps = np.zeros(count)
    times: list[Values] = []
    levels: list[Values] = []
    while (hours <= end).any() and not (course in RANDOM and len(times) == WANDERING_FILMS):
        if course not in RANDOM:
            level = level_at(course, hours, people, world)
        elif times:
            level = np.clip(level + generator.standard_normal(count) * _step_sd(course, gaps, world), 0, TOP)
        times.append(np.where(hours <= end, hours, np.nan))
        levels.append(level)
        gaps = _gaps(level, world.times, generator)
        hours = hours + gaps
    return np.stack(times, axis=1), np.stack(levels, axis=1)


def _step_sd(course: Course, gap_hours: Values, world: World) -> Values | float:
    if course is Course.WANDERING:
        return world.errors.change_sd
    step_sd: Values = world.process_sd * np.sqrt(gap_hours / HOURS_PER_DAY)
    return step_sd


def _gaps(level: Values, times: FilmTimes, generator: np.random.Generator) -> Values:
    median = times.median_hours * 2 ** (-level / times.halving_points)
    gaps: Values = np.maximum(median * np.exp(generator.normal(0, times.log_sd, level.shape)), times.shortest_hours)
    return gaps


def _projections(
    truth: Values, condition: Condition, world: World, generator: np.random.Generator
) -> tuple[Flags, Flags]:
    supine, stated = np.ones(truth.shape, np.bool_), np.ones(truth.shape, np.bool_)
    if condition.projections == "mixed":
        odds = np.exp(world.projections.log_odds_per_point * (truth - world.projections.even_level))
        supine = generator.uniform(size=truth.shape) < odds / (1 + odds)
        stated = generator.uniform(size=truth.shape) >= world.projections.share_not_stated
    elif condition.projections == "not stated":
        stated = np.zeros(truth.shape, np.bool_)
    return supine, stated


def _scores(
    truth: Values, supine: Flags, condition: Condition, world: World, generator: np.random.Generator
) -> tuple[Values, Values]:
    """Return the scores, and what they would be without their films' own errors."""
    errors = world.errors
    if condition.heavy_tails:
        unit = generator.standard_t(_TAIL_FREEDOM, truth.shape) / np.sqrt(_TAIL_FREEDOM / (_TAIL_FREEDOM - 2))
    else:
        unit = generator.standard_normal(truth.shape)
    bias = generator.normal(0, errors.bias_sd * condition.bias_factor, (len(truth), 1))
    expected = TOP / 2 + errors.gain * (truth - TOP / 2) + bias
    if condition.projections == "mixed":
        shift = generator.normal(world.projections.shift_points, world.projections.shift_sd, (len(truth), 1))
        expected = expected + np.where(supine, shift, 0.0)
    scored = expected + errors.film_sd * condition.noise_factor * unit
    return np.clip(scored, 0, TOP), np.clip(expected, 0, TOP)


def _film(series: SimulatedSeries, row: int, place: int, card: ScorerCard) -> ScoredFilm:
    supine, stated = bool(series.supine[row, place]), bool(series.stated[row, place])
    position = PatientPosition.SUPINE if supine else PatientPosition.ERECT
    return ScoredFilm(
        film_id=int(place),
        stay_id=1,
        acquired_at=_START + timedelta(hours=float(series.hours[row, place])),
        time_precision=TimePrecision.SECOND,
        view_position=ViewPosition.AP if supine else ViewPosition.PA,
        patient_position=position if stated or not supine else PatientPosition.UNKNOWN,
        score=Score(card.model, card.version, float(series.scored[row, place]), 0.0),
    )
