"""How like the training films a film is, by what the severity networks saw in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COMPONENTS = 12
_USUAL_SHARE = 0.9
_LARGEST_WIDENING = 2.5

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Likeness:
    """Distribution of one network's features over its training films.

    Attributes
    ----------
    mean : float64 array, (features,)
    whitening : float64 array, (12, features)
        Principal components, each divided by its SD.
    usual : float
        Distance from the mean within which nine of ten training films lie.
    """

    mean: Array
    whitening: Array
    usual: float

    def unlikeness(self, features: Array) -> float:
        """Return the distance of one film's features from the training films, in units of the usual one."""
        return float(np.linalg.norm(self.whitening @ (features - self.mean))) / self.usual


def fit_likeness(features: Array) -> Likeness:
    """Describe features (films, features) of training films."""
    mean = features.mean(axis=0)
    _left, spreads, axes = np.linalg.svd(features - mean, full_matrices=False)
    count = min(COMPONENTS, int((spreads > 1e-6 * spreads[0]).sum()))
    whitening = axes[:count] / (spreads[:count, None] / np.sqrt(len(features)))
    distances = np.linalg.norm((features - mean) @ whitening.T, axis=1)
    return Likeness(mean, whitening, float(np.quantile(distances, _USUAL_SHARE)))


def widening(unlikeness: float) -> float:
    """Return by what an interval is widened: 1 for a usual film, up to 2.5 for one unlike the training films."""
    return min(max(1.0, unlikeness), _LARGEST_WIDENING)


def mean_unlikeness(likeness: Sequence[Likeness], features: Array) -> float:
    """Return the mean over networks of what each makes of its own features of one film, (networks, features)."""
    distances = [of_network.unlikeness(seen) for of_network, seen in zip(likeness, features, strict=True)]
    return float(np.mean(distances))
