"""Flags compared with the changes that experts saw."""

from core.evaluation.evidence.expert_flags import FlagStudy
from core.research.evaluation.expert_flags.study import evaluate_flags

__all__ = ["FlagStudy", "evaluate_flags"]
