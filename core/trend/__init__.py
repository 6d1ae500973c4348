"""The change between films: comparability, verdicts, trajectories, flags."""

from core.trend.assessment import assess_newest, assess_trend
from core.trend.change import compare_films
from core.trend.comparability import comparability_of, is_before
from core.trend.detectors.base import (
    DEFAULT_DETECTOR,
    DETECTORS,
    NAIVE_PEERS,
    Detector,
    MeasuredNoiseDetector,
    detector_names,
    load_detector,
)
from core.trend.detectors.naive import RawStepDetector
from core.trend.extremes import against_extreme
from core.trend.levels import LevelPoint, LevelSlope, StayLevel, level_model, stay_levels
from core.trend.reasons import Reasons
from core.trend.trajectory import (
    Saturation,
    Trajectory,
    TrajectoryPoint,
    TrajectorySegment,
    staleness_hours,
    trajectory,
)
from core.trend.true_change import TrueChange
from core.trend.types import (
    Basis,
    Change,
    Comparability,
    FilmTrend,
    FlagKind,
    NoVerdict,
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
    "Basis",
    "Change",
    "Comparability",
    "Detector",
    "FilmTrend",
    "FlagKind",
    "LevelPoint",
    "LevelSlope",
    "MeasuredNoiseDetector",
    "NoVerdict",
    "ProposedFlag",
    "RawStepDetector",
    "Reasons",
    "Reference",
    "Saturation",
    "ScoredFilm",
    "StayLevel",
    "Trajectory",
    "TrajectoryPoint",
    "TrajectorySegment",
    "TrendPolicy",
    "TrueChange",
    "Verdict",
    "against_extreme",
    "assess_newest",
    "assess_trend",
    "comparability_of",
    "compare_films",
    "detector_names",
    "is_before",
    "level_model",
    "load_detector",
    "staleness_hours",
    "stay_levels",
    "trajectory",
]
