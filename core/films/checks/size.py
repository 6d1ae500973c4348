"""Whether the picture is large enough, and of the shape of a chest film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.films.checks.base import noted, passed, refused
from core.types import CheckResult, Film

LEAST_SIDE = 128
"""Pixels. The smallest of 1,732 real films has 156."""

FULL_SIDE = 224
"""Pixels the networks look at; a smaller film is enlarged."""

LARGEST_ASPECT = 2.5
"""Long to short side. Chest films have 1.0-1.3; the longest strip among 1,732 real frontal films has 2.2."""


@dataclass(frozen=True)
class SizeCheck:
    """Refuses films with a side under LEAST_SIDE, notes those under FULL_SIDE."""

    name: ClassVar[str] = "size"
    version: ClassVar[str] = "1"

    def __call__(self, film: Film) -> CheckResult:
        """Return the verdict on the film's number of pixels."""
        rows, columns = film.pixels.shape
        if min(rows, columns) < LEAST_SIDE:
            return refused(
                self,
                f"The picture is too small to be judged: {columns} x {rows} pixels, at least {LEAST_SIDE} are needed "
                "on each side. Send the film itself, not a preview.",
            )
        if min(rows, columns) < FULL_SIDE:
            return noted(self, f"The picture is small ({columns} x {rows} pixels); fine changes may be missed.")
        return passed(self)


@dataclass(frozen=True)
class AspectCheck:
    """Refuses strips, which no frontal chest film is."""

    name: ClassVar[str] = "aspect"
    version: ClassVar[str] = "1"

    def __call__(self, film: Film) -> CheckResult:
        """Return the verdict on the film's shape."""
        rows, columns = film.pixels.shape
        if max(rows, columns) > LARGEST_ASPECT * min(rows, columns):
            return refused(
                self, f"The picture is a narrow strip ({columns} x {rows} pixels), not a whole frontal chest film."
            )
        return passed(self)
