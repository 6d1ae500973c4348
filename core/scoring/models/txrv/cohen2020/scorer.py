"""Severity as a line of the DenseNet's 'Lung Opacity' output (Cohen et al. 2020, doi:10.7759/cureus.9448)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.scoring.models.txrv.scorer import TxrvScorer, card_with_weights, clamped, load_backbone
from core.types import FloatImage, Measure

CARD = Path(__file__).with_name("card.json")
# Slope per logit and intercept, from the authors' published script; both fitted on the scale they are clamped to.
GEOGRAPHIC_EXTENT_LINE = (0.8705248236656189, 3.4137437)
OPACITY_LINE = (0.5484423041343689, 2.5535977)


class Cohen2020Scorer(TxrvScorer):
    """Geographic extent and opacity from one logit x: each a line of x, clamped to its scale.

    The two scores are therefore functions of each other. Assumes a frontal film; fitted on 94 PA films of
    adults with COVID-19 pneumonia. The noise of its change was not measured here.
    """

    @classmethod
    def from_weights(cls, weights_dir: Path) -> Self:
        """Return the scorer with the weights in `weights_dir`.

        Raises
        ------
        WeightsMissingError, WeightsInvalidError
        """
        return cls(card_with_weights(CARD, weights_dir), load_backbone(weights_dir))

    def severities(self, prepared: Sequence[FloatImage]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return geographic extent (n,), 0-8, and opacity (n,), 0-6."""
        logits = self._backbone.lung_opacity_logits(prepared)
        return (
            clamped(_on_line(logits, GEOGRAPHIC_EXTENT_LINE), Measure.GEOGRAPHIC_EXTENT),
            clamped(_on_line(logits, OPACITY_LINE), Measure.OPACITY),
        )


def _on_line(logits: NDArray[np.float64], line: tuple[float, float]) -> NDArray[np.float64]:
    slope, intercept = line
    return slope * logits + intercept
