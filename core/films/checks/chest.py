"""Whether the picture is a whole chest, upright, at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.films.checks.base import passed, refused
from core.films.checks.contents import shows_something
from core.films.recognition import likeness
from core.types import CheckResult, Film

NO_CHEST_REASON = (
    "The picture does not look like a whole, upright frontal chest film. It may show another part of the body, only a "
    "part of the chest, several pictures in one, or no X-ray at all. Look at it, and overrule if it is a frontal chest "
    "film."
)
_TURN = {1: "to the left", 3: "to the right"}


@dataclass(frozen=True)
class ChestCheck:
    """Refuses what does not look like a frontal chest film; see `core.films.recognition.likeness`.

    Errors out of sample, by kind of picture: `docs/evidence/likeness.md`.
    """

    name: ClassVar[str] = "chest"
    version: ClassVar[str] = "1"

    def __call__(self, film: Film) -> CheckResult:
        """Return the verdict on what the picture shows."""
        if not shows_something(film) or likeness.estimate_likeness(film) >= likeness.CHEST_THRESHOLD:
            return passed(self)
        turns = likeness.turns_to_upright(film)
        if turns == 0:
            return refused(self, NO_CHEST_REASON)
        if turns == 2:
            return refused(self, "The film hangs upside down. Turn it upright, and send it again.")
        return refused(self, f"The film lies on its side. Turn it a quarter {_TURN[turns]}, and send it again.")
