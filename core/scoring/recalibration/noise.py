"""The noise of a scorer's change on a scale that a line has stretched."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

from core.types import ChangeNoise, LevelNoise

_DECIMALS = 4


def at_slope(noise: ChangeNoise, slope: float) -> ChangeNoise:
    """Return the noise of a change whose predicted changes are `slope` times as large.

    The expert's change is what it was, so ``slope of noise x predicted change + error`` keeps its error (`sd`) and
    divides its slope: every probability of a change stays, but for scores at an end of the scale.

    `raw_sd`, the SD of predicted minus expert's change, moves with the predicted one. With P the mean squared predicted
    change, its square is ``raw_sd^2 + (slope - 1) (slope + 1 - 2 noise.slope) P``, as the fit through the origin leaves
    error and predicted change uncorrelated; P follows from ``expert_sd^2 = noise.slope^2 P + sd^2``. Where that
    does not determine P, it is left out.
    """
    source = f"{noise.source} Carried over to this site's scale by the line's slope of {slope:.2f}."
    own_slope = round(noise.slope / slope, _DECIMALS)
    return replace(noise, slope=own_slope, raw_sd=_raw_sd(noise, slope), source=source)


def level_at_slope(noise: LevelNoise, slope: float) -> LevelNoise:
    """Return the noise of a level, all of it stated on the scale of the scores, on that scale stretched."""
    scaled = ("process_sd", "process_low", "process_high", "bias_sd", "film_sd", "film_low", "film_high")
    stated = {name: getattr(noise, name) for name in scaled}
    values = {name: round(value * slope, _DECIMALS) for name, value in stated.items() if value is not None}
    return replace(noise, **values, source=f"{noise.source} Multiplied by the line's slope of {slope:.2f}.")


def _raw_sd(noise: ChangeNoise, slope: float) -> float | None:
    if noise.raw_sd is None or noise.expert_sd is None or noise.slope == 0 or noise.expert_sd <= noise.sd:
        return None
    power = (noise.expert_sd**2 - noise.sd**2) / noise.slope**2
    squared = noise.raw_sd**2 + (slope - 1) * (slope + 1 - 2 * noise.slope) * power
    # The best line's error is the least there is.
    return round(sqrt(max(squared, noise.sd**2)), _DECIMALS)
