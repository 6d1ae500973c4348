"""Whether the band of the level holds the level behind the scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.evaluation.bootstrap import estimate
from core.evaluation.evidence.simulation import BandCoverage
from core.research.evaluation.simulation.generator import SimulatedSeries
from core.research.evaluation.simulation.world import MEASURE
from core.trend import TrendPolicy, stay_levels
from core.trend.types import ScoredFilm
from core.types import Interval, ScorerCard

RESAMPLES = 500


def band_coverage(
    condition: str,
    course: str,
    series: SimulatedSeries,
    films: Sequence[Sequence[ScoredFilm]],
    *,
    card: ScorerCard,
    policy: TrendPolicy,
    seed: int,
) -> BandCoverage:
    """Return the coverage on the series of one course under one condition."""
    held = np.array([_held(row, series, own, card, policy) for row, own in enumerate(films)])
    generator = np.random.default_rng(seed)
    drawn = held[generator.integers(len(held), size=(RESAMPLES, len(held)))].sum(axis=1)
    n, *counts = held.sum(axis=0)
    filtered, smoothed = (
        estimate(float(count / n), drawn[:, place] / drawn[:, 0]) for place, count in enumerate(counts, start=1)
    )
    return BandCoverage(condition, course, int(n), filtered, smoothed)


def _held(
    row: int, series: SimulatedSeries, films: Sequence[ScoredFilm], card: ScorerCard, policy: TrendPolicy
) -> tuple[int, int, int]:
    """Return how many films of a patient count, and how many filtered and smoothed bands hold their level."""
    count = filtered = smoothed = 0
    (stay,) = stay_levels(films, MEASURE, card=card, policy=policy)
    for point in stay.points:
        if point.film_id is None or not 0 < series.scored[row, point.film_id] < MEASURE.maximum:
            continue
        # A simulated film's id is its place in the series.
        level = float(series.expected[row, point.film_id])
        count += 1
        filtered += _holds(point.filtered_band, level)
        smoothed += _holds(point.band, level)
    return count, filtered, smoothed


def _holds(band: Interval, level: float) -> bool:
    return band.low <= level <= band.high
