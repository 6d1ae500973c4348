"""Is the change between two films real? Judged by the scorer's measured noise of a change, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import erfc, inf, sqrt
from statistics import NormalDist
from typing import Any, Self

from core.trend.comparability import (
    comparability_of,
    gap_hours_between,
    gap_in_days_only,
    is_before,
)
from core.trend.judged_wording import judged_basis
from core.trend.noise_of_pair import noise_of_pair
from core.trend.types import Change, Comparability, Reference, ScoredFilm, TrendPolicy, Verdict
from core.trend.wording import (
    COMPARE_THE_FILMS,
    END_OF_SCALE,
    NOISE_NOT_MEASURED,
    NOISE_WITHOUT_RELATION,
    measured_on,
    noise_in_words,
    pair_in_words,
    saturation_in_words,
    taking,
)
from core.types import ChangeNoise, Interval, Measure, ScorerCard

INTERVAL_LEVEL = 0.95
LEAST_ALIKE_FIRST = (Comparability.MIXED, Comparability.UNKNOWN, Comparability.COMPARABLE)


@dataclass(frozen=True)
class TrueChange:
    """What the measured noise says of the true change: normal, mean ``slope * change``, SD in points."""

    mean: float
    sd: float

    @classmethod
    def given(
        cls, change: float, noise: ChangeNoise, *, widening: float = 1.0, films: tuple[int, int] = (1, 1)
    ) -> Self:
        """Return the distribution of the expert's change, given the scored one between means of so many films."""
        slope, sd = noise.of_means(*films)
        return cls(slope * change, sd * widening)

    def p_above(self, threshold: float) -> float:
        """Return P(true change > threshold), 0-1."""
        return 0.5 * erfc((threshold - self.mean) / (self.sd * sqrt(2)))

    def p_below(self, threshold: float) -> float:
        """Return P(true change < threshold), 0-1."""
        return 0.5 * erfc((self.mean - threshold) / (self.sd * sqrt(2)))

    def interval(self, level: float = INTERVAL_LEVEL) -> Interval:
        """Return the central interval."""
        half = standard_quantile(0.5 + level / 2) * self.sd
        return Interval(self.mean - half, self.mean + half, level)


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
    comes from few pairs; films of one side show one level. False alarms: of stable pairs, 2.5 % read as a rise and
    2.5 % as a drop at the default 0.975, if the noise holds for them and slope is 1.

    Parameters
    ----------
    now, before : sequence of ScoredFilm
        One or more each, the newest first. CANNOT_TELL where one of `before` was taken differently from one of `now`.

    Returns
    -------
    Change
        Of the newest film of `now`; its reference film is the newest of `before`. NOT_ASSESSED where the card has no
        noise for `measure` (or one whose slope is not positive: such a scorer's changes do not follow the experts').

    Raises
    ------
    ValueError
        A film of `before` was not certainly taken before those of `now`, or they are of several stays or scorers.
    """
    _refuse_invalid(now, before)
    film, earlier = now[0], before[0]
    levels = mean_score(before, measure), mean_score(now, measure)
    facts = facts_of(now, before, measure)
    change = Change(measure, reference, film.film_id, Verdict.NOT_ASSESSED, "", change=levels[1] - levels[0], **facts)
    not_assessed = why_not_assessed(card.noise.get(measure))
    noise = noise_of_pair(card, measure, earlier, film)
    if not_assessed:
        pair = f"{measure.label} {pair_in_words(film, earlier, measure)}."
        return replace(change, basis=f"{not_assessed} {pair}")
    if noise is None or change.comparability is Comparability.MIXED:
        return replace(change, verdict=Verdict.CANNOT_TELL, basis=_mixed_basis(film, earlier, measure, noise, policy))
    return _judged(change, (now, before), levels, noise, policy)


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
    return _true_change(size, noise, _least_alike(now, before), (len(now), len(before)), policy)


def _true_change(
    size: float, noise: ChangeNoise, alike: Comparability | None, films: tuple[int, int], policy: TrendPolicy
) -> TrueChange:
    widening = policy.unknown_position_widening if alike is Comparability.UNKNOWN else 1.0
    return TrueChange.given(size, noise, widening=widening, films=films)


def _least_alike(now: Sequence[ScoredFilm], before: Sequence[ScoredFilm]) -> Comparability:
    if len(now) == len(before) == 1:
        return comparability_of(before[0], now[0])
    kinds = {comparability_of(one, other) for other in now for one in before}
    return next(kind for kind in LEAST_ALIKE_FIRST if kind in kinds)


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
        "comparability": _least_alike(now, before),
        "saturated": max(scores) >= measure.maximum - END_OF_SCALE or min(scores) <= END_OF_SCALE,
    }


def why_not_assessed(noise: ChangeNoise | None) -> str:
    """Return why a scorer's changes get no verdict, "" where they do."""
    if noise is None:
        return NOISE_NOT_MEASURED
    return "" if noise.slope > 0 else NOISE_WITHOUT_RELATION


