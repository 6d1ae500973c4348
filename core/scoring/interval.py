"""How wide the interval of a score is at which level: wider in the middle of a scale than at its ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LevelShape:
    """Factors on an interval's half width by the level of the score, joined by straight lines.

    Attributes
    ----------
    at : tuple of float
        Levels, rising, points; beyond the first and the last the factor stays theirs.
    times : tuple of float
        The factor at each, above 0.
    """

    at: tuple[float, ...] = (0.0,)
    times: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if len(self.at) != len(self.times) or list(self.at) != sorted(self.at) or not min(self.times, default=0) > 0:
            message = f"Factors {self.times} at levels {self.at}. Expected one above 0 for each level, levels rising."
            raise ValueError(message)

    def factor(self, level: float) -> float:
        """Return the factor at a level."""
        return float(np.interp(level, self.at, self.times))


FLAT = LevelShape()
"""As wide at every level."""
