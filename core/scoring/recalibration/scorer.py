"""A scorer that gives a base scorer's scores on a site's readers' scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.scoring.base import Scorer
from core.scoring.recalibration.scores import recalibrated_score
from core.scoring.recalibration.values import Recalibration
from core.types import Film, Score, ScorerCard


class RecalibratedScorer:
    """Scores films by a base scorer, then by the site's line.

    Assumptions: those of the base; the line is straight and the same for every patient. Noise: see the card. False
    alarms: with the base's noise carried over every verdict is the base's, but for scores at an end of the scale.

    Parameters
    ----------
    base : Scorer
        Of the version that `recalibration` belongs to.
    recalibration : Recalibration
    card : ScorerCard
        Of this version.

    Raises
    ------
    ValueError
        The base is another model or version.
    """

    def __init__(self, base: Scorer, recalibration: Recalibration, card: ScorerCard) -> None:
        if (base.name, base.version) != (recalibration.model, recalibration.base_version):
            message = (
                f"The recalibration is of {recalibration.model} {recalibration.base_version}, not of {base.name} "
                f"{base.version}. Recalibrate anew."
            )
            raise ValueError(message)
        self._base = base
        self._recalibration = recalibration
        self._card = card

    @property
    def base(self) -> Scorer:
        """Return the scorer below: a rising line moves no place of a map, so maps are the base's."""
        return self._base

    @property
    def name(self) -> str:
        """Return the registry name, the base's."""
        return self._base.name

    @property
    def version(self) -> str:
        """Return the version: the base's and the hash of the recalibration."""
        return self._recalibration.version

    @property
    def card(self) -> ScorerCard:
        """Return the card of this version."""
        return self._card

    def prepare(self, film: Film) -> NDArray[np.float32]:
        """Return the film as the base's network takes it."""
        return self._base.prepare(film)

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Return one score per prepared film, in order.

        Raises
        ------
        FilmNotScorableError
            As of the base.
        """
        return [recalibrated_score(score, self._recalibration) for score in self._base.score(prepared)]
