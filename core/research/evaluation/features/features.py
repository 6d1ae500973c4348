"""How many outputs of a network does a linear reading of severity need? The study of Cohen et al. 2020, Table 2.

For each set of outputs a linear regression of the experts' value is fitted on the films of half the patients and judged
on those of the others, over many random halves. Source: Cohen JP et al., Cureus 2020;12(7):e9448,
doi:10.7759/cureus.9448.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.model_selection import GroupShuffleSplit

from core.errors import DataSetInvalidError
from core.evaluation.agreement import correlation
from core.types import Measure

Values = NDArray[np.float64]

SPLITS = 50
FEWEST_FILMS, FEWEST_PATIENTS = 20, 6
CONSTANT = "constant"
"""The set of no outputs: always the mean of the other half."""


@dataclass(frozen=True, eq=False)
class FeatureSet:
    """One set of a network's outputs.

    Attributes
    ----------
    columns : tuple of str
    values : array (partitions, films, columns)
        One partition for a network that learned nothing from these films; else one per cross-validation, in which
        every film was seen by a network that had not learned from its patient. Split number i reads partition i modulo
        their number.
    """

    name: str
    columns: tuple[str, ...]
    values: Values


@dataclass(frozen=True)
class FeatureSource:
    """A network's outputs of the films it may be judged on.

    Attributes
    ----------
    film_ids : tuple of str
        The films of every set, in its order.
    remarks : tuple of str
        Where the outputs come from, and what to hold against them.
    left_out : mapping of str to tuple of str
        Films that have no part, by reason.
    """

    model: str
    model_version: str
    film_ids: tuple[str, ...]
    sets: tuple[FeatureSet, ...]
    remarks: tuple[str, ...]
    left_out: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Spread:
    """Mean and SD (n - 1) of a figure over the random halves; None where no half determines it."""

    mean: float | None
    sd: float | None


@dataclass(frozen=True)
class FeatureRow:
    """One set of outputs read for one measure; each figure of the half whose patients were not fitted on."""

    measure: Measure
    features: str
    n_features: int
    r: Spread
    r2: Spread
    mae: Spread
    mse: Spread


def read_linearly(
    sets: Sequence[FeatureSet],
    experts: Values,
    patients: Sequence[str],
    measure: Measure,
    *,
    splits: int = SPLITS,
    seed: int = 0,
) -> tuple[FeatureRow, ...]:
    """Return one row per set of outputs, and first that of the constant.

    All sets are read over the same random halves.

    Parameters
    ----------
    experts : array (films,)
    patients : sequence of str
        Patient of each film; a patient is in one half only.

    Raises
    ------
    DataSetInvalidError
        Fewer than 20 films or than 6 patients.
    """
    if len(experts) < FEWEST_FILMS or len(set(patients)) < FEWEST_PATIENTS:
        message = (
            f"{len(experts)} films of {len(set(patients))} patients with an expert's {measure.label.lower()}. Expected "
            f"{FEWEST_FILMS} films of {FEWEST_PATIENTS} patients or more, to fit on half of them."
        )
        raise DataSetInvalidError(message)
    halves = GroupShuffleSplit(n_splits=splits, test_size=0.5, train_size=0.5, random_state=seed)
    fitted_and_judged = list(halves.split(experts, groups=np.asarray(patients)))
    constant = FeatureSet(CONSTANT, (), np.zeros((1, len(experts), 1)))
    return tuple(_row(feature_set, experts, measure, fitted_and_judged) for feature_set in (constant, *sets))


def _row(
    one: FeatureSet,
    experts: Values,
    measure: Measure,
    halves: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
) -> FeatureRow:
    figures = [
        _figures(one.values[number % len(one.values)], experts, fitted, judged)
        for number, (fitted, judged) in enumerate(halves)
    ]
    r, r2, mae, mse = (_spread(values) for values in np.array(figures).T)
    return FeatureRow(measure, one.name, len(one.columns), r, r2, mae, mse)


def _figures(
    values: Values, experts: Values, fitted: NDArray[np.intp], judged: NDArray[np.intp]
) -> tuple[float, float, float, float]:
    said = LinearRegression().fit(values[fitted], experts[fitted]).predict(values[judged])
    true = experts[judged]
    return (
        correlation(said, true),
        float(r2_score(true, said)),
        float(mean_absolute_error(true, said)),
        float(mean_squared_error(true, said)),
    )


def _spread(values: Values) -> Spread:
    known = values[~np.isnan(values)]
    if not len(known):
        return Spread(None, None)
    return Spread(float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else None)
