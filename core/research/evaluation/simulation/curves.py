"""False flags against delay, from the strengths of flags on simulated series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.evaluation.evidence.simulation import WITHIN_FILMS, Detection
from core.evaluation.flagging import new_flags
from core.research.evaluation.simulation.courses import Values
from core.research.evaluation.simulation.generator import SimulatedSeries


def flags_per_patient(strength: Values, threshold: float) -> Values:
    """Return how many flags each patient has at a threshold, repeats of one event as one; array (patients,)."""
    flags: Values = new_flags(strength, threshold).sum(axis=1).astype(np.float64)
    return flags


def per_100_days(flags: Values, days: float) -> float:
    """Return flags per 100 patient-days of patients watched for `days` each."""
    return float(100 * flags.sum() / (len(flags) * days))


def detection(series: SimulatedSeries, strength: Values, threshold: float) -> Detection:
    """Return how soon flags of at least `threshold` come after the onset; earlier ones are false and count nothing."""
    films, hours = _delays(series, strength, threshold)
    return Detection(
        sensitivity=float(np.mean(films <= WITHIN_FILMS)),
        found=float(np.mean(np.isfinite(films))),
        median_films=_finite_median(films),
        median_hours=_finite_median(hours),
    )


def strength_within(series: SimulatedSeries, strength: Values, films: int = WITHIN_FILMS) -> Values:
    """Return the strongest flag of each patient among the first `films` films from the onset on; array (patients,)."""
    after = _films_since_onset(series)
    strongest: Values = np.where((after >= 1) & (after <= films), strength, -np.inf).max(axis=1)
    return strongest


def _delays(series: SimulatedSeries, strength: Values, threshold: float) -> tuple[Values, Values]:
    after = _films_since_onset(series)
    flagged = (after >= 1) & (strength >= threshold)
    first = flagged.argmax(axis=1)
    rows = np.arange(len(flagged))
    never = ~flagged.any(axis=1)
    hours = series.hours[rows, first] - series.onset
    return np.where(never, np.inf, after[rows, first]), np.where(never, np.inf, hours)


def _films_since_onset(series: SimulatedSeries) -> NDArray[np.intp]:
    """Return the number of each film from the onset on, counting from 1; 0 before it and where there is no film."""
    since = series.taken & (series.hours >= series.onset[:, None])
    return np.where(since, since.cumsum(axis=1), 0)


def _finite_median(delays: Values) -> float | None:
    # The lower median of an even number: no mean of a delay and infinity.
    median = float(np.sort(delays)[(len(delays) - 1) // 2])
    return round(median, 2) if np.isfinite(median) else None


def patient_days(series: SimulatedSeries) -> float:
    """Return how many days all patients together were watched."""
    return len(series.hours) * series.days


def films_per_day(series: SimulatedSeries) -> float:
    """Return the films a day of the average patient."""
    return float(series.taken.sum() / patient_days(series))
