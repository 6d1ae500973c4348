"""The DenseNet's scores as functions of the film, for maps of what moves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from core.scoring.base import Differentiable
from core.scoring.grid import map_grid
from core.scoring.models.txrv.network import prepare_film
from core.types import Film, FloatImage


class ReadOut(nn.Module):
    """A network and what reads each of the two measures from what it gives, unclamped.

    Parameters
    ----------
    network : callable
        Takes films (n, 1, 224, 224).
    readers : sequence of two callables
        Geographic extent and opacity: each takes what the network gives and returns (n,).
    """

    def __init__(self, network: Callable[[Tensor], Tensor], readers: Sequence[Callable[[Tensor], Tensor]]) -> None:
        super().__init__()
        self._network = network
        self._readers = tuple(readers)

    def forward(self, films: Tensor) -> Tensor:
        """Return the scores of films, (n, 2)."""
        found = self._network(films)
        return torch.stack([read(found) for read in self._readers], dim=1)


def differentiable_film(read_out: nn.Module, film: Film) -> Differentiable:
    """Return a film as the input of a network that takes its central square at 224 x 224."""
    grid = map_grid(film.pixels.shape)
    return Differentiable(read_out, torch.from_numpy(prepare_film(film))[None], partial(_square_onto_film, grid=grid))


def _square_onto_film(found: FloatImage, *, grid: tuple[int, int]) -> FloatImage:
    """Bring a map (1, 224, 224) onto the grid of the whole film, 0 beside the square."""
    rows, columns = grid
    side = min(grid)
    square = Image.fromarray(np.ascontiguousarray(found.sum(axis=0), dtype=np.float32))
    placed = np.zeros(grid, dtype=np.float32)
    top, left = rows // 2 - side // 2, columns // 2 - side // 2
    resized = square.resize((side, side), Image.Resampling.BILINEAR)
    placed[top : top + side, left : left + side] = np.asarray(resized)
    return placed
