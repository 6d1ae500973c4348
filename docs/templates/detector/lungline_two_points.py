"""Flags the changes of the measured noise that are two points or more: replace `assess` by your rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.trend import FilmTrend, ScoredFilm, TrendPolicy, load_detector
from core.types import ScorerCard

LEAST_POINTS = 2.0


@dataclass(frozen=True)
class TwoPointsDetector:
    """Keeps the verdicts of the detector by measured noise and drops its flags of smaller changes.

    Assumes what that detector assumes, and raises no flag that it does not raise: its false alarms are fewer or equal.
    """

    name: str = "two-points"

    def assess(self, films: Sequence[ScoredFilm], *, card: ScorerCard, policy: TrendPolicy) -> tuple[FilmTrend, ...]:
        """Return every film with its comparison and the flag it supports, in order of acquisition time."""
        return tuple(_without_small_flag(trend) for trend in load_detector().assess(films, card=card, policy=policy))


def _without_small_flag(trend: FilmTrend) -> FilmTrend:
    size = trend.flag.change.change if trend.flag else None
    return replace(trend, flag=None) if size is not None and abs(size) < LEAST_POINTS else trend
