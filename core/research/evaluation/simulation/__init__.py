"""Series whose truth is known: what each detector flags that is not there, and how soon it flags what is."""

from core.evaluation.evidence.simulation import SimulationStudy
from core.research.evaluation.simulation.study import simulate

__all__ = ["SimulationStudy", "simulate"]
