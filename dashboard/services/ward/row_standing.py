"""How a row of the ward board stands: in one sentence, and how much concern it asks for."""

from __future__ import annotations

from core.counting import days_text
from core.trend.types import Change, FlagKind, Verdict
from core.trend.wording import VERDICTS_IN_WORDS
from dashboard.services.patient.standing import ABSENCES_IN_WORDS, absence_of, is_settled, moment_of
from db.read_models.facts import FilmFacts, FlagFacts

NO_FILM = "no film yet"
FIRST_FILM = "first film, nothing to compare with"
DROP_ALONE = "not enough to reduce care"
"""What a drop on the films alone is: whether physiology agrees is not known here."""
DROPS = (Verdict.DROP, Verdict.LARGE_DROP)

RANK = {
    Verdict.LARGE_RISE: 0,
    Verdict.RISE: 2,
    Verdict.CANNOT_TELL: 3,
    Verdict.NOT_ASSESSED: 4,
    Verdict.NO_REAL_CHANGE: 5,
    Verdict.DROP: 6,
    Verdict.LARGE_DROP: 7,
}
RANK_OF_OPEN_FLAG = {FlagKind.RISE: 1, FlagKind.LOOK: 1, FlagKind.DROP: 4}
"""A drop asks for a decision, but nobody is in danger of it."""
RANK_OF_UNSCORED = 3
"""How the patient is now is not known: like a film that cannot be compared."""


def newest_gap(films: tuple[FilmFacts, ...]) -> FilmFacts | None:
    """Return the newest film if it is not on the trend, so that the level shown is not the latest; else None."""
    standing = [film for film in films if not is_settled(film)]
    newest = max(standing, key=moment_of, default=None)
    return newest if newest is not None and absence_of(newest) is not None else None


def rank_of(change: Change | None, open_flags: tuple[FlagFacts, ...], *, behind: bool) -> int:
    """Return how much concern a row asks for, 0 the most; `behind` where the verdict is not the latest word."""
    ranks = [RANK[change.verdict if change else Verdict.NOT_ASSESSED]]
    ranks += [RANK_OF_OPEN_FLAG[flag.kind] for flag in open_flags]
    if behind:
        ranks.append(RANK_OF_UNSCORED)
    return min(ranks)


def status_of(
    films: tuple[FilmFacts, ...],
    newest_gap: FilmFacts | None,
    *,
    stale: bool,
    hours: float | None,
    change: Change | None,
    n_scored: int,
) -> str:
    """Return how a row stands in one sentence; the not assessable reasons come before any verdict."""
    if not films:
        return NO_FILM
    if newest_gap is not None:
        which = "newest film" if n_scored else "only film" if len(films) == 1 else "no film on the trend: newest film"
        reason = f": {newest_gap.reason}" if newest_gap.reason else ""
        absence = absence_of(newest_gap)
        return f"{which} {'' if absence is None else ABSENCES_IN_WORDS[absence]}{reason}"
    if not n_scored:
        return NO_FILM
    found = VERDICTS_IN_WORDS[change.verdict if change else Verdict.NOT_ASSESSED]
    verdict = FIRST_FILM if n_scored == 1 else found
    if stale and hours is not None:
        return f"stale: last film {days_text(hours)} ago ({verdict} then)"
    return f"{verdict}; {DROP_ALONE}" if change is not None and change.verdict in DROPS else verdict
