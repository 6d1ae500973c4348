"""Which flag two films, or their means, support."""

from __future__ import annotations

from collections.abc import Sequence

from core.trend.change import compare_films
from core.trend.comparability import is_unordered
from core.trend.noise_of_pair import is_beyond_mixed_noise, noise_of_pair, why_not_assessed
from core.trend.types import Change, FlagKind, ProposedFlag, Reference, ScoredFilm, TrendPolicy, Verdict
from core.types import Measure, ScorerCard

ALERTING_MEASURE = Measure.GEOGRAPHIC_EXTENT
ALERTING_REFERENCE = Reference.RECENT
KIND_OF_VERDICT = {Verdict.LARGE_RISE: FlagKind.RISE, Verdict.LARGE_DROP: FlagKind.DROP}


def alerts(change: Change) -> bool:
    """Return whether a comparison is the one that raises flags: geographic extent against the recent level."""
    return change.measure is ALERTING_MEASURE and change.reference is ALERTING_REFERENCE


def propose_flag(
    film: ScoredFilm,
    changes: Sequence[Change],
    taken_differently: Sequence[ScoredFilm],
    *,
    card: ScorerCard,
    policy: TrendPolicy,
) -> ProposedFlag | None:
    """Return the flag that a film supports, None where it supports none.

    Geographic extent against the recent level alone raises a flag: a large rise RISE, a large
    drop DROP. A rise or drop that is not large is shown, without a flag. Where neither holds and the film
    just before was taken differently, a change beyond the measured noise of that mixed class raises LOOK,
    in either direction; where that noise was not measured there is no LOOK and the verdict alone says
    "cannot tell". Other measures and references are shown and raise nothing.

    Parameters
    ----------
    film : ScoredFilm
    changes : sequence of Change
        Every comparison of `film`.
    taken_differently : sequence of ScoredFilm
        Earlier films in another projection or position since the previous comparable one, newest first.
    card, policy
    """
    for change in changes:
        if alerts(change) and change.verdict in KIND_OF_VERDICT:
            return ProposedFlag(film.film_id, KIND_OF_VERDICT[change.verdict], change)
    return _look(film, taken_differently, card, policy)


def _look(
    film: ScoredFilm, taken_differently: Sequence[ScoredFilm], card: ScorerCard, policy: TrendPolicy
) -> ProposedFlag | None:
    if not taken_differently or why_not_assessed(card.noise.get(ALERTING_MEASURE)):
        return None
    earlier = farthest_of_moment(film, taken_differently, ALERTING_MEASURE)
    change = film.score.value(ALERTING_MEASURE) - earlier.score.value(ALERTING_MEASURE)
    noise = noise_of_pair(card, ALERTING_MEASURE, earlier, film)
    if not is_beyond_mixed_noise(change, noise, ALERTING_MEASURE, policy):
        return None
    comparison = compare_films(
        film, earlier, measure=ALERTING_MEASURE, reference=Reference.PREVIOUS, card=card, policy=policy
    )
    return ProposedFlag(film.film_id, FlagKind.LOOK, comparison)


def farthest_of_moment(film: ScoredFilm, newest_first: Sequence[ScoredFilm], measure: Measure) -> ScoredFilm:
    """Return, of the newest film and those without order beside it, the one whose score differs most."""
    moment = [other for other in newest_first if other is newest_first[0] or is_unordered(other, newest_first[0])]
    value = film.score.value(measure)
    return max(moment, key=lambda earlier: (abs(value - earlier.score.value(measure)), earlier.film_id))
