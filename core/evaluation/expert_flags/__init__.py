"""Flags held against the change that experts saw."""

from core.evaluation.expert_flags.study import FlagStudy, evaluate_flags

__all__ = ["FlagStudy", "evaluate_flags"]
