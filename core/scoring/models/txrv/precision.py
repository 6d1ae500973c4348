"""In which precision the DenseNet may compute: the quickest one that leaves the scores as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from core.films.synthetic import CLEAR, LungSeverity, draw_film
from core.scoring.models.txrv.network import DenseNetBackbone
from core.scoring.models.txrv.resize import central_square
from core.scoring.models.txrv.scorer import TxrvScorer
from core.scoring.processor import processor_has_bfloat16
from core.types import FloatImage, ViewPosition

TOLERANCE = 0.02
"""Points: how far a score may lie from the one in float32."""

MARGIN = 0.5
"""Share of the tolerance that the drawn films may use up; real films differ from them."""

_SEVERITIES = (CLEAR, LungSeverity(1.0, 1.0), LungSeverity(4.0, 3.0))
_WHITE = np.float32(4095)

ScorerT = TypeVar("ScorerT", bound=TxrvScorer)


def quickest(scorer_of: Callable[[DenseNetBackbone], ScorerT], tensors: Mapping[str, NDArray[Any]]) -> ScorerT:
    """Return the scorer in bfloat16 where this processor gains by it and these weights allow it, else in float32.

    How much rounding moves a score depends on the weights, so it is measured, on a few drawn films: a fact of the
    weights and the processor alone, and the same whenever they are loaded.

    Parameters
    ----------
    scorer_of : callable
        Makes the scorer around a network.
    tensors : mapping of str to array
        The network's weights.
    """
    exact = scorer_of(DenseNetBackbone(tensors))
    if not processor_has_bfloat16():
        return exact
    quick = scorer_of(DenseNetBackbone(tensors, dtype=torch.bfloat16))
    return quick if largest_difference(quick, exact, drawn_films()) <= MARGIN * TOLERANCE else exact


def largest_difference(one: TxrvScorer, other: TxrvScorer, prepared: Sequence[FloatImage]) -> float:
    """Return the largest difference between two scorers on some films, points, before scores are limited."""
    return float(np.abs(one.unclamped(prepared) - other.unclamped(prepared)).max())


@lru_cache(maxsize=1)
def drawn_films() -> tuple[FloatImage, ...]:
    """Return six prepared films, AP and PA, from clear to white lungs."""
    drawn = [
        draw_film(patient_seed=seed, film_seed=0, right=severity, left=severity, view_position=view, size=256)
        for seed, (severity, view) in enumerate(
            (severity, view) for severity in _SEVERITIES for view in (ViewPosition.AP, ViewPosition.PA)
        )
    ]
    return tuple(central_square(film.pixels.astype(np.float32) / _WHITE)[np.newaxis] for film in drawn)
