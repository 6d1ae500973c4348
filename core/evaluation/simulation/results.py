"""Figures of a simulation, as they are printed, drawn and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.evaluation.bootstrap import Estimate
from core.evaluation.flagging import SweepCheck
from core.evaluation.simulation.bands import BandCoverage
from core.evaluation.simulation.calibration import Calibration
from core.evaluation.simulation.curves import Detection
from core.evaluation.simulation.matched import Matched

MOST_FALSE_FLAGS = 2.0
"""Per 100 patient-days on stable series: what is accepted."""
MOST_FILMS = 2.0
"""Median delay of a true rise in films: what is accepted."""
MOST_OF_NAIVE = 0.5
"""False flags at equal sensitivity, as a share of the best naive detector's: what is accepted."""
COVERAGE = (0.93, 0.97)
MOST_DEVIATION = 0.05


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
        Of a true step of `core.evaluation.simulation.world.RISE_POINTS`.
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
class Judged:
    """One question that the issue asks, and the answer: "yes", "no" or "the data cannot tell"."""

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
