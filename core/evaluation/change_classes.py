"""The noise of a change by class of pair, drawn towards that of all pairs where a class has few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.evaluation.acquisition import stated_acquisition
from core.evaluation.bootstrap import patient_bootstrap
from core.evaluation.change_noise import JudgedChange, residual_sd
from core.types import ChangeNoise, PairClass, PatientPosition, ViewPosition

PRIOR_PAIRS = 10
"""All pairs count in a class's variance like this many pairs of its own: a convention. The form is that of
variances drawn towards a common one (Smyth, Stat Appl Genet Mol Biol 2004;3:3)."""

FEWEST_PAIRS = 2
PROJECTIONS = {ViewPosition.AP: PairClass.AP, ViewPosition.PA: PairClass.PA}


def class_of(change: JudgedChange) -> PairClass | None:
    """Return how the two films of a change belong together; what is not stated counts as alike.

    None: taken alike, with a projection that is not stated.
    """
    (view, position), (next_view, next_position) = (stated_acquisition(view) for view in change.views)
    if view is not next_view and ViewPosition.UNKNOWN not in {view, next_view}:
        return PairClass.VIEW
    if position is not next_position and PatientPosition.UNKNOWN not in {position, next_position}:
        return PairClass.POSITION
    return PROJECTIONS.get(view) if view is next_view else None


def taken_differently(change: JudgedChange) -> bool:
    """Return True where projection or position is stated for both films and differs."""
    return class_of(change) in {PairClass.VIEW, PairClass.POSITION}


def class_noises(
    changes: Sequence[JudgedChange], whole: ChangeNoise, *, resamples: int = 1000, seed: int = 0
) -> dict[PairClass, ChangeNoise]:
    """Return the noise of each class of the given pairs that has two pairs or more.

    A class's slope is fitted to its own pairs and to 10 more that follow the slope of all pairs, with the class's
    mean squared change. Its variance is that of its n errors about ``slope x predicted change``, averaged with the
    variance of all pairs by weights n and 10. The interval resamples patients, slope and all pairs' variance held.

    Parameters
    ----------
    changes : sequence of JudgedChange
        Those that `whole` was measured on: all taken alike, or all taken differently.
    whole : ChangeNoise
    """
    classes: dict[PairClass | None, list[JudgedChange]] = {}
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
    slope = _slope(pairs, whole.slope)

    def drawn(rows: NDArray[np.intp]) -> float:
        own, n = _own_sd([pairs[row] for row in rows], slope), len(rows)
        return float(np.sqrt((n * own**2 + PRIOR_PAIRS * whole.sd**2) / (n + PRIOR_PAIRS)))

    patients = [pair.patient_id for pair in pairs]
    sd = patient_bootstrap(drawn, patients, resamples=resamples, seed=seed)
    raw_variance = np.mean([residual_sd(pairs, 1.0, partition) ** 2 for partition in _partitions(pairs)])
    raw_whole = whole.unshrunk_sd**2
    return ChangeNoise(
        sd=round(sd.value, 4),
        slope=round(slope, 4),
        n_pairs=len(pairs),
        n_patients=len(set(patients)),
        sd_low=round(sd.low, 4),
        sd_high=round(sd.high, 4),
        source=f"Films {pair_class.label}, of these: {whole.source}",
        raw_sd=round(
            float(np.sqrt((len(pairs) * raw_variance + PRIOR_PAIRS * raw_whole) / (len(pairs) + PRIOR_PAIRS))), 4
        ),
        own_sd=round(_own_sd(pairs, slope), 4),
        expert_sd=whole.expert_sd,
    )


def _slope(pairs: Sequence[JudgedChange], of_all: float) -> float:
    """Return the mean over the partitions of the class's slope, drawn towards that of all pairs."""
    expert = np.array([pair.expert for pair in pairs])
    slopes = []
    for predicted in np.array([pair.predicted for pair in pairs]).T:
        prior = PRIOR_PAIRS * float(np.mean(predicted**2))
        power = float((predicted**2).sum()) + prior
        slopes.append((float((predicted * expert).sum()) + prior * of_all) / power if power else of_all)
    return float(np.mean(slopes))


def _own_sd(pairs: Sequence[JudgedChange], slope: float) -> float:
    return float(np.mean([residual_sd(pairs, slope, partition) for partition in _partitions(pairs)]))


def _partitions(pairs: Sequence[JudgedChange]) -> range:
    return range(len(pairs[0].predicted))
