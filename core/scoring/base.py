"""The protocol every scorer follows; `tests/contracts/test_scorers.py` holds each one to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.types import Film, FilmMasks, FloatImage, Score, ScorerCard

if TYPE_CHECKING:
    from torch import Tensor, nn


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


@runtime_checkable
class MaskingScorer(Scorer, Protocol):
    """A scorer that segments lungs and opacity."""

    def masks(self, film: Film) -> FilmMasks:
        """Return the film's lungs and opacity.

        Raises
        ------
        FilmNotScorableError
            No lungs are found.
        """
        ...


@dataclass(frozen=True)
class Differentiable:
    """One film as the input of a network, for maps of what moves its scores.

    Attributes
    ----------
    module : torch.nn.Module
        Takes `inputs` alone and returns the film's scores, (1, 2): geographic extent and opacity, unclamped.
    inputs : Tensor
        The film as the network takes it; the first dimension is one film.
    onto_film : callable
        Brings a map, a float32 array of the shape of `inputs` without its first dimension, onto the grid of the
        whole film (aspect kept, longer side at most 512 pixels).
    """

    module: nn.Module
    inputs: Tensor
    onto_film: Callable[[FloatImage], FloatImage]


@runtime_checkable
class ExplainableScorer(Scorer, Protocol):
    """A scorer whose scores can be followed back to places on the film."""

    def differentiable(self, film: Film) -> Differentiable:
        """Return the film as the input of the network.

        Raises
        ------
        FilmNotScorableError
            No lungs are found.
        """
        ...
