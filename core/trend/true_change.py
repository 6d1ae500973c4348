"""What is known of a true change, and the verdict on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import erfc, inf, sqrt
from statistics import NormalDist
from types import MappingProxyType
from typing import Any, Self

from core.trend.types import NoVerdict, TrendPolicy, Verdict
from core.types import ChangeNoise, Interval

INTERVAL_LEVEL = 0.95
SQRT_2 = sqrt(2)

NOTHING_STATED: Mapping[str, None] = MappingProxyType(
    dict.fromkeys(("expected_change", "interval", "p_rise", "p_drop", "p_large_rise", "p_large_drop"))
)
"""The fields of a `Change` that say how sure it is, where nobody measured that."""


def withheld(why: NoVerdict) -> dict[str, Any]:
    """Return the fields of a `Change` whose verdict is not said."""
    return {**NOTHING_STATED, "verdict": why.verdict, "why_not": why}


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
        return 0.5 * erfc((threshold - self.mean) / (self.sd * SQRT_2))

    def p_below(self, threshold: float) -> float:
        """Return P(true change < threshold), 0-1."""
        return 0.5 * erfc((self.mean - threshold) / (self.sd * SQRT_2))

    def interval(self, level: float = INTERVAL_LEVEL) -> Interval:
        """Return the central interval."""
        half = standard_quantile(0.5 + level / 2) * self.sd
        return Interval(self.mean - half, self.mean + half, level)


@cache
def standard_quantile(probability: float) -> float:
    """Return the value that a standard normal variable stays below with this probability; without bound at 0 and 1."""
    if probability in {0.0, 1.0}:
        return inf if probability else -inf
    return NormalDist().inv_cdf(probability)


def findings(
    true_change: TrueChange, important: float, policy: TrendPolicy, *, per_point: float = 1.0
) -> dict[str, Any]:
    """Return verdict, probabilities, and from where on it would have been another verdict: fields of a `Change`.

    Parameters
    ----------
    important : float
        Smallest important change, points.
    per_point : float
        True change expected per point of `Change.change`.
    """
    rise, drop = true_change.p_above(0.0), true_change.p_below(0.0)
    large_rise, large_drop = true_change.p_above(important), true_change.p_below(-important)
    real = standard_quantile(policy.p_rise) * true_change.sd
    large = max(real, important + standard_quantile(policy.p_large) * true_change.sd)
    # A large rise is a rise first, so that the verdicts are in order of the change whatever the settings.
    if rise >= policy.p_rise:
        verdict = Verdict.LARGE_RISE if large_rise >= policy.p_large else Verdict.RISE
    elif drop >= policy.p_rise:
        verdict = Verdict.LARGE_DROP if large_drop >= policy.p_large else Verdict.DROP
    else:
        verdict = Verdict.NO_REAL_CHANGE
    return {
        "verdict": verdict,
        "expected_change": true_change.mean,
        "interval": true_change.interval(),
        "p_rise": rise,
        "p_drop": drop,
        "p_large_rise": large_rise,
        "p_large_drop": large_drop,
        "called_real_from": real / per_point,
        "called_large_from": large / per_point,
        "per_point": per_point,
    }
