"""Whether the patient's right side hangs on the left of the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from core.films.checks.base import noted, passed
from core.films.checks.contents import shows_something
from core.films.recognition.sides import MIRRORED_LOG_ODDS, sides_log_odds
from core.types import CheckResult, Film

MIRRORED_NOTE = (
    "Sides in doubt: the film looks mirrored, or the heart lies on the right. Right and left lung may be swapped. Look "
    "for the side mark."
)


@dataclass(frozen=True)
class SidesCheck:
    """Notes films that look mirrored though their header does not say so; see `core.films.recognition.sides`.

    Of 1,732 real films 1.2 % are noted wrongly, of their mirror images 66 % rightly
    (`docs/evidence/sides_training.json`).
    """

    name: ClassVar[str] = "sides"
    version: ClassVar[str] = "1"

    def __call__(self, film: Film) -> CheckResult:
        """Return the verdict on which side the heart lies."""
        if film.sides_in_doubt or not shows_something(film) or sides_log_odds(film) > MIRRORED_LOG_ODDS:
            return passed(self)
        return noted(self, MIRRORED_NOTE)

    def correct(self, film: Film) -> Film:
        """Return the film with its sides in doubt; nothing is turned round on the pixels' word alone."""
        return replace(film, sides_in_doubt=True)
