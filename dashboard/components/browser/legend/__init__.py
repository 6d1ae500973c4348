"""What the signs of a map mean: drawn alike by every component that shows films."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dashboard.components.browser import elements

_HERE = Path(__file__).parent
CSS = (_HERE / "legend.css").read_text(encoding="utf-8")
JS = elements.JS + (_HERE / "legend.js").read_text(encoding="utf-8")
"""Goes before a component's own script."""


@dataclass(frozen=True)
class LegendEntry:
    """One sign of a map.

    Attributes
    ----------
    shape : str
        ``filled``, ``outline``, ``scale`` (from clear to full colour), ``slanted``, ``level`` (lines) or ``dotted``.
    colour : (int, int, int)
        Red, green, blue, 0-255.
    text : str
    """

    shape: str
    colour: tuple[int, int, int]
    text: str
