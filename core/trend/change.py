"""Is the change between two films real? Judged by the scorer's measured noise of a change, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.trend.basis import JudgedBasis, MixedBasis
from core.trend.comparability import gap_hours_between, gap_in_days_only, is_before, is_surely_after, least_alike
from core.trend.noise_of_pair import acquisitions_without_pairs, noise_of_pair, why_not_assessed
from core.trend.true_change import NOTHING_STATED, TrueChange, findings, withheld
from core.trend.types import (
    Basis,
    Change,
    Comparability,
    NoVerdict,
    Reference,
    ScoredFilm,
    TrendPolicy,
    Verdict,
)
from core.trend.without_verdict import NotJudgedBasis
from core.trend.wording import DROPS, END_OF_SCALE
from core.types import ChangeNoise, Measure, ScorerCard


def compare_films(
    film: ScoredFilm,
    earlier: ScoredFilm,
    *,
    measure: Measure,
    reference: Reference,
    card: ScorerCard,
    policy: TrendPolicy,
) -> Change:
    """Compare a film with one earlier film: `compare_means` of one film each."""
    return compare_means((film,), (earlier,), measure=measure, reference=reference, card=card, policy=policy)


def compare_means(
    now: Sequence[ScoredFilm],
    before: Sequence[ScoredFilm],
    *,
    measure: Measure,
    reference: Reference,
    card: ScorerCard,
    policy: TrendPolicy,
) -> Change:
    """Compare the mean score of films with that of earlier films of the same stay and the same scorer.

    The expert's change is taken as normal with mean ``slope x scored change`` (shrinkage) and the SD that was
    measured on serial films, both for means of so many films (`ChangeNoise.of_means`), times
    `policy.unknown_position_widening` where projection or position is not stated. A rise is real from
    ``P(true change > 0) >= p_rise``; it is large when also ``P(true change > smallest important change) >= p_large``;
    drops likewise.

    Assumptions: errors normal, of one SD whatever the level and the gap; the SD taken as known although it
    comes from few pairs; films of one side show one level. The SD
    holds the readers' own scatter, so the probabilities are no rates of false alarms: those were counted against
    experts (`core.types.VerdictRecord`) and in simulation.

    Parameters
    ----------
    now, before : sequence of ScoredFilm
        One or more each, the newest first. CANNOT_TELL where one of `before` was taken differently from one of `now`,
        for a change of clinical size where the scorer's error leaves no room to call any, and for a drop where
        the clocks leave their order in doubt (`is_surely_after`).

    Returns
    -------
    Change
        Of the newest film of `now`; its reference film is the newest of `before`. NOT_ASSESSED where the card has no
        noise for `measure` (or one whose slope is not positive: such a scorer's changes do not follow the experts').
        Where the card has no pairs of films taken like these (`ScorerCard.change_views`), the verdict stands on the
        noise of the others, and neither probability nor interval is given.

    Raises
    ------
    ValueError
        A film of `before` was not certainly taken before those of `now`, or they are of several stays or scorers.
    """
    _refuse_invalid(now, before)
    film, earlier = now[0], before[0]
    levels = mean_score(before, measure), mean_score(now, measure)
    facts = facts_of(now, before, measure)
    facts["change"] = size = levels[1] - levels[0]
    not_assessed = why_not_assessed(card.noise.get(measure))
    noise = noise_of_pair(card, measure, earlier, film)
    if not_assessed:
        unjudged = NotJudgedBasis(film, earlier)
        return Change(measure, reference, film.film_id, not_assessed.verdict, unjudged, not_assessed, **facts)
    if noise is None or facts["comparability"] is Comparability.MIXED:
        why, mixed = NoVerdict.TAKEN_DIFFERENTLY, MixedBasis(film, earlier, noise, policy)
        return Change(measure, reference, film.film_id, why.verdict, mixed, why, **facts)
    films = len(now), len(before)
    true_change = _true_change(size, noise, facts["comparability"], films, policy)
    facts |= findings(true_change, policy.important_change(measure), policy, per_point=noise.of_means(*films)[0])
    if unmeasured := acquisitions_without_pairs(card, *now, *before):
        facts |= {**NOTHING_STATED, "unmeasured": unmeasured}
    # It was measured on geographic extent, and on single films with what came before.
    record = card.verdicts if measure is Measure.GEOGRAPHIC_EXTENT else None
    basis: Basis = JudgedBasis(now, before, levels, noise, policy, record)
    if not_said := _why_not_said(facts, now, before, levels[0], measure=measure, policy=policy):
        facts |= withheld(not_said)
        basis = NotJudgedBasis(film, earlier)
    return Change(measure, reference, film.film_id, because=basis, **facts)


def _why_not_said(
    facts: dict[str, Any],
    now: Sequence[ScoredFilm],
    before: Sequence[ScoredFilm],
    level: float,
    *,
    measure: Measure,
    policy: TrendPolicy,
) -> NoVerdict | None:
    """Return why a verdict that was found is not said, None where it is."""
    if _is_beyond_saying(facts, level, measure, policy):
        return NoVerdict.BEYOND_SCALE
    if facts["verdict"] in DROPS and not is_surely_after(now, before):
        return NoVerdict.TIME_IN_DOUBT
    return None


def _is_beyond_saying(facts: dict[str, Any], before: float, measure: Measure, policy: TrendPolicy) -> bool:
    """Return whether a change of clinical size is called nothing where the scale leaves no room to call any."""
    return (
        facts["verdict"] is Verdict.NO_REAL_CHANGE
        and facts["called_real_from"] is not None
        and facts["called_real_from"] > max(before, measure.maximum - before)
        and abs(facts["change"]) >= policy.important_change(measure)
    )


def true_change_between(
    now: Sequence[ScoredFilm], before: Sequence[ScoredFilm], *, measure: Measure, card: ScorerCard, policy: TrendPolicy
) -> TrueChange:
    """Return what `compare_means` judges films taken alike by, the newest first, without the words.

    Raises
    ------
    ValueError
        The noise was not measured.
    """
    noise = noise_of_pair(card, measure, before[0], now[0])
    if noise is None:
        raise ValueError(f"The noise of {measure.value} was not measured for {card.model}. Give no verdict on it.")
    size = mean_score(now, measure) - mean_score(before, measure)
    return _true_change(size, noise, least_alike(now, before), (len(now), len(before)), policy)


def _true_change(
    size: float, noise: ChangeNoise, alike: Comparability | None, films: tuple[int, int], policy: TrendPolicy
) -> TrueChange:
    widening = policy.unknown_position_widening if alike is Comparability.UNKNOWN else 1.0
    return TrueChange.given(size, noise, widening=widening, films=films)


def mean_score(films: Sequence[ScoredFilm], measure: Measure) -> float:
    """Return the mean score of one film or more, points."""
    if len(films) == 1:
        return films[0].score.value(measure)
    return sum([film.score.value(measure) for film in films]) / len(films)


def facts_of(now: Sequence[ScoredFilm], before: Sequence[ScoredFilm], measure: Measure) -> dict[str, Any]:
    """Return the fields of a `Change` that films give: which, gap, how taken, whether at an end of the scale."""
    film, earlier = now[0], before[0]
    scores = [one.score.value(measure) for one in (*now, *before)]
    return {
        "reference_film_id": earlier.film_id,
        "now_film_ids": tuple([one.film_id for one in now]),
        "before_film_ids": tuple([one.film_id for one in before]),
        "gap_hours": gap_hours_between(earlier, film),
        "gap_in_days_only": gap_in_days_only(earlier, film),
        "comparability": least_alike(now, before),
        "saturated": max(scores) >= measure.maximum - END_OF_SCALE or min(scores) <= END_OF_SCALE,
    }


def _refuse_invalid(now: Sequence[ScoredFilm], before: Sequence[ScoredFilm]) -> None:
    film = now[0]
    for other in (*now, *before):
        if other.stay_id != film.stay_id or (other.score.model, other.score.model_version) != (
            film.score.model,
            film.score.model_version,
        ):
            message = (
                f"Films {other.film_id} and {film.film_id} are of different stays or scorers. "
                "Compare films of one stay, scored by one model version."
            )
            raise ValueError(message)
    for earlier in before:
        for later in now:
            if not is_before(earlier, later):
                message = (
                    f"Film {earlier.film_id} was not certainly taken before film {later.film_id}. "
                    "Give the earlier film second; films of one day have no order."
                )
                raise ValueError(message)
