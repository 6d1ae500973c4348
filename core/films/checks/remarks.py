"""Keeps the reader's remarks on a film with the film's checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.films.checks.base import noted, passed
from core.types import CheckResult, Film


@dataclass(frozen=True)
class ReadingCheck:
    """Passes on the remarks of the reader."""

    name: ClassVar[str] = "reading"
    version: ClassVar[str] = "1"

    def __call__(self, film: Film) -> CheckResult:
        """Return the reader's notes as one remark."""
        return noted(self, " ".join(film.notes)) if film.notes else passed(self)
