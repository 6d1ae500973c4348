"""How many films a CUSUM runs until it alarms where nothing changed: its in-control run length."""

from __future__ import annotations

from functools import cache
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

_STATES = 200


@cache
def cusum_run_length(threshold: float, allowance: float, *, limit: float, shift: float = 0.0) -> float:
    """Return the mean number of films until a one-sided CUSUM of standard normal innovations exceeds its threshold.

    The sum's range is divided into states of a Markov chain (Brook and Evans, Biometrika 1972;59:539). Without a limit,
    threshold 4 and allowance 0.5 give the 336 films of the tables (168 for both sides together).

    Parameters
    ----------
    threshold, allowance : float
        The sum is ``max(0, sum + innovation - allowance)``; it alarms above the threshold. SDs of the innovation.
    limit : float
        Innovations are cut to -limit…limit; infinity for no limit.
    shift : float
        Mean of the innovations; 0 where nothing changed, for the delay of detection the drift per film.
    """
    width = 2 * threshold / (2 * _STATES - 1)
    centres = width * np.arange(_STATES)
    edges = np.concatenate([centres - width / 2, [threshold]])
    # From each centre, the innovation that leads just to each edge; state 0 takes all that falls below.
    to_edges = edges[None, :] - centres[:, None] + allowance
    below = _probability_below(to_edges, shift, limit)
    below[:, 0] = 0.0
    transitions = np.diff(below, axis=1)
    lengths = np.linalg.solve(np.eye(_STATES) - transitions, np.ones(_STATES))
    return float(lengths[0])


def _probability_below(innovations: NDArray[np.float64], shift: float, limit: float) -> NDArray[np.float64]:
    """Return P(innovation < each) of a normal innovation, mean `shift`, SD 1, cut at the limit."""
    below: NDArray[np.float64] = np.vectorize(lambda value: 0.5 * erfc(-(value - shift) / sqrt(2)))(innovations)
    below[innovations > limit] = 1.0
    below[innovations <= -limit] = 0.0
    return below
