"""Level, slope and flags at a landmark against release from intensive care, death competing."""

from core.evaluation.trajectory_outcomes.study import TrajectoryOutcomes, evaluate_trajectory_outcomes

__all__ = ["TrajectoryOutcomes", "evaluate_trajectory_outcomes"]
