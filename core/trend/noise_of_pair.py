"""Which of the measured noises of a card holds for two films, and whether it allows a verdict."""

from __future__ import annotations

from core.trend.comparability import comparability_of, gap_hours_between
from core.trend.true_change import TrueChange
from core.trend.types import Comparability, NoVerdict, ScoredFilm, TrendPolicy
from core.trend.wording import acquisition_in_words
from core.types import ChangeNoise, Measure, PairClass, ScorerCard, ViewPosition

SOON_HOURS = 72.0
DIFFERENTLY = (PairClass.VIEW, PairClass.POSITION)
"""The classes of films taken differently."""


def pair_class(earlier: ScoredFilm, later: ScoredFilm) -> PairClass:
    """Return how two films belong together; films that differ in projection are VIEW whatever their positions."""
    if comparability_of(earlier, later) is not Comparability.MIXED:
        return PairClass.SOON if gap_hours_between(earlier, later) <= SOON_HOURS else PairClass.LATER
    views = {earlier.view_position, later.view_position}
    return PairClass.VIEW if len(views - {ViewPosition.UNKNOWN}) > 1 else PairClass.POSITION


def noise_of_pair(card: ScorerCard, measure: Measure, earlier: ScoredFilm, later: ScoredFilm) -> ChangeNoise | None:
    """Return the noise of the class of the two films, else of all films taken alike or differently, None for neither.

    A scorer whose noise was not measured on films taken alike has none for films taken differently either.
    """
    if measure not in card.noise:
        return None
    kind = pair_class(earlier, later)
    whole = (card.mixed_noise if kind in DIFFERENTLY else card.noise).get(measure)
    return card.class_noise.get(measure, {}).get(kind, whole)


def acquisitions_without_pairs(card: ScorerCard, *films: ScoredFilm) -> tuple[str, ...]:
    """Return how films were taken on whose projection the noise of a change was never measured, each once."""
    return tuple(
        dict.fromkeys(acquisition_in_words(film) for film in films if film.view_position not in card.change_views)
    )


def why_not_assessed(noise: ChangeNoise | None) -> NoVerdict | None:
    """Return why a scorer's changes get no verdict, None where they do."""
    if noise is None:
        return NoVerdict.NOISE_NOT_MEASURED
    return None if noise.slope > 0 else NoVerdict.NOISE_WITHOUT_RELATION


def is_beyond_mixed_noise(change: float, noise: ChangeNoise | None, policy: TrendPolicy) -> bool:
    """Return True where a change between films taken differently is more than their measured error.

    The same test as for a rise or drop, with the noise of the mixed class; False where that was not measured.
    """
    if noise is None or why_not_assessed(noise):
        return False
    true_change = TrueChange.given(change, noise)
    return max(true_change.p_above(0.0), true_change.p_below(0.0)) >= policy.p_rise
