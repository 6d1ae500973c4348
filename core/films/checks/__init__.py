"""May this film be scored? Every check in turn, with reasons for the people who read them.

A new check is one class in one file and a line in `CHECKS`.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.films.checks.base import Check, CorrectingCheck
from core.films.checks.chest import ChestCheck
from core.films.checks.contents import ContentsCheck
from core.films.checks.origin import BodyPartCheck, ModalityCheck
from core.films.checks.photograph import PhotographCheck
from core.films.checks.projection import FrontalCheck, PhotometryCheck, StatedViewCheck
from core.films.checks.remarks import ReadingCheck
from core.films.checks.sides import SidesCheck
from core.films.checks.size import AspectCheck, SizeCheck
from core.types import CheckResult, CheckVerdict, Film

__all__ = ["CHECKS", "Check", "CheckedFilm", "CorrectingCheck", "check_film"]

CHECKS: tuple[Check, ...] = (
    ContentsCheck(),
    SizeCheck(),
    AspectCheck(),
    ModalityCheck(),
    BodyPartCheck(),
    StatedViewCheck(),
    PhotometryCheck(),  # before the checks that look at the corrected film
    FrontalCheck(),
    ChestCheck(),
    PhotographCheck(),
    SidesCheck(),
    ReadingCheck(),
)


@dataclass(frozen=True, eq=False)
class CheckedFilm:
    """A film after all checks.

    Attributes
    ----------
    film : Film
        As it is to be scored: corrected where a check noted and mended something.
    results : tuple of CheckResult
        One per check, in the order of `CHECKS`.
    """

    film: Film
    results: tuple[CheckResult, ...]

    @property
    def refused(self) -> bool:
        """Return whether the film must not be scored unless a person overrules."""
        return any(result.verdict is CheckVerdict.REFUSED for result in self.results)

    @property
    def reason(self) -> str:
        """Return why it was refused, each reason once; "" when it was not."""
        reasons = (result.reason for result in self.results if result.verdict is CheckVerdict.REFUSED)
        return " ".join(dict.fromkeys(reasons))


def check_film(film: Film) -> CheckedFilm:
    """Run every check, also after a refusal, so that a person who overrules knows all that stands against it."""
    results = []
    for check in CHECKS:
        result = check(film)
        if result.verdict is CheckVerdict.NOTED and isinstance(check, CorrectingCheck):
            film = check.correct(film)
        results.append(result)
    return CheckedFilm(film, tuple(results))
