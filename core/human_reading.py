"""Reading films: which ones a person reads, in which order, and what a person scores them with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MAXIMA = {"geographic_extent_right": 4, "geographic_extent_left": 4, "opacity_right": 3, "opacity_left": 3}
"""A lung's scores, and the top of their scales."""


@dataclass(frozen=True)
class LungScores:
    """A person's scores of one film: extent 0-4 and opacity 0-3 per lung (Cohen et al. 2020).

    Raises
    ------
    ValueError
        A score off its scale.
    """

    geographic_extent_right: float
    geographic_extent_left: float
    opacity_right: float
    opacity_left: float

    def __post_init__(self) -> None:
        for name, maximum in MAXIMA.items():
            value = getattr(self, name)
            if not 0 <= value <= maximum:
                message = f"{name.replace('_', ' ')} of {value} is off the scale. Expected 0 to {maximum}."
                raise ValueError(message)

    @property
    def contradiction(self) -> str:
        """Return which lung has extent and no opacity, or the reverse, in words; "" where none has."""
        for side in ("right", "left"):
            extent, opacity = getattr(self, f"geographic_extent_{side}"), getattr(self, f"opacity_{side}")
            if (extent == 0) != (opacity == 0):
                return (
                    f"The {side} lung's extent of {extent:g} and opacity of {opacity:g} exclude each other. "
                    "Where nothing is opaque both are 0."
                )
        return ""

    @property
    def geographic_extent(self) -> float:
        """Return the sum of both lungs, 0-8."""
        return self.geographic_extent_right + self.geographic_extent_left

    @property
    def opacity(self) -> float:
        """Return the sum of both lungs, 0-6."""
        return self.opacity_right + self.opacity_left


def drawn_films(films: Sequence[tuple[int, int]], count: int, *, seed: int) -> list[int]:
    """Return films drawn at random, in random order; a second film of a patient only after one of every patient.

    The same films in the same order for every order of `films`.

    Parameters
    ----------
    films : sequence of (film id, patient id)
    """
    random = np.random.default_rng(seed)
    listed = sorted(films)
    turns: dict[int, int] = defaultdict(int)
    ranked = []
    for place in random.permutation(len(listed)):
        film_id, patient_id = listed[place]
        ranked.append((turns[patient_id], film_id))
        turns[patient_id] += 1
    # A stable sort: within a turn the films stay in the order drawn.
    ranked.sort(key=lambda one: one[0])
    chosen = [film_id for _turn, film_id in ranked[:count]]
    return [chosen[place] for place in random.permutation(len(chosen))]
