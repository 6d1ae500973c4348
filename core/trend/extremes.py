"""A film compared with the lowest or the highest smoothed level of its stay."""

from __future__ import annotations

from collections.abc import Sequence

from core.trend.basis import LevelBasis, StatedBasis
from core.trend.change import facts_of
from core.trend.comparability import (
    comparability_of,
    is_before,
    is_surely_after,
    is_unordered,
    seconds,
)
from core.trend.levels import difference, film_moments, level_model
from core.trend.noise_of_pair import acquisitions_without_pairs, why_not_assessed
from core.trend.reasons import Reasons
from core.trend.state_space import Moments, filter_levels, smooth_against_last
from core.trend.true_change import NOTHING_STATED, findings, withheld
from core.trend.types import Change, Comparability, NoVerdict, Reference, ScoredFilm, TrendPolicy, Verdict
from core.trend.without_verdict import NothingComparedBasis
from core.trend.wording import DROPS, IN_PLACE_OF_A_VERDICT, REFERENCES_IN_WORDS, TIME_IN_DOUBT
from core.types import Measure, ScorerCard

LEVEL_IN_DOUBT = StatedBasis(
    Reasons(
        "The level would have dropped.",
        beforehand=TIME_IN_DOUBT,
        verdict=IN_PLACE_OF_A_VERDICT[Verdict.CANNOT_TELL],
    )
)
"""Why no drop is read from smoothed levels where the time of a film is in doubt."""


def against_extreme(
    film: ScoredFilm,
    films: Sequence[ScoredFilm],
    *,
    measure: Measure,
    reference: Reference,
    card: ScorerCard,
    policy: TrendPolicy,
) -> Change:
    """Compare the level at a film with the lowest (LOWEST) or highest (HIGHEST) smoothed level of its stay before it.

    Both levels rest on the films up to this one; later films change nothing. Their difference needs no further
    shrinkage, since the filter believes a single score only as far as its noise allows, and has no part of the error
    that stays the same in one patient. The lowest of many uncertain levels is a little too low and the highest too
    high: a rise against the lowest level is called somewhat more often than its probability says, the more films the
    stay has. Not for alarms by itself.

    Parameters
    ----------
    film : ScoredFilm
    films : sequence of ScoredFilm
        Of the patient, `film` among them; those of other stays are left out.
    reference : Reference
        LOWEST or HIGHEST.
    card, policy

    Raises
    ------
    ValueError
        `reference` is another one.
    """
    if reference not in {Reference.LOWEST, Reference.HIGHEST}:
        said = REFERENCES_IN_WORDS[reference]
        raise ValueError(f"{said!r} is a film, not a level. Ask for the lowest or the highest level of the stay.")
    until = (seconds(film), film.film_id)
    stay = sorted(
        (other for other in films if other.stay_id == film.stay_id and (seconds(other), other.film_id) <= until),
        key=lambda one: (seconds(one), one.film_id),
    )
    model = level_model(card, measure)
    why = why_not_assessed(card.noise.get(measure))
    if model is None:
        return Change(measure, reference, film.film_id, Verdict.NOT_ASSESSED, NothingComparedBasis(), why)
    alike = [
        index
        for index, one in enumerate(stay)
        if is_before(one, film) and comparability_of(one, film) is not Comparability.MIXED
    ]
    if not alike:
        why_not = _why_no_level(film, stay)
        return Change(measure, reference, film.film_id, why_not.verdict, NothingComparedBasis(), why_not)
    smoothed = smooth_against_last(filter_levels(film_moments(stay, measure, card=card, policy=policy), model))
    pick = min if reference is Reference.LOWEST else max
    place = pick(alike, key=lambda index: smoothed[index][0].level)
    return level_change(film, stay, place, smoothed, measure=measure, reference=reference, card=card, policy=policy)


def _why_no_level(film: ScoredFilm, stay: Sequence[ScoredFilm]) -> NoVerdict:
    others = [other for other in stay if other is not film]
    if not others:
        return NoVerdict.NO_EARLIER_FILM
    if all(is_unordered(other, film) for other in others):
        return NoVerdict.UNORDERED
    return NoVerdict.NONE_TAKEN_ALIKE


def level_change(
    film: ScoredFilm,
    stay: Sequence[ScoredFilm],
    index: int,
    smoothed: Sequence[tuple[Moments, float]],
    *,
    measure: Measure,
    reference: Reference,
    card: ScorerCard,
    policy: TrendPolicy,
) -> Change:
    """Compare the level at a film with that at an earlier one of its stay, as `against_extreme` does.

    Parameters
    ----------
    film : ScoredFilm
        The last of `stay`.
    stay : sequence of ScoredFilm
        The films of its stay up to it, in order of time and id.
    index : int
        Place of the earlier film.
    smoothed : sequence of (Moments, float)
        Of each of `stay`, from all of them (`core.trend.state_space.smooth_against_last`).
    """
    earlier = stay[index]
    moved = difference(smoothed, index)
    found = facts_of((film,), (earlier,), measure) | findings(moved, policy.important_change(measure), policy)
    if unmeasured := acquisitions_without_pairs(card, *stay):
        found |= {**NOTHING_STATED, "unmeasured": unmeasured}
    if found["verdict"] in DROPS and not is_surely_after((film,), stay):
        found |= withheld(NoVerdict.TIME_IN_DOUBT)
        return Change(measure, reference, film.film_id, because=LEVEL_IN_DOUBT, change=moved.mean, **found)
    levels = smoothed[index][0].level, smoothed[-1][0].level
    basis = LevelBasis(film, earlier, levels, moved.sd, len(stay), policy)
    return Change(measure, reference, film.film_id, because=basis, change=moved.mean, **found)
