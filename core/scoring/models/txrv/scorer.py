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
from core.scoring.weights import BACKBONE, load_part, weighted_version, weights_sha256
from core.types import Film, FloatImage, Measure, Score, ScorerCard


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
        extents, opacities = self.severities(prepared)
        numberless = tuple(np.flatnonzero(~np.isfinite(extents + opacities)).tolist())
        if numberless:
            message = "The film holds grey values that are no numbers. Have it sent again."
            raise FilmNotScorableError(message, numberless)
        return [
            Score(self.name, self.version, float(extent), float(opacity))
            for extent, opacity in zip(extents, opacities, strict=True)
        ]

    def severities(self, prepared: Sequence[FloatImage]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return geographic extent (n,), 0-8, and opacity (n,), 0-6."""
        raise NotImplementedError


def card_with_weights(card_path: Path, weights_dir: Path) -> ScorerCard:
    """Return the card with the version and hash of the weights in `weights_dir`."""
    card = read_card(card_path)
    sha256 = weights_sha256(card.model, weights_dir=weights_dir)
    return replace(card, version=weighted_version(card.version, sha256), weights_sha256=sha256)


def load_backbone(weights_dir: Path) -> DenseNetBackbone:
    """Return the DenseNet with the verified weights in `weights_dir`."""
    return DenseNetBackbone(load_part(BACKBONE, weights_dir=weights_dir))


def clamped(values: NDArray[np.float64], measure: Measure) -> NDArray[np.float64]:
    """Return the values within the measure's scale; one that is no number stays so."""
    return np.clip(values, 0.0, measure.maximum)
