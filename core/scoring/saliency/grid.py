"""The grid that maps and masks are drawn on: the whole film, its aspect kept, of moderate size."""

from __future__ import annotations

LONGER_SIDE_PIXELS = 512


def film_grid(rows: int, columns: int) -> tuple[int, int]:
    """Return rows and columns of the grid of a film of that size; a smaller film keeps its own."""
    scale = min(1.0, LONGER_SIDE_PIXELS / max(rows, columns))
    return max(1, round(rows * scale)), max(1, round(columns * scale))
