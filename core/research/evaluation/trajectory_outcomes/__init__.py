"""Level, slope and flags at a landmark against release from intensive care, death competing."""

from core.evaluation.evidence.trajectory_outcomes import TrajectoryOutcomes
from core.research.evaluation.trajectory_outcomes.study import evaluate_trajectory_outcomes

__all__ = ["TrajectoryOutcomes", "evaluate_trajectory_outcomes"]
