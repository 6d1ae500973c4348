"""The grid on which masks and maps of a film are kept: the whole film, of moderate size."""

from __future__ import annotations

LONGER_SIDE_PIXELS = 512
"""Longer side of a map, at most, in pixels."""


def map_grid(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return rows and columns of the map of a film (rows, columns): its aspect kept; a smaller film keeps its size."""
    scale = min(1.0, LONGER_SIDE_PIXELS / max(shape))
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))
