"""Which of the measured noises of a card holds for two films, and whether it allows a verdict."""

from __future__ import annotations

from core.trend.comparability import comparability_of
from core.trend.true_change import TrueChange, findings
from core.trend.types import Comparability, NoVerdict, ScoredFilm, TrendPolicy, Verdict
from core.trend.wording import acquisition_in_words
from core.types import ChangeNoise, Measure, ScorerCard


def noise_of_pair(card: ScorerCard, measure: Measure, earlier: ScoredFilm, later: ScoredFilm) -> ChangeNoise | None:
    """Return the noise of all films taken alike, or of all taken differently; None where it was not measured.

    That of a class of pairs (`ScorerCard.class_noise`) is not used: with the few pairs of each, a verdict by it found
    fewer of the experts' changes at as many false ones. A scorer whose noise was not measured on films taken alike has
    none for films taken differently either.
    """
    if measure not in card.noise:
        return None
    mixed = comparability_of(earlier, later) is Comparability.MIXED
    return (card.mixed_noise if mixed else card.noise).get(measure)


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


def is_beyond_mixed_noise(change: float, noise: ChangeNoise | None, measure: Measure, policy: TrendPolicy) -> bool:
    """Return True where a change between films taken differently is large beside their measured error.

    The same test as for a large rise or drop, with the noise of the mixed class; False where that was not measured.
    """
    if noise is None or why_not_assessed(noise):
        return False
    found = findings(TrueChange.given(change, noise), policy.important_change(measure), policy)
    return found["verdict"] in {Verdict.LARGE_RISE, Verdict.LARGE_DROP}
