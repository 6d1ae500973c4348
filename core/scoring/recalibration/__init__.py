"""A model version of a site's own: a base scorer whose scores pass through the line to the site's readers."""

from core.scoring.recalibration.card import in_words, origin, recalibrated_card
from core.scoring.recalibration.noise import at_slope
from core.scoring.recalibration.scorer import RecalibratedScorer
from core.scoring.recalibration.scores import recalibrated_score
from core.scoring.recalibration.values import (
    MeasureLine,
    Recalibration,
    base_version,
    is_recalibrated,
    read_recalibration,
)

__all__ = [
    "MeasureLine",
    "RecalibratedScorer",
    "Recalibration",
    "at_slope",
    "base_version",
    "in_words",
    "is_recalibrated",
    "origin",
    "read_recalibration",
    "recalibrated_card",
    "recalibrated_score",
]