def is_beyond_mixed_noise(change: float, noise: ChangeNoise | None, policy: TrendPolicy) -> bool:
    """Return True where a change between films taken differently is more than their measured error.

    The same test as for a rise or drop, with the noise of the mixed class; False where that was not measured.
    """
    if noise is None or why_not_assessed(noise):
        return False
    true_change = TrueChange.given(change, noise)
    return max(true_change.p_above(0.0), true_change.p_below(0.0)) >= policy.p_rise


def _refuse_invalid(now: Sequence[ScoredFilm], before: Sequence[ScoredFilm]) -> None:
    film = now[0]
    for one in (*now, *before):
        if one.stay_id != film.stay_id or (one.score.model, one.score.model_version) != (
            film.score.model,
            film.score.model_version,
        ):
            message = (
                f"Films {one.film_id} and {film.film_id} are of different stays or scorers. "
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


def _judged(
    change: Change,
    sides: tuple[Sequence[ScoredFilm], Sequence[ScoredFilm]],
    levels: tuple[float, float],
    noise: ChangeNoise,
    policy: TrendPolicy,
) -> Change:
    films = len(sides[0]), len(sides[1])
    true_change = _true_change(change.change or 0.0, noise, change.comparability, films, policy)
    important = policy.important_change(change.measure)
    judged = with_verdict(change, true_change, important, policy, per_point=noise.of_means(*films)[0])
    return with_basis(judged, judged_basis(judged, *sides, levels, noise=noise, policy=policy))


def with_basis(change: Change, basis: str) -> Change:
    """Return `change` with these words; `dataclasses.replace` would walk through every field."""
    return Change(**{**change.__dict__, "basis": basis})


def with_verdict(
    change: Change, true_change: TrueChange, important: float, policy: TrendPolicy, *, per_point: float = 1.0
) -> Change:
    """Return `change` with verdict, probabilities, and from where on it would have been another verdict.

    Parameters
    ----------
    important : float
        Smallest important change, points.
    per_point : float
        True change expected per point of `change.change`.
    """
    real = standard_quantile(policy.p_rise) * true_change.sd
    large = max(real, important + standard_quantile(policy.p_large) * true_change.sd)
    found: dict[str, Any] = {
        "verdict": verdict_of(true_change, important, policy),
        "expected_change": true_change.mean,
        "interval": true_change.interval(),
        "p_rise": true_change.p_above(0.0),
        "p_drop": true_change.p_below(0.0),
        "p_large_rise": true_change.p_above(important),
        "p_large_drop": true_change.p_below(-important),
        "called_real_from": real / per_point,
        "called_large_from": large / per_point,
    }
    return Change(**{**change.__dict__, **found})


@cache
def standard_quantile(probability: float) -> float:
    """Return the value that a standard normal variable stays below with this probability; without bound at 0 and 1."""
    if probability in {0.0, 1.0}:
        return inf if probability else -inf
    return NormalDist().inv_cdf(probability)


def verdict_of(true_change: TrueChange, important: float, policy: TrendPolicy) -> Verdict:
    """Return the verdict on what is known of a true change; `important` is the smallest important one, points."""
    # A large rise is a rise first, so that the verdicts are in order of the change whatever the settings.
    if true_change.p_above(0.0) >= policy.p_rise:
        return Verdict.LARGE_RISE if true_change.p_above(important) >= policy.p_large else Verdict.RISE
    if true_change.p_below(0.0) >= policy.p_rise:
        return Verdict.LARGE_DROP if true_change.p_below(-important) >= policy.p_large else Verdict.DROP
    return Verdict.NO_REAL_CHANGE


def _mixed_basis(
    film: ScoredFilm, earlier: ScoredFilm, measure: Measure, noise: ChangeNoise | None, policy: TrendPolicy
) -> str:
    change = film.score.value(measure) - earlier.score.value(measure)
    differently = f"which was taken differently (then {taking(earlier)}, now {taking(film)})"
    sentences = [
        COMPARE_THE_FILMS,
        f"{measure.label} {pair_in_words(film, earlier, measure)}, {differently}.",
    ]
    if noise is None or why_not_assessed(noise):
        sentences.append("The error between films taken differently was not measured for this scorer.")
    elif is_beyond_mixed_noise(change, noise, policy):
        sentences.append(
            f"The difference of {change:+.1f} is beyond the error between films taken differently, "
            f"{noise_in_words(noise)}: look at the films."
        )
    else:
        sentences.append(
            f"The difference of {change:+.1f} is within the error between films taken differently, "
            f"{noise_in_words(noise)}; that does not show that nothing changed."
        )
    if noise is not None and not why_not_assessed(noise):
        sentences.append(measured_on(noise))
    sentences.append(saturation_in_words(film, earlier, measure))
    return " ".join(sentence for sentence in sentences if sentence)
