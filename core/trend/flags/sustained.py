"""A climb or fall over three films or more that no single pair decides: the level of the stay has moved."""

from __future__ import annotations

from collections.abc import Sequence

from core.trend.comparability import comparability_of, is_before, seconds
from core.trend.extremes import against_extreme
from core.trend.types import Change, Comparability, Reference, ScoredFilm, TrendPolicy, Verdict
from core.types import Measure, ScorerCard

FEWEST_FILMS = 3
"""From the lowest or the highest level to the newest film: two films are a pair, which is judged as one."""


def sustained_change(
    film: ScoredFilm,
    stay: Sequence[ScoredFilm],
    recent: Change,
    *,
    apart: bool,
    card: ScorerCard,
    policy: TrendPolicy,
) -> Change | None:
    """Return the large rise since the lowest level of the stay, or the large drop since the highest; None without one.

    The newest film must show it too: its own score is beyond that of the film at the lowest (highest) level by the
    smallest important change, and it has not gone back by as much from the recent level. So a level that lags behind a
    film that has come back says nothing.

    Assumptions: those of `core.trend.extremes.against_extreme`; its level is too low by chance the more often, the
    more films a stay has. What it finds beside the recent level, and how often for nothing, was counted against experts
    and in simulation (docs/evidence/trend.md).

    Parameters
    ----------
    film : ScoredFilm
    stay : sequence of ScoredFilm
        The films of its stay, in order of time and id.
    recent : Change
        Of `film` against the recent level, on the measure that is asked about.
    apart : bool
        Films taken differently lie between the last film taken alike and this one. Then only a rise stands.
    """
    until = seconds(film), film.film_id
    alike = [
        other
        for other in stay
        if (seconds(other), other.film_id) < until
        and is_before(other, film)
        and comparability_of(other, film) is not Comparability.MIXED
    ]
    if len(alike) < FEWEST_FILMS - 1:
        return None
    important, moved = policy.important_change(recent.measure), recent.change or 0.0
    asked = (
        (Reference.LOWEST, moved > -important, Verdict.LARGE_RISE),
        (Reference.HIGHEST, moved < important and not apart, Verdict.LARGE_DROP),
    )
    for reference, may_be, verdict in asked:
        # Most films have moved from no earlier one, and a level takes the time of the whole stay.
        since = _since(film, alike, reference, recent.measure, policy) if may_be else frozenset()
        if not since:
            continue
        change = against_extreme(film, stay, measure=recent.measure, reference=reference, card=card, policy=policy)
        if change.verdict is verdict and change.reference_film_id in since:
            return change
    return None


def _since(
    film: ScoredFilm, alike: Sequence[ScoredFilm], reference: Reference, measure: Measure, policy: TrendPolicy
) -> frozenset[int]:
    """Return the earlier films, but the newest, from which this film's own score has moved by what is important."""
    sign = 1 if reference is Reference.LOWEST else -1
    important = policy.important_change(measure)
    value = film.score.value(measure)
    return frozenset(
        other.film_id for other in alike[: 2 - FEWEST_FILMS] if sign * (value - other.score.value(measure)) >= important
    )
