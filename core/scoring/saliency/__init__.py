"""Where on a film a scorer sees lungs and opacity, and what moved its scores.

A map shows what moved the score, not where disease is. Importing this package imports no network library.
"""

from core.scoring.saliency.drawing import DrawnMap, draw_map
from core.scoring.saliency.kinds import MapKind

__all__ = ["DrawnMap", "MapKind", "draw_map"]
