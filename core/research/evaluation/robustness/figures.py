"""Figures of a scorer's robustness, and how they are kept as evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.bootstrap import Estimate, patient_bootstrap
from core.research.evaluation.robustness.scatter import Scatter
from core.types import Measure

NOTE = (
    "Absolute change of the score of one film, without expert; the films may be among those that the scorer was "
    "trained on. Medians with their 95 % interval by patient bootstrap. Scatter also holds the patients' own change."
)


@dataclass(frozen=True)
class Spread:
    """Absolute changes of a score.

    Attributes
    ----------
    median : Estimate
        Points of the scale, with its 95 % patient-bootstrap interval.
    percentile_90 : float
    """

    n_films: int
    n_patients: int
    median: Estimate
    percentile_90: float


@dataclass(frozen=True)
class Disturbed:
    """What one disturbance does.

    Attributes
    ----------
    n_lost : int
        Films that were scored as they are and could not be scored any more; in no spread.
    change : mapping of Measure to Spread
        Empty where no film was left.
    """

    disturbance: str
    n_lost: int
    change: Mapping[Measure, Spread]


@dataclass(frozen=True)
class Robustness:
    """A scorer's robustness.

    Attributes
    ----------
    strata : mapping of str to int
        Films by source and view, those that were scored.
    left_out : tuple of str
        Films of the sample that were not scored as they are, with the reason.
    disturbed : tuple of Disturbed
    lungs_swapped : mapping of Measure to Spread
        |right lung of the film - left lung of its mirror image| and the reverse, both counted; without a measure that
        the scorer does not give for each lung.
    not_tested : tuple of str
        What could not be tested with this scorer, with the reason.
    scatter : tuple of Scatter
        Empty where the data set has no serial bedside films.
    """

    model: str
    model_version: str
    seed: int
    strata: Mapping[str, int]
    left_out: tuple[str, ...]
    disturbed: tuple[Disturbed, ...]
    lungs_swapped: Mapping[Measure, Spread]
    not_tested: tuple[str, ...]
    scatter: tuple[Scatter, ...]

    def as_evidence(self) -> dict[str, Any]:
        """Return the figures as JSON can hold them, rounded; three numbers are a value and its 95 % interval."""
        return {
            "model": self.model,
            "version": self.model_version,
            "note": NOTE,
            "seed": self.seed,
            "films": dict(self.strata),
            "left_out": list(self.left_out),
            "change": {
                disturbed.disturbance: {"n_lost": disturbed.n_lost}
                | {measure.value: _spread_evidence(spread) for measure, spread in disturbed.change.items()}
                for disturbed in self.disturbed
            },
            "lungs_swapped": {m.value: _spread_evidence(spread) for m, spread in self.lungs_swapped.items()},
            "not_tested": list(self.not_tested),
            "bedside_scatter": {
                f"{scatter.measure.value}, within {scatter.within_days} d": {
                    "n_pairs": scatter.n_pairs,
                    "n_patients": scatter.n_patients,
                    "sd": scatter.sd.as_list(),
                }
                for scatter in self.scatter
            },
        }


def spread_of(rows: Sequence[tuple[str, float]], n_films: int) -> Spread:
    """Return the spread of (patient, absolute change) rows of `n_films` films."""
    patients, changes = [patient for patient, _change in rows], np.array([change for _patient, change in rows])

    def median(drawn: NDArray[np.intp]) -> float:
        return float(np.median(changes[drawn]))

    return Spread(
        n_films=n_films,
        n_patients=len(set(patients)),
        median=patient_bootstrap(median, patients),
        percentile_90=float(np.percentile(changes, 90)),
    )


def _spread_evidence(spread: Spread) -> dict[str, Any]:
    return {
        "n_films": spread.n_films,
        "n_patients": spread.n_patients,
        "median": spread.median.as_list(),
        "percentile_90": round(spread.percentile_90, 3),
    }
