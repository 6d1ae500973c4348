"""A scorer for tests that must be quick: the mean grey of a film; needs no network library.

Register it as ``mean-grey`` with ``core.scoring.registry.register("mean-grey", "mean_grey")``, this folder's
parent being on the import path.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.scoring.base import Scorer
from core.scoring.cards import read_card
from core.types import Film, Score, ScorerCard


class MeanGreyScorer:
    """Geographic extent and opacity in proportion to the mean grey of the film."""

    def __init__(self, card: ScorerCard) -> None:
        self.card = card
        self.name = card.model
        self.version = card.version

    def prepare(self, film: Film) -> NDArray[np.float32]:
        """Return the mean grey, (1,), 0-1."""
        return np.array([film.pixels.mean(dtype=np.float64)], dtype=np.float32)

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Return 8 and 6 times the mean grey."""
        return [Score(self.name, self.version, 8 * float(grey[0]), 6 * float(grey[0])) for grey in prepared]


def load() -> Scorer:
    """Return the scorer."""
    return MeanGreyScorer(read_card(Path(__file__).with_name("card.json")))
