"""Severity as a line of the DenseNet's 'Lung Opacity' output (Cohen et al. 2020, doi:10.7759/cureus.9448)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.scoring.base import Differentiable
from core.scoring.models.txrv.explaining import ReadOut, differentiable_film
from core.scoring.models.txrv.network import LUNG_OPACITY
from core.scoring.models.txrv.precision import quickest
from core.scoring.models.txrv.scorer import TxrvScorer, card_with_weights
from core.scoring.weights import BACKBONE, load_part
from core.types import Film, FloatImage

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
        card, tensors = card_with_weights(CARD, weights_dir), load_part(BACKBONE, weights_dir=weights_dir)
        return quickest(lambda backbone: cls(card, backbone), tensors)

    def unclamped(self, prepared: Sequence[FloatImage]) -> NDArray[np.float64]:
        """Return geographic extent and opacity, (n, 2), not yet limited to their scales."""
        logits = self._backbone.lung_opacity_logits(prepared)
        return np.stack([slope * logits + start for slope, start in (GEOGRAPHIC_EXTENT_LINE, OPACITY_LINE)], axis=1)

    def differentiable(self, film: Film) -> Differentiable:
        """Return the film as the input of the network; both scores are lines of one output, so their maps are alike."""
        readers = [
            lambda outputs, line=line: line[0] * outputs[:, LUNG_OPACITY] + line[1]
            for line in (GEOGRAPHIC_EXTENT_LINE, OPACITY_LINE)
        ]
        return differentiable_film(ReadOut(self._backbone.network, readers), film)
