"""The noise of a change by class of pair, drawn towards that of all pairs where a class has few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.evaluation.bootstrap import patient_bootstrap
from core.research.evaluation.acquisition import stated_acquisition
from core.research.evaluation.noise.change import JudgedChange, residual_sd
from core.types import ChangeNoise, PairClass, PatientPosition, ViewPosition

PRIOR_PAIRS = 10
"""All pairs count in a class's variance like this many pairs of its own: a convention. The form is that of
variances drawn towards a common one (Smyth, Stat Appl Genet Mol Biol 2004;3:3)."""

FEWEST_PAIRS = 2
SOON_DAYS = 3


def class_of(change: JudgedChange) -> PairClass:
    """Return how the two films of a change belong together; what is not stated counts as alike."""
    (view, position), (next_view, next_position) = (stated_acquisition(view) for view in change.views)
    if view is not next_view and ViewPosition.UNKNOWN not in {view, next_view}:
        return PairClass.VIEW
    if position is not next_position and PatientPosition.UNKNOWN not in {position, next_position}:
        return PairClass.POSITION
    return PairClass.SOON if change.gap_days <= SOON_DAYS else PairClass.LATER


def taken_differently(change: JudgedChange) -> bool:
    """Return True where projection or position is stated for both films and differs."""
    return class_of(change) in {PairClass.VIEW, PairClass.POSITION}


def class_noises(
    changes: Sequence[JudgedChange], whole: ChangeNoise, *, resamples: int = 1000, seed: int = 0
) -> dict[PairClass, ChangeNoise]:
    """Return the noise of each class of the given pairs that has two pairs or more.

    The slope is that of all pairs. A class's variance is that of its n errors about ``slope x predicted change``,
    averaged with the variance of all pairs by weights n and 10. The interval resamples patients, all pairs' variance
    held.

    Parameters
    ----------
    changes : sequence of JudgedChange
        Those that `whole` was measured on: all taken alike, or all taken differently.
    whole : ChangeNoise
    """
    classes: dict[PairClass, list[JudgedChange]] = {}
    for change in changes:
        classes.setdefault(class_of(change), []).append(change)
    return {
        pair_class: _class_noise(classes[pair_class], pair_class, whole, resamples=resamples, seed=seed)
        for pair_class in PairClass
        if len(classes.get(pair_class, ())) >= FEWEST_PAIRS
    }


def _class_noise(
    pairs: Sequence[JudgedChange], pair_class: PairClass, whole: ChangeNoise, *, resamples: int, seed: int
) -> ChangeNoise:
    def drawn(rows: NDArray[np.intp]) -> float:
        own, n = _own_sd([pairs[row] for row in rows], whole.slope), len(rows)
        return float(np.sqrt((n * own**2 + PRIOR_PAIRS * whole.sd**2) / (n + PRIOR_PAIRS)))

    patients = [pair.patient_id for pair in pairs]
    sd = patient_bootstrap(drawn, patients, resamples=resamples, seed=seed)
    raw_variance = np.mean([residual_sd(pairs, 1.0, partition) ** 2 for partition in _partitions(pairs)])
    raw_whole = whole.unshrunk_sd**2
    return ChangeNoise(
        sd=round(sd.value, 4),
        slope=whole.slope,
        n_pairs=len(pairs),
        n_patients=len(set(patients)),
        sd_low=round(sd.low, 4),
        sd_high=round(sd.high, 4),
        source=f"Films {pair_class.label}, of these: {whole.source}",
        raw_sd=round(
            float(np.sqrt((len(pairs) * raw_variance + PRIOR_PAIRS * raw_whole) / (len(pairs) + PRIOR_PAIRS))), 4
        ),
        own_sd=round(_own_sd(pairs, whole.slope), 4),
        expert_sd=whole.expert_sd,
    )


def _own_sd(pairs: Sequence[JudgedChange], slope: float) -> float:
    return float(np.mean([residual_sd(pairs, slope, partition) for partition in _partitions(pairs)]))


def _partitions(pairs: Sequence[JudgedChange]) -> range:
    return range(len(pairs[0].predicted))
