"""How bright the lower half of a film is: replace `prepare` and `score` by your network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.films.resize import box_resized
from core.scoring.base import Scorer
from core.scoring.cards import read_card
from core.types import Film, Score, ScorerCard


class LowerHalfScorer:
    """Gives geographic extent (0-8) and opacity (0-6) in proportion to the mean grey of the lower half."""

    def __init__(self, card: ScorerCard) -> None:
        self.card = card
        self.name = card.model
        self.version = card.version

    def prepare(self, film: Film) -> NDArray[np.float32]:
        """Return the film as the network takes it: here 32 x 32, grey 0-1."""
        return box_resized(film.pixels, (32, 32))

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Return one score per film, in order; here the network runs, on all films at once."""
        shares = [min(1.0, float(one[16:].mean(dtype=np.float64))) for one in prepared]
        return [Score(self.name, self.version, 8 * share, 6 * share) for share in shares]


def load() -> Scorer:
    """Return the scorer; Lungline calls this once in each process that scores."""
    return LowerHalfScorer(read_card(Path(__file__).with_name("card.json")))
