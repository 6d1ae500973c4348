"""What the scorers on torchxrayvision's DenseNet share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import FilmNotScorableError
from core.scoring.cards import read_card
from core.scoring.models.txrv.network import DenseNetBackbone, prepare_film
from core.scoring.weights import weighted_version, weights_sha256
from core.types import Film, FloatImage, Measure, Score, ScorerCard

_MAXIMA = [Measure.GEOGRAPHIC_EXTENT.maximum, Measure.OPACITY.maximum]


class TxrvScorer:
    """A scorer on the DenseNet's outputs or features.

    Parameters
    ----------
    card : ScorerCard
        With the version and hash of the weights.
    backbone : DenseNetBackbone
    """

    def __init__(self, card: ScorerCard, backbone: DenseNetBackbone) -> None:
        self._card = card
        self._backbone = backbone

    @property
    def backbone(self) -> DenseNetBackbone:
        """Return the network, with the precision it computes in."""
        return self._backbone

    @property
    def name(self) -> str:
        """Return the registry name."""
        return self._card.model

    @property
    def version(self) -> str:
        """Return the version: of the formula, and of the weights by their hash."""
        return self._card.version

    @property
    def card(self) -> ScorerCard:
        """Return the card, with the hash of the weights in use."""
        return self._card

    def prepare(self, film: Film) -> FloatImage:
        """Return the film as the network takes it, (1, 224, 224), -1024 to 1024."""
        return prepare_film(film)

    def score(self, prepared: Sequence[FloatImage]) -> list[Score]:
        """Return one score per prepared film, in order; intervals were never calibrated and are None.

        Raises
        ------
        FilmNotScorableError
            A film holds values that are no numbers.
        """
        if not prepared:
            return []
        severities = self.unclamped(prepared)
        numberless = tuple(np.flatnonzero(~np.isfinite(severities).all(axis=1)).tolist())
        if numberless:
            message = "The film holds grey values that are no numbers. Have it sent again."
            raise FilmNotScorableError(message, numberless)
        return [
            Score(self.name, self.version, float(extent), float(opacity))
            for extent, opacity in np.clip(severities, 0.0, _MAXIMA)
        ]

    def unclamped(self, prepared: Sequence[FloatImage]) -> NDArray[np.float64]:
        """Return geographic extent and opacity, (n, 2), on the scales 0-8 and 0-6 but not yet limited to them."""
        raise NotImplementedError


def card_with_weights(card_path: Path, weights_dir: Path) -> ScorerCard:
    """Return the card with the version and hash of the weights in `weights_dir`."""
    card = read_card(card_path)
    sha256 = weights_sha256(card.model, weights_dir=weights_dir)
    return replace(card, version=weighted_version(card.version, sha256), weights_sha256=sha256)
