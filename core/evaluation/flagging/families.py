"""Detectors as families: the flags of a strict setting are those of the loosest one that are strong enough."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.trend import Detector, TrendPolicy, detector_names, load_detector
from core.trend.detectors.naive import RawStepDetector
from core.trend.types import FlagKind, ProposedFlag

RAW_STEP = "raw step"
"""Family of the naive detectors: one rule, of which each has another step."""

_STEPS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 3.0, 3.5)
_P_REAL = (0.6, 0.7, 0.8, 0.9, 0.95)
_P_LARGE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99)
_SMALLEST = 1e-9
"""Above 0: no change is never a rise."""


@dataclass(frozen=True)
class Setting:
    """One setting of a family.

    Attributes
    ----------
    label : str
    threshold : float
        How strong a flag must be to stand at it.
    drops : bool
        Whether drops are flagged like rises.
    """

    label: str
    threshold: float
    drops: bool = True


@dataclass(frozen=True)
class Family:
    """A detector that is assessed once, at its loosest.

    Attributes
    ----------
    name : str
    detector : Detector
    policy : TrendPolicy
        Its loosest.
    strength : callable
        Of a flag that it raises there; infinite where the detector gives no number that a threshold could be laid on.
    settings : tuple of Setting
        Of the sweep, the loosest first.
    as_used : tuple of Setting
        Those that people use, labelled with the name in the registry.
    """

    name: str
    detector: Detector
    policy: TrendPolicy
    strength: Callable[[ProposedFlag], float]
    settings: tuple[Setting, ...]
    as_used: tuple[Setting, ...]


def families_of(policy: TrendPolicy) -> tuple[Family, ...]:
    """Return every detector of the registry in its family, the measured ones before the naive one.

    Parameters
    ----------
    policy : TrendPolicy
        What a unit has set; the sweep passes through it.
    """
    loaded = {name: load_detector(name) for name in detector_names()}
    naive = {name: one for name, one in loaded.items() if isinstance(one, RawStepDetector)}
    measured = [_measured(name, one, policy) for name, one in loaded.items() if name not in naive]
    return (*measured, _raw_step(naive, policy))


def _raw_step(naive: dict[str, RawStepDetector], policy: TrendPolicy) -> Family:
    return Family(
        name=RAW_STEP,
        detector=RawStepDetector(RAW_STEP, step=0.0),
        policy=policy,
        strength=lambda flag: abs(flag.change.change or 0.0) + _SMALLEST,
        settings=tuple(Setting(f"step {step:g}", step) for step in _STEPS),
        as_used=tuple(Setting(name, max(one.step, _SMALLEST), drops=one.flags_drops) for name, one in naive.items()),
    )


def _measured(name: str, detector: Detector, policy: TrendPolicy) -> Family:
    """Return a family that is swept over the probabilities: first over that of a change, then over a large one.

    The path is one line of settings, each of which a unit may choose: below the policy's `p_rise` every real change is
    flagged (`p_large` 0); at it, the large ones alone.
    """
    real = tuple(Setting(f"P(rise) {p:g}, any size", p - 1) for p in _P_REAL if p < policy.p_rise)
    larges = sorted({*_P_LARGE, policy.p_large})
    large = tuple(Setting(f"P(rise) {policy.p_rise:g}, P(large) {p:g}", p) for p in larges)
    return Family(
        name=name,
        detector=detector,
        policy=replace(policy, p_rise=0.5, p_large=0.0),
        strength=lambda flag: probability_strength(flag, policy),
        settings=real + large,
        as_used=(Setting(name, policy.p_large),),
    )


def probability_strength(flag: ProposedFlag, policy: TrendPolicy) -> float:
    """Return P(large) of a change that is real by `policy`, else P(real) - 1; infinite without probabilities."""
    change = flag.change
    rising = flag.kind is not FlagKind.DROP
    real, large = (change.p_rise, change.p_large_rise) if rising else (change.p_drop, change.p_large_drop)
    if real is None or large is None:
        return math.inf
    return large if real >= policy.p_rise else real - 1
