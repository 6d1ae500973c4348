"""Intervals by resampling patients, so that a patient with many films does not count as many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic_core.core_schema import CoreSchema, no_info_plain_validator_function

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % patient-bootstrap interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of_list(cls, figures: Sequence[float | None]) -> Estimate:
        """Return the estimate that `as_list` wrote; what it wrote as None is NaN.

        Raises
        ------
        ValueError
            These are not three numbers.
        """
        try:
            value, low, high = (np.nan if figure is None else float(figure) for figure in figures)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{figures!r} is no estimate. Expected [value, low, high].") from error
        return cls(value, low, high)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> CoreSchema:
        return no_info_plain_validator_function(cls.of_list)

    def as_list(self) -> list[float | None]:
        """Return value, low and high, rounded to three decimals; None where the films do not determine a figure."""
        return [None if np.isnan(figure) else round(figure, 3) for figure in (self.value, self.low, self.high)]

    def in_words(self, form: str = ".2f", *, undetermined: str = "not determined") -> str:
        """Return for example "0.91 (0.76 to 1.09)"; `form` is a format of numbers."""
        if np.isnan(self.value):
            return undetermined
        if np.isnan(self.low) or np.isnan(self.high):
            return f"{self.value:{form}} (no interval)"
        return f"{self.value:{form}} ({self.low:{form}} to {self.high:{form}})"


def interval(figures: Sequence[float | None]) -> str:
    """Return what `Estimate.as_list` wrote in words."""
    return Estimate.of_list(figures).in_words()


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
    return estimate(figure(np.arange(len(patients))), drawn)


def resampled_counts(patients: Sequence[str], *, resamples: int = 1000, seed: int = 0) -> NDArray[np.float64]:
    """Return how often each row is drawn, so that many figures are computed from the same draws at once.

    Parameters
    ----------
    patients : sequence of str
        Patient of each row.

    Returns
    -------
    array (1 + resamples, rows)
        The first line is 1 throughout: the rows as they are. The others are the draws of `patient_bootstrap`.
    """
    names, patient_of_row = np.unique(np.asarray(patients), return_inverse=True)
    drawn = np.random.default_rng(seed).integers(len(names), size=(resamples, len(names)))
    counts = np.ones((resamples + 1, len(names)))
    # One histogram for all draws: each draw counts in a range of its own.
    of_draw = drawn + len(names) * np.arange(resamples)[:, None]
    counts[1:] = np.bincount(of_draw.ravel(), minlength=resamples * len(names)).reshape(resamples, len(names))
    return counts[:, patient_of_row]


def estimate(value: float, drawn: Sequence[float] | NDArray[np.float64]) -> Estimate:
    """Return a figure with the percentile interval of `drawn`, its value in each resample; NaN are left out."""
    tail = 100 * (1 - LEVEL) / 2
    known = np.asarray(drawn)[~np.isnan(drawn)]
    low, high = np.percentile(known, (tail, 100 - tail)) if len(known) else (np.nan, np.nan)
    return Estimate(value, float(low), float(high))


def rate_estimate(rate: float, drawn: NDArray[np.float64], patient_days: float) -> Estimate:
    """Return events per 100 patient-days with their interval.

    Where no event was seen in any resample the upper end is that of the rule of three, ``300 / days`` per 100: nothing
    seen is not nothing there (Hanley and Lippman-Hand, JAMA 1983;249:1743-1745).
    """
    if not rate and not drawn.any():
        return Estimate(0.0, 0.0, 300 / patient_days)
    return estimate(rate, drawn)
