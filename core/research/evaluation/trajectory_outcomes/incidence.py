"""Cumulative incidence of release with death competing (Aalen-Johansen)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from core.evaluation.evidence.trajectory_outcomes import Incidence
from core.research.evaluation.trajectory_outcomes.landmark import AtLandmark

DAYS = (7, 14, 28)
"""After the landmark; at these incidence and numbers at risk are told."""

_RELEASE, _DEATH = 1, 2


def release_incidence(group: str, patients: Sequence[AtLandmark]) -> Incidence:
    """Return the cumulative incidence of a group of one patient or more."""
    days = np.array([patient.days_after for patient in patients])
    events = np.array([_DEATH if patient.died else _RELEASE for patient in patients])
    n_released = int((events == _RELEASE).sum())
    if not n_released:
        curve = [(0.0, 0.0), (float(days.max()), 0.0)]
        release: list[tuple[float, float | None, float | None]] = [(0.0, None, None) for _day in DAYS]
    else:
        curve, release = _fitted(days, events)
    return Incidence(
        group=group,
        n_patients=len(patients),
        n_released=n_released,
        n_died=len(patients) - n_released,
        release=tuple(release),
        at_risk=tuple(int((days >= day).sum()) for day in DAYS),
        curve=tuple(curve),
    )


def _fitted(
    days: np.ndarray, events: np.ndarray
) -> tuple[list[tuple[float, float]], list[tuple[float, float | None, float | None]]]:
    from lifelines import AalenJohansenFitter  # noqa: PLC0415 - an extra; who draws or reads curves does not need it

    # Days are tied: lifelines moves them apart by less than a thousandth of a day, with a seed.
    fitter = AalenJohansenFitter(seed=0, jitter_level=1e-4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitter.fit(days, events, event_of_interest=_RELEASE)
    times = fitter.cumulative_density_.index.to_numpy(dtype=np.float64)
    values = fitter.cumulative_density_.to_numpy(dtype=np.float64)[:, 0]
    bands = fitter.confidence_interval_.to_numpy(dtype=np.float64)
    release = []
    for day in DAYS:
        place = int(np.searchsorted(times, day + 0.01, side="right")) - 1
        low, high = (float(end) if np.isfinite(end) else None for end in bands[place])
        release.append((float(values[place]), low, high))
    return list(zip(times.tolist(), values.tolist(), strict=True)), release
