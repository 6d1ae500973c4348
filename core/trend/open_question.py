"""Which comparison of a stay only a person can make, and no later film has answered."""

from __future__ import annotations

from collections.abc import Sequence

from core.trend.assessment import assess_trend
from core.trend.change import compare_films
from core.trend.comparability import SECONDS_PER_HOUR, is_before, seconds
from core.trend.flags.life import JUDGED
from core.trend.references import RECENT_HOURS
from core.trend.types import Change, FilmTrend, Reference, ScoredFilm, TrendPolicy, Verdict
from core.types import Measure, ScorerCard


def open_question(
    films: Sequence[ScoredFilm], measure: Measure, *, card: ScorerCard, policy: TrendPolicy
) -> Change | None:
    """Return the newest comparison against the recent level that cannot tell and is still open; None without one.

    A film that cannot be compared leaves a question, whatever is taken after it. As a LOOK flag it is answered by the
    first later film that gets a verdict against the same earlier film; films taken like the one that asked say only
    what came since. After 72 h of further films it is history.

    Parameters
    ----------
    films : sequence of ScoredFilm
        Of one stay, in any order.
    """
    trends = assess_trend(films, card=card, policy=policy, references=(Reference.RECENT,), measures=(measure,))
    if not trends:
        return None
    newest = seconds(trends[-1].film)
    for trend in reversed(trends):
        if newest - seconds(trend.film) > RECENT_HOURS * SECONDS_PER_HOUR:
            return None
        change = trend.change(measure, Reference.RECENT)
        if change is not None and change.verdict is Verdict.CANNOT_TELL and not _answered(change, trends, card, policy):
            return change
    return None


def _answered(change: Change, trends: Sequence[FilmTrend], card: ScorerCard, policy: TrendPolicy) -> bool:
    films = {trend.film.film_id: trend.film for trend in trends}
    asked, earlier = films[change.film_id], films.get(change.reference_film_id or 0)
    later = [film for film in films.values() if is_before(asked, film)]
    if earlier is None:
        # Films without order among themselves: any later film that is judged against both days is an answer.
        return bool(later)
    against = (
        compare_films(film, earlier, measure=change.measure, reference=change.reference, card=card, policy=policy)
        for film in later
    )
    return any(comparison.verdict in JUDGED for comparison in against)
