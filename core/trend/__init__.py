"""The change between films: comparability, verdicts, trajectories, flags."""

from core.trend.assessment import assess_newest, assess_trend
from core.trend.change import TrueChange, compare_films
from core.trend.comparability import comparability_of, is_before
from core.trend.detector import (
    DEFAULT_DETECTOR,
    DETECTORS,
    NAIVE_PEERS,
    Detector,
    MeasuredNoiseDetector,
    load_detector,
)
from core.trend.naive import RawStepDetector
from core.trend.trajectory import (
    Saturation,
    Trajectory,
    TrajectoryPoint,
    TrajectorySegment,
    staleness_hours,
    trajectory,
)
from core.trend.types import (
    Change,
    Comparability,
    FilmTrend,
    FlagKind,
    ProposedFlag,
    Reference,
    ScoredFilm,
    TrendPolicy,
    Verdict,
)

__all__ = [
    "DEFAULT_DETECTOR",
    "DETECTORS",
    "NAIVE_PEERS",
    "Change",
    "Comparability",
    "Detector",
    "FilmTrend",
    "FlagKind",
    "MeasuredNoiseDetector",
    "ProposedFlag",
    "RawStepDetector",
    "Reference",
    "Saturation",
    "ScoredFilm",
    "Trajectory",
    "TrajectoryPoint",
    "TrajectorySegment",
    "TrendPolicy",
    "TrueChange",
    "Verdict",
    "assess_newest",
    "assess_trend",
    "comparability_of",
    "compare_films",
    "is_before",
    "load_detector",
    "staleness_hours",
    "trajectory",
]
