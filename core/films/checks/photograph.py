"""Whether the picture is a photograph of a screen or a scan of a print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.films.checks.base import noted, passed
from core.films.checks.contents import shows_something
from core.films.recognition.photograph import RASTER_THRESHOLD, raster_strength
from core.types import CheckResult, Film

PHOTOGRAPH_NOTE = (
    "This looks like a photograph of a screen or a scan of a print: a regular fine pattern lies over the picture. "
    "Its score is less certain. Send the original film if there is one."
)
# Pictures without a header, and DICOM objects made of pictures: other, secondary capture, photograph.
_NOT_FROM_A_DETECTOR = frozenset({"", "OT", "SC", "XC"})


@dataclass(frozen=True)
class PhotographCheck:
    """Notes photographs of screens and scans of prints; films straight from a detector are not looked at.

    Misses most of them, and never refuses: `docs/evidence/likeness.md`.
    """

    name: ClassVar[str] = "photograph"
    version: ClassVar[str] = "1"

    def __call__(self, film: Film) -> CheckResult:
        """Return the verdict on the pattern over the picture."""
        if film.header.modality not in _NOT_FROM_A_DETECTOR or not shows_something(film):
            return passed(self)
        if raster_strength(film.pixels) < RASTER_THRESHOLD:
            return passed(self)
        return noted(self, PHOTOGRAPH_NOTE)
