"""Random weights written as the published files are, to compare code with code where the real ones are absent."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.scoring.models.txrv.library import torchxrayvision
from core.scoring.weights import BACKBONE
from core.types import FloatImage

HIDDEN_UNITS = 1000
# Wide enough that a wrong film or a wrong formula shows, narrow enough that few scores are clamped.
LOGIT_MEAN, LOGIT_SD = 0.3, 1.4
SEVERITY_MEAN, SEVERITY_SD = 4.0, 1.5


@dataclass(frozen=True)
class PublishedFiles:
    """Random weights in the published files' formats and under their names."""

    densenet: Path
    mlp_geographic_extent: Path
    mlp_opacity: Path

    @property
    def all(self) -> tuple[Path, ...]:
        """Return the three files."""
        return (self.densenet, self.mlp_geographic_extent, self.mlp_opacity)


def write_random_weights(
    folder: Path, *, films: Sequence[FloatImage], seed: int, legacy: bool = True
) -> PublishedFiles:
    """Write a random DenseNet and two random small networks as their authors publish theirs.

    Random weights as drawn give nearly one score to all films, so a comparison could not fail. The
    network's normalisation is therefore set on `films` and its outputs are scaled to vary over them.

    Parameters
    ----------
    folder : Path
    films : sequence of float32 arrays, (1, 224, 224)
        Four or more, -1024 to 1024.
    seed : int
    legacy : bool
        Write torch's file format of before release 1.6, that of the published file.
    """
    urls = torchxrayvision().models.model_urls
    files = PublishedFiles(
        folder / str(urls[BACKBONE.library_weights]["weights_url"]).rsplit("/", 1)[-1],
        folder / "mlp_geo.pkl",
        folder / "mlp_opa.pkl",
    )
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        network = torchxrayvision().models.DenseNet()
        features = _normalise(network, torch.from_numpy(np.stack(films)))
    torch.save(network, files.densenet, _use_new_zipfile_serialization=not legacy)
    generator = np.random.default_rng(seed)
    for path in (files.mlp_geographic_extent, files.mlp_opacity):
        path.write_bytes(pickle.dumps(_perceptron(features, generator), protocol=3))
    return files


def _normalise(network: Any, films: torch.Tensor) -> NDArray[np.float32]:  # noqa: ANN401  an untyped library's
    """Set the running means of `network` on `films` and spread its outputs; return the films' features."""
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None
    network.train()
    network(films)
    network.eval()
    features: torch.Tensor = network.features2(films)
    classifier = network.classifier
    outputs = classifier(features)
    scale = LOGIT_SD / outputs.std(dim=0)
    classifier.weight.mul_(scale[:, None])
    classifier.bias.copy_(LOGIT_MEAN + (classifier.bias - outputs.mean(dim=0)) * scale)
    return features.numpy()


def _perceptron(
    features: NDArray[np.float32], generator: np.random.Generator
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Return coefficients and intercepts as scikit-learn's MLPRegressor keeps them."""
    inputs = features.shape[1]
    first = generator.normal(0, inputs**-0.5, (inputs, HIDDEN_UNITS))
    first_intercept = generator.normal(0, 0.1, HIDDEN_UNITS)
    second = generator.normal(0, 1, (HIDDEN_UNITS, 1))
    outputs = np.maximum(features @ first + first_intercept, 0) @ second
    scale = SEVERITY_SD / outputs.std()
    return [first, second * scale], [first_intercept, np.array([SEVERITY_MEAN - outputs.mean() * scale])]
