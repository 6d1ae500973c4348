"""Which of the measured noises of a card holds for two films."""

from __future__ import annotations

from core.trend.comparability import comparability_of, gap_hours_between
from core.trend.types import Comparability, ScoredFilm
from core.types import ChangeNoise, Measure, PairClass, ScorerCard, ViewPosition

SOON_HOURS = 72.0


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
    mixed = comparability_of(earlier, later) is Comparability.MIXED
    whole = (card.mixed_noise if mixed else card.noise).get(measure)
    return card.class_noise.get(measure, {}).get(pair_class(earlier, later), whole)
