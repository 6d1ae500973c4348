"""What a simulation of patients found: `trend-simulation.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.evaluation.bootstrap import Estimate
from core.evaluation.flagging import SweepCheck

RISE_POINTS = 3.0
"""The true rise that is to be found, points of 8."""
AS_MEASURED, TOGETHER = "as measured", "mixed projections and ends of the scale"
"""Names of the conditions that the questions are asked of."""
WITHIN_FILMS = 2
"""A rise counts as found where one of so many films from the onset on flags it."""
FEWEST_IN_BIN = 50
"""A bin with fewer changes cannot show a deviation of 0.05."""
MOST_FALSE_FLAGS = 2.0
"""The most false flags that are accepted, per 100 patient-days on stable series."""
MOST_FILMS = 2.0
"""The longest median delay that is accepted for a true rise, in films."""


@dataclass(frozen=True)
class Detection:
    """How soon a true change is flagged.

    Attributes
    ----------
    sensitivity : float
        Share of patients flagged by one of the first `WITHIN_FILMS` films from the onset on.
    found : float
        Share flagged at any time from the onset on.
    median_films, median_hours : float or None
        From the onset to the first flag, the first film counting 1; those never flagged count as infinitely late, so
        None where half of them are.
    """

    sensitivity: float
    found: float
    median_films: float | None
    median_hours: float | None


@dataclass(frozen=True)
class CurvePoint:
    """A detector at one setting under one condition.

    Attributes
    ----------
    family, setting : str
    as_used : bool
        Whether `setting` is a detector of the registry as it is, not a place on the sweep.
    false_flags : Estimate
        Flags of a rise on stable series per 100 patient-days; 95 % interval by resampling patients.
    detection : Detection
        Of a true step of `RISE_POINTS`.
    """

    condition: str
    family: str
    setting: str
    as_used: bool
    false_flags: Estimate
    detection: Detection

    @property
    def accepted(self) -> bool:
        """Return whether false flags and delay are within what is accepted."""
        median = self.detection.median_films
        return self.false_flags.value <= MOST_FALSE_FLAGS and median is not None and median <= MOST_FILMS


@dataclass(frozen=True)
class CourseResult:
    """A detector as it is on one course.

    Attributes
    ----------
    rises, drops : float
        Flags per 100 patient-days.
    detection : Detection or None
        Of the rise of a drift, or of the drop of a recovery; None for an oscillation.
    """

    condition: str
    course: str
    detector: str
    rises: float
    drops: float
    detection: Detection | None


@dataclass(frozen=True)
class Matched:
    """False flags of a detector and of a naive one at equal sensitivity.

    Attributes
    ----------
    at : str
        Where they are compared.
    both_free : bool
        Whether the naive one is set to its best for this sensitivity, not left at a step of its own.
    sensitivity, naive_sensitivity : float
        The one that is set to the other is at its strictest setting that finds no fewer; where it cannot reach the
        other, at its loosest.
    false_flags, naive_false_flags : Estimate
        Per 100 patient-days.
    ratio, difference : Estimate
        Detector to naive one, and detector minus naive one, paired by patient; the ratio is NaN where the naive one
        has none.
    """

    detector: str
    naive: str
    at: str
    both_free: bool
    sensitivity: float
    naive_sensitivity: float
    false_flags: Estimate
    naive_false_flags: Estimate
    ratio: Estimate
    difference: Estimate


@dataclass(frozen=True)
class ReliabilityPoint:
    """Changes whose P(true change > 0) lies in one bin.

    Attributes
    ----------
    stated, observed : float
        Mean probability, and the share that truly rose.
    low, high : float
        95 % Wilson interval of `observed`, as if changes of one patient were independent.
    """

    n: int
    stated: float
    observed: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """How far a detector's intervals and probabilities keep what they promise under one condition.

    Attributes
    ----------
    n : int
        Changes against the recent level that had an interval, no film at an end of the scale.
    level : float
        Of the intervals.
    coverage, coverage_low, coverage_high : float
        Share that held the true change, with its 95 % Wilson interval.
    n_at_ends : int
    coverage_at_ends : float or None
        Likewise where a film was at an end of the scale.
    points : tuple of ReliabilityPoint
    largest_deviation : float or None
        Of a bin's observed share from its stated probability; None without a bin of `FEWEST_IN_BIN`.
    """

    detector: str
    condition: str
    course: str
    n: int
    level: float
    coverage: float
    coverage_low: float
    coverage_high: float
    n_at_ends: int
    coverage_at_ends: float | None
    points: tuple[ReliabilityPoint, ...]
    largest_deviation: float | None


@dataclass(frozen=True)
class BandCoverage:
    """How often bands of 95 % hold the level: what the scorer would see without the scatter from film to film.

    Attributes
    ----------
    n_films : int
        Whose score is at no end of the scale; the bands are cut off there.
    filtered, smoothed : Estimate
        Shares, of the level from the films up to this one and from all films; 95 % interval by resampling patients.
    """

    condition: str
    course: str
    n_films: int
    filtered: Estimate
    smoothed: Estimate


@dataclass(frozen=True)
class Judged:
    """One question that was asked beforehand, and the answer: "yes", "no" or "the data cannot tell"."""

    question: str
    figure: str
    answer: str


@dataclass(frozen=True)
class SimulationStudy:
    """Everything one run found.

    Attributes
    ----------
    assumptions : mapping
        Every number that is assumed and not measured.
    films_per_day : mapping of str to float
        By condition, on stable series.
    """

    model: str
    model_version: str
    patients: int
    seed: int
    assumptions: Mapping[str, Any]
    films_per_day: Mapping[str, float]
    curve: tuple[CurvePoint, ...]
    courses: tuple[CourseResult, ...]
    matched: Mapping[str, tuple[Matched, ...]]
    calibrations: tuple[Calibration, ...]
    bands: tuple[BandCoverage, ...]
    checks: tuple[SweepCheck, ...]
    judged: tuple[Judged, ...]
