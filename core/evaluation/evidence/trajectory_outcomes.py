"""Release from intensive care by course at a landmark: `trend-outcomes.json`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Incidence:
    """Patients of one group.

    Attributes
    ----------
    release : tuple of (value, low, high)
        Cumulative incidence of release alive at `DAYS`, 0-1, with its 95 % interval (of log-log; None where there is
        none).
    at_risk : tuple of int
        Still in intensive care just before each of `DAYS`.
    curve : tuple of (day, incidence)
        Of release, for the figure.
    """

    group: str
    n_patients: int
    n_released: int
    n_died: int
    release: tuple[tuple[float, float | None, float | None], ...]
    at_risk: tuple[int, ...]
    curve: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class TrajectoryOutcomes:
    """What the landmark tells of release.

    Attributes
    ----------
    detector : str
        Whose flags.
    days : tuple of int
        After the landmark.
    n_stays, n_before_landmark, n_without_film : int
        Stays; those that ended by the landmark; those beyond it without a film up to it, in no group of level.
    n_deaths : int
        After the landmark.
    median_level : float
        Divides low from high.
    groups : tuple of Incidence
    warnings : tuple of str
    """

    model: str
    model_version: str
    detector: str
    landmark_days: int
    days: tuple[int, ...]
    n_stays: int
    n_before_landmark: int
    n_without_film: int
    n_deaths: int
    median_level: float
    groups: tuple[Incidence, ...]
    warnings: tuple[str, ...]
