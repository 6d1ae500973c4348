"""A base model's score put on a site's readers' scale."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.scoring.recalibration.values import MeasureLine, Recalibration
from core.types import Interval, Measure, Score

DECIMALS = 3
"""Of scores and the ends of their intervals."""


def recalibrated_score(score: Score, recalibration: Recalibration) -> Score:
    """Return the score with the recalibrated measures on the readers' scale, in total and per lung.

    Both lungs together make up the total: each passes through the line with half of its offset, and what the end of
    a lung's scale cuts off goes to the other lung. Opaque shares and Brixia zones stay as the base gives them.
    """
    changed: dict[str, Any] = {"model": recalibration.model, "model_version": recalibration.version}
    for measure, line in recalibration.lines.items():
        name, value = measure.value, score.value(measure)
        total = round(line.of(value, measure), DECIMALS)
        changed |= {name: total, f"{name}_interval": _interval(score.interval(measure), value, total, line, measure)}
        right, left = getattr(score, f"{name}_right"), getattr(score, f"{name}_left")
        if right is not None and left is not None:
            lungs = _lungs(right, left, total, line, measure)
            changed |= dict(zip((f"{name}_right", f"{name}_left"), lungs, strict=True))
    return replace(score, **changed)


def half_width(interval: Interval, value: float) -> float:
    """Return the half width of an interval that the ends of the scale may have cut off on one side, points."""
    return max(interval.high - value, value - interval.low)


def _interval(
    interval: Interval | None, value: float, total: float, line: MeasureLine, measure: Measure
) -> Interval | None:
    if interval is None or line.width is None or (interval.low <= 0 and interval.high >= measure.maximum):
        return interval
    reach = line.width * half_width(interval, value)
    low, high = max(0.0, total - reach), min(measure.maximum, total + reach)
    return Interval(round(low, DECIMALS), round(high, DECIMALS), interval.level)


def _lungs(right: float, left: float, total: float, line: MeasureLine, measure: Measure) -> tuple[float, float]:
    top = measure.maximum / 2
    share = (total - line.slope * (right + left)) / 2
    # The other lung takes the rest, so it bounds this one too.
    low, high = max(0.0, total - top), min(top, total)
    new_right = round(min(max(line.slope * right + share, low), high), DECIMALS)
    return new_right, round(total - new_right, DECIMALS)
