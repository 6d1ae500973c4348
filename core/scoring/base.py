"""The protocol every scorer follows; `tests/contracts/test_scorers.py` holds each one to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.types import Film, Score, ScorerCard


@runtime_checkable
class Scorer(Protocol):
    """Scores films for severity.

    A scorer is deterministic: the same film gets the same score alone and in any batch. Preparing a
    film (decoding aside, the slow part) needs no network and may run in another thread.
    """

    @property
    def name(self) -> str:
        """Return the registry name, for example ``embedded``."""
        ...

    @property
    def version(self) -> str:
        """Return the version; it changes whenever a score could."""
        ...

    @property
    def card(self) -> ScorerCard:
        """Return the scorer's card."""
        ...

    def prepare(self, film: Film) -> NDArray[np.float32]:
        """Return the film as this scorer's network takes it; every film gives the same shape."""
        ...

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Return one score per prepared film, in order; an empty list for no film.

        Raises
        ------
        FilmNotScorableError
            Some films show nothing to score; `positions` says which, and no film of the batch is scored.
        """
        ...
