"""Two detectors at equal sensitivity, on the same series: how many false flags each raises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.bootstrap import estimate, rate_estimate
from core.evaluation.evidence.simulation import Matched
from core.evaluation.flagging import new_flags

Values = NDArray[np.float64]

_ALMOST = 1e-12


@dataclass(frozen=True, eq=False)
class Strengths:
    """What one detector said of simulated patients.

    Attributes
    ----------
    name : str
    stable : array (patients, films)
        Strengths of flags on stable series: all of them are false.
    rising : array (other patients,)
        The strongest flag of each soon after the true rise.
    """

    name: str
    stable: Values
    rising: Values


@dataclass(frozen=True)
class EqualSensitivity:
    """Where two detectors are compared: at the sensitivity that one of them has at a threshold, or at a given one.

    Attributes
    ----------
    label : str
    threshold_of : str
        Name of the detector that is left as it is; "" where both are set to `sensitivity`.
    threshold, sensitivity : float
        One of them counts.
    """

    label: str
    threshold_of: str = ""
    threshold: float = np.nan
    sensitivity: float = np.nan


def match(
    detector: Strengths,
    naive: Strengths,
    at: EqualSensitivity,
    *,
    days: float,
    resamples: int = 500,
    seed: int = 0,
) -> Matched:
    """Compare false flags at equal sensitivity; 95 % intervals by resampling patients.

    In every resample the thresholds are matched anew, so that the interval holds the uncertainty of the match. Patients
    of the stable and of the rising series are drawn apart, being others.

    Parameters
    ----------
    days : float
        That each patient was watched.
    """
    generator = np.random.default_rng(seed)
    rises, stables = len(naive.rising), len(naive.stable)
    rates = np.empty((resamples + 1, 2))
    for draw in range(resamples + 1):
        rising = np.arange(rises) if draw == 0 else generator.integers(rises, size=rises)
        stable = np.arange(stables) if draw == 0 else generator.integers(stables, size=stables)
        counts = np.bincount(stable, minlength=stables).astype(np.float64)
        thresholds = _thresholds(detector, naive, at, rising)
        rates[draw] = [
            counts @ new_flags(strengths.stable, one).sum(axis=1)
            for strengths, one in zip((detector, naive), thresholds, strict=True)
        ]
    rates *= 100 / (stables * days)
    own, peer = _thresholds(detector, naive, at, np.arange(rises))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(rates[:, 1] > 0, rates[:, 0] / rates[:, 1], np.nan)
    differences = rates[:, 0] - rates[:, 1]
    return Matched(
        detector=detector.name,
        naive=naive.name,
        at=at.label,
        both_free=at.threshold_of != naive.name,
        sensitivity=float(np.mean(detector.rising >= own)),
        naive_sensitivity=float(np.mean(naive.rising >= peer)),
        false_flags=rate_estimate(float(rates[0, 0]), rates[1:, 0], stables * days),
        naive_false_flags=rate_estimate(float(rates[0, 1]), rates[1:, 1], stables * days),
        ratio=estimate(float(ratios[0]), ratios[1:]),
        difference=estimate(float(differences[0]), differences[1:]),
    )


def matched_threshold(rising: Values, sensitivity: float) -> float:
    """Return the strictest threshold at which at least this share of `rising` is flagged.

    Infinite for a share of nothing; the loosest threshold where the share cannot be reached.
    """
    needed = int(np.ceil(sensitivity * len(rising) - _ALMOST))
    flagged = np.sort(rising[rising > -np.inf])[::-1]
    if needed <= 0 or not len(flagged):
        return np.inf
    return float(flagged[min(needed, len(flagged)) - 1])


def _thresholds(
    detector: Strengths, naive: Strengths, at: EqualSensitivity, rows: NDArray[np.intp]
) -> tuple[float, float]:
    fixed = next((strengths for strengths in (detector, naive) if strengths.name == at.threshold_of), None)
    wanted = at.sensitivity if fixed is None else float(np.mean(fixed.rising[rows] >= at.threshold))
    own, peer = (
        at.threshold if strengths is fixed else matched_threshold(strengths.rising[rows], wanted)
        for strengths in (detector, naive)
    )
    return own, peer
