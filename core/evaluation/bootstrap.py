"""Intervals by resampling patients, so that a patient with many films does not count as many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % patient-bootstrap interval."""

    value: float
    low: float
    high: float

    def as_list(self) -> list[float]:
        """Return value, low and high, rounded to three decimals."""
        return [round(figure, 3) for figure in (self.value, self.low, self.high)]


def patient_bootstrap(
    figure: Callable[[NDArray[np.intp]], float], patients: Sequence[str], *, resamples: int = 1000, seed: int = 0
) -> Estimate:
    """Return a figure over all rows with its percentile interval over resampled patients.

    Parameters
    ----------
    figure : callable
        Takes row numbers (with repetitions) and returns the figure; NaN where those rows do not determine it.
    patients : sequence of str
        Patient of each row.
    """
    rows_of = [np.flatnonzero(np.asarray(patients) == patient) for patient in sorted(set(patients))]
    generator = np.random.default_rng(seed)
    drawn = [
        figure(np.concatenate([rows_of[place] for place in generator.integers(len(rows_of), size=len(rows_of))]))
        for _resample in range(resamples)
    ]
    tail = 100 * (1 - LEVEL) / 2
    known = [value for value in drawn if not np.isnan(value)]
    low, high = np.percentile(known, (tail, 100 - tail)) if known else (np.nan, np.nan)
    return Estimate(figure(np.arange(len(patients))), float(low), float(high))
