"""Sensitivity, specificity and area under the ROC curve of flags, each over resampled patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.agreement import correlation
from core.evaluation.bootstrap import Estimate, patient_bootstrap
from core.evaluation.evidence.expert_flags import ChangeFigures
from core.research.evaluation.expert_flags.pairs import JudgedPairs
from core.research.evaluation.opacity.outcomes import area_under_curve

Values = NDArray[np.float64]
Rows = NDArray[np.intp]

RESAMPLES = 1000
FEWEST_EVENTS = 10
"""With fewer real changes of the expert a sensitivity tells nothing between two detectors."""


def over_partitions(
    pairs: JudgedPairs, figure: Callable[[int, Rows], float], *, resamples: int = RESAMPLES
) -> Estimate:
    """Return the mean over the partitions of a figure of (partition, rows), with its interval by patient."""

    def mean(rows: Rows) -> float:
        return float(np.mean([figure(partition, rows) for partition in range(len(pairs.predicted))]))

    return patient_bootstrap(mean, pairs.patients, resamples=resamples)


def change_figures(pairs: JudgedPairs, *, resamples: int = RESAMPLES) -> ChangeFigures:
    """Return sign agreement and correlation."""

    def sign(partition: int, rows: Rows) -> float:
        expert, predicted = pairs.expert[rows], pairs.predicted[partition, rows]
        moved = expert != 0
        return float(np.mean(np.sign(predicted[moved]) == np.sign(expert[moved]))) if moved.any() else float("nan")

    return ChangeFigures(
        sign_agreement=over_partitions(pairs, sign, resamples=resamples),
        correlation=over_partitions(
            pairs,
            lambda partition, rows: correlation(pairs.predicted[partition, rows], pairs.expert[rows]),
            resamples=resamples,
        ),
    )


@dataclass(frozen=True, eq=False)
class Ruler:
    """What flags are compared with: real changes are those of at least `real` points of 8."""

    pairs: JudgedPairs
    real: float
    resamples: int = RESAMPLES

    def mean(self, figure: Callable[[int, Rows], float]) -> Estimate:
        """Return the mean over the partitions of a figure of (partition, rows), with its interval by patient."""
        return over_partitions(self.pairs, figure, resamples=self.resamples)

    def hits(self, family: str, threshold: float, partition: int, rows: Rows) -> NDArray[np.bool_]:
        """Return whether each pair is flagged in the direction of the expert's change."""
        rise, drop = self._flagged(family, threshold, partition, rows)
        return np.where(self.pairs.expert[rows] > 0, rise, drop)

    def sensitivity(self, family: str, threshold: float, partition: int, rows: Rows) -> float:
        """Return the share of real changes that are flagged in their direction, NaN where there is none."""
        real = self._real(rows)
        return float(np.mean(self.hits(family, threshold, partition, rows)[real])) if real.any() else float("nan")

    def specificity(self, family: str, threshold: float, partition: int, rows: Rows) -> float:
        """Return the share of other pairs that are not flagged, NaN where there is none."""
        rise, drop = self._flagged(family, threshold, partition, rows)
        others = ~self._real(rows)
        return float(np.mean(~(rise | drop)[others])) if others.any() else float("nan")

    def area(self, family: str, partition: int, rows: Rows) -> float:
        """Return the area under the ROC curve of the strength of a rise, for a real rise."""
        rose = self.pairs.expert[rows] >= self.real
        # No flag at all is weaker than any: -inf keeps its rank.
        return area_under_curve(self.pairs.rise[family][partition, rows], rose)

    def threshold_for(self, family: str, sensitivity: float, partition: int, rows: Rows) -> float:
        """Return the strictest threshold at which at least this share of real changes is flagged."""
        strengths = np.where(
            self.pairs.expert[rows] > 0,
            self.pairs.rise[family][partition, rows],
            self.pairs.drop[family][partition, rows],
        )[self._real(rows)]
        needed = int(np.ceil(sensitivity * len(strengths) - 1e-12))
        return float(np.sort(strengths)[::-1][needed - 1]) if needed > 0 else np.inf

    def gain(self, family: str, threshold: float, naive: str) -> Estimate:
        """Return specificity minus that of the naive family where it finds as many real changes."""

        def difference(partition: int, rows: Rows) -> float:
            found = self.sensitivity(family, threshold, partition, rows)
            if np.isnan(found):
                return float("nan")
            matched = self.threshold_for(naive, found, partition, rows)
            own = self.specificity(family, threshold, partition, rows)
            return own - self.specificity(naive, matched, partition, rows)

        return self.mean(difference)

    def _real(self, rows: Rows) -> NDArray[np.bool_]:
        real: NDArray[np.bool_] = np.abs(self.pairs.expert[rows]) >= self.real
        return real

    def _flagged(
        self, family: str, threshold: float, partition: int, rows: Rows
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        return (
            self.pairs.rise[family][partition, rows] >= threshold,
            self.pairs.drop[family][partition, rows] >= threshold,
        )
