"""Whether this is a frontal film, shown the right way round: by the header, and by looking at the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from core.films.checks.base import noted, passed, refused
from core.films.checks.contents import shows_something
from core.films.recognition import view
from core.types import CheckResult, Film, ViewPosition

INVERTED_NOTE = "The film was stored inverted; it was turned round before scoring."


@dataclass(frozen=True)
class StatedViewCheck:
    """Refuses films that the header calls lateral."""

    name: ClassVar[str] = "stated view"
    version: ClassVar[str] = "1"

    def __call__(self, film: Film) -> CheckResult:
        """Return the verdict on the projection the header states."""
        if film.header.view_position is ViewPosition.LATERAL:
            return refused(self, "The file says that this is a lateral film. Only frontal films (AP or PA) are scored.")
        return passed(self)


@dataclass(frozen=True)
class PhotometryCheck:
    """Notes films whose dark and bright are swapped, and turns them round; see `core.films.recognition.view`."""

    name: ClassVar[str] = "photometry"
    version: ClassVar[str] = "1"

    def __call__(self, film: Film) -> CheckResult:
        """Return the verdict on which way the grey values run."""
        if not shows_something(film):
            return passed(self)
        estimate = view.estimate_view(film)
        # The estimate of inversion holds for frontal films only.
        if estimate.p_lateral < view.LATERAL_THRESHOLD and estimate.p_inverted >= view.INVERTED_THRESHOLD:
            return noted(self, INVERTED_NOTE)
        return passed(self)

    def correct(self, film: Film) -> Film:
        """Return the film with dark and bright swapped; header and hash stay those of the stored film."""
        return replace(film, pixels=1 - film.pixels)


@dataclass(frozen=True)
class FrontalCheck:
    """Refuses films that look lateral, whatever the header says; see `core.films.recognition.view` for its error."""

    name: ClassVar[str] = "frontal"
    version: ClassVar[str] = "1"

    def __call__(self, film: Film) -> CheckResult:
        """Return the verdict on the projection the picture shows."""
        if not shows_something(film) or view.estimate_view(film).p_lateral < view.LATERAL_THRESHOLD:
            return passed(self)
        stated = film.header.view_position
        if stated in {ViewPosition.AP, ViewPosition.PA}:
            return refused(
                self,
                f"The file calls this a frontal film ({stated.value}), but the picture looks like a lateral one. "
                "Look at it, and overrule if it is frontal.",
            )
        return refused(
            self,
            "The picture looks like a lateral film. Only frontal films (AP or PA) are scored. "
            "Overrule if it is frontal.",
        )
