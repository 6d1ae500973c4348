"""True courses of a patient's level, for many patients at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.evaluation.evidence.simulation import RISE_POINTS
from core.research.evaluation.simulation.world import TOP, Condition, World

Values = NDArray[np.float64]
HOURS_PER_DAY = 24.0


class Course(StrEnum):
    """How the truth moves.

    WANDERING goes by a normal step between consecutive films, of the SD for which the card's relation holds; DIFFUSING
    by a random walk in time, as a state-space model has it. On these two coverage and calibration are promised.
    """

    STABLE = "stable"
    STEP = "step"
    DRIFT = "drift"
    RECOVERY = "recovery"
    OSCILLATION = "oscillation"
    WANDERING = "wandering"
    DIFFUSING = "diffusing"


RANDOM = (Course.WANDERING, Course.DIFFUSING)
RISING = (Course.STEP, Course.DRIFT)
_MIDDLE = (1.5, 4.5)
_END_WIDTH = 0.5


@dataclass(frozen=True, eq=False)
class Patients:
    """Level before the onset, and the onset in hours; arrays (patients,)."""

    base: Values
    onset: Values


def draw_patients(
    course: Course, condition: Condition, world: World, count: int, generator: np.random.Generator
) -> Patients:
    """Draw levels and onsets; `at_ends` puts half of the patients at the bottom and half where they reach the top."""
    low, high = world.stay.onset_days
    onset = generator.uniform(low, high, count) * HOURS_PER_DAY
    base = generator.uniform(*_MIDDLE, count)
    if course in RANDOM:
        base = np.full(count, TOP / 2)
    elif condition.at_ends:
        from_end = generator.uniform(0, _END_WIDTH, count)
        top = TOP - (RISE_POINTS if course in RISING or course is Course.RECOVERY else 0)
        base = np.where(np.arange(count) % 2 == 0, from_end, top - from_end)
    return Patients(base, onset)


def level_at(course: Course, hours: Values, patients: Patients, world: World) -> Values:
    """Return the true level, 0-8, of every patient at a time; random courses have none that time alone decides."""
    since = hours - patients.onset
    span = world.stay.course_days * HOURS_PER_DAY
    if course is Course.STEP:
        level = patients.base + RISE_POINTS * (since >= 0)
    elif course is Course.DRIFT:
        level = patients.base + RISE_POINTS * np.clip(since / span, 0, 1)
    elif course is Course.RECOVERY:
        level = patients.base + RISE_POINTS * (1 - np.clip(since / span, 0, 1))
    elif course is Course.OSCILLATION:
        turn = 2 * np.pi * since / (world.stay.oscillation_days * HOURS_PER_DAY)
        level = patients.base + world.stay.oscillation_points * np.sin(turn)
    else:
        level = patients.base
    return np.clip(level, 0, TOP)
