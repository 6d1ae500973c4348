"""Films that were given to a patient although they name another person: the mark that stays, in words."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.services.patient.standing import of_other_persons
from dashboard.wording.times import TimeScale
from dashboard.wording.trend import WARNING
from db.read_models.facts import FilmFacts

MOVED_HERE = "moved here although it names another person"
MOST = 2
LONGEST_NAME, LONGEST_REASON = 30, 80
"""Characters in a mark; the full text stands in the film's history."""


def mark_text(film: FilmFacts, scale: TimeScale) -> str:
    """Return who gave a film to a patient whom it does not name, when and why; "" where nobody did."""
    mark = film.other_person
    if mark is None:
        return ""
    when = TimeScale(scale.zone).text(mark.at)
    return f"{MOVED_HERE}: {_cut(mark.actor, LONGEST_NAME)}, {when} ({_cut(mark.reason, LONGEST_REASON)})"


def mark_lines(films: Sequence[FilmFacts], scale: TimeScale) -> tuple[str, ...]:
    """Return a warning for each such film, the newest first; beyond `MOST` they are counted."""
    marked = of_other_persons(films)
    lines = [
        f"{WARNING} Film of {scale.text(film.acquired_at, film.time_precision)} was {mark_text(film, scale)}."
        for film in marked[:MOST]
    ]
    more = len(marked) - MOST
    return (*lines, f"{WARNING} {more} more were {MOVED_HERE}.") if more > 0 else tuple(lines)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
