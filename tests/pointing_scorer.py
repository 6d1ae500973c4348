"""A scorer for tests of maps: a linear network over the film's pixels, and masks by halves of the film."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.scoring.base import Differentiable
from core.types import Film, FilmMasks, FloatImage, Score, ScorerCard


class Weighted(nn.Module):
    """Geographic extent: the weighted sum of the pixels; opacity: the same with the weights turned round."""

    def __init__(self, weights: FloatImage) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.from_numpy(np.array(weights, dtype=np.float32)))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return (films, 2) of inputs (films, 1, rows, columns)."""
        total = (inputs[:, 0] * self.weights).sum(dim=(1, 2))
        return torch.stack((total, -total), dim=1)


class PointingScorer:
    """Follows its scores back to the film by `module`; the opacity it outlines is where the film is bright."""

    name, version = "pointing", "1"
    card = ScorerCard("pointing", "1", "For tests", "For tests.", "Apache-2.0", "none")

    def __init__(self, module: nn.Module) -> None:
        self.module = module

    def prepare(self, film: Film) -> NDArray[np.float32]:
        """Return the film itself."""
        return film.pixels

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Return the mean grey as scores."""
        return [Score(self.name, self.version, 8 * float(one.mean()), 6 * float(one.mean())) for one in prepared]

    def masks(self, film: Film) -> FilmMasks:
        """Return the halves of the film as lungs, and what is brighter than 0.5 as opacity."""
        right, left = np.zeros_like(film.pixels), np.zeros_like(film.pixels)
        middle = film.pixels.shape[1] // 2
        right[:, :middle] = 1
        left[:, middle:] = 1
        return FilmMasks(right, left, film.pixels.copy())

    def differentiable(self, film: Film) -> Differentiable:
        """Return the film as one channel."""
        return Differentiable(self.module, torch.from_numpy(film.pixels)[None, None], lambda found: found.sum(axis=0))
