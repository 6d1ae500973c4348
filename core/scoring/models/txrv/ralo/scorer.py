"""Severity from the DenseNet's features by one small network per measure (mlmed/covid-severity, version 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from core.scoring.base import Differentiable
from core.scoring.models.txrv.explaining import ReadOut, differentiable_film
from core.scoring.models.txrv.network import DenseNetBackbone
from core.scoring.models.txrv.precision import quickest
from core.scoring.models.txrv.scorer import TxrvScorer, card_with_weights
from core.scoring.weights import BACKBONE, MLP_GEOGRAPHIC_EXTENT, MLP_OPACITY, load_part
from core.types import Film, FloatImage, Measure, ScorerCard

CARD = Path(__file__).with_name("card.json")
RALO_MAXIMUM = 8.0
"""Top of both scales of the RALO readers; 0 is the bottom."""
Tensors = Mapping[str, NDArray[Any]]


class RaloScorer(TxrvScorer):
    """Geographic extent and opacity from 1024 features, each by 1000 rectified units and a sum.

    RALO's opacity runs 0-8: it is clamped there, as published, and multiplied by 6/8. Trained on portable
    films of adults with COVID-19 pneumonia. The noise of its change was not measured here.
    """

    def __init__(self, card: ScorerCard, backbone: DenseNetBackbone, *, extent: Tensors, opacity: Tensors) -> None:
        super().__init__(card, backbone)
        self._extent = _perceptron(extent)
        self._opacity = _perceptron(opacity)

    @classmethod
    def from_weights(cls, weights_dir: Path) -> Self:
        """Return the scorer with the weights in `weights_dir`.

        Raises
        ------
        WeightsMissingError, WeightsInvalidError
        """
        card = card_with_weights(CARD, weights_dir)
        extent = load_part(MLP_GEOGRAPHIC_EXTENT, weights_dir=weights_dir)
        opacity = load_part(MLP_OPACITY, weights_dir=weights_dir)
        tensors = load_part(BACKBONE, weights_dir=weights_dir)
        return quickest(lambda backbone: cls(card, backbone, extent=extent, opacity=opacity), tensors)

    def unclamped(self, prepared: Sequence[FloatImage]) -> NDArray[np.float64]:
        """Return geographic extent and opacity, (n, 2), not yet limited to their scales."""
        features = self._backbone.features(prepared)
        # Limited to 0-6 in the end, which is the published 0-8 after conversion.
        opacities = _outputs(self._opacity, features) * (Measure.OPACITY.maximum / RALO_MAXIMUM)
        return np.stack([_outputs(self._extent, features), opacities], axis=1)

    def differentiable(self, film: Film) -> Differentiable:
        """Return the film as the input of the network."""
        readers = (
            lambda features: self._extent(features)[:, 0],
            lambda features: self._opacity(features)[:, 0] * (Measure.OPACITY.maximum / RALO_MAXIMUM),
        )
        return differentiable_film(ReadOut(self._backbone.network.features, readers), film)


def _perceptron(tensors: Tensors) -> torch.nn.Sequential:
    first, second = (_linear(tensors[f"coefs.{layer}"], tensors[f"intercepts.{layer}"]) for layer in range(2))
    return torch.nn.Sequential(first, torch.nn.ReLU(), second).eval()


def _linear(coefficients: NDArray[Any], intercepts: NDArray[Any]) -> torch.nn.Linear:
    """Return a layer from scikit-learn's coefficients, which are (inputs, outputs)."""
    with torch.device("meta"):
        layer = torch.nn.Linear(*coefficients.shape)
    state = {
        "weight": torch.from_numpy(np.ascontiguousarray(coefficients.T)),
        "bias": torch.from_numpy(intercepts),
    }
    layer.load_state_dict(state, assign=True)
    return layer.requires_grad_(requires_grad=False)


def _outputs(perceptron: torch.nn.Sequential, features: torch.Tensor) -> NDArray[np.float64]:
    with torch.inference_mode():
        outputs: NDArray[np.float64] = perceptron(features)[:, 0].numpy().astype(np.float64)
    return outputs
