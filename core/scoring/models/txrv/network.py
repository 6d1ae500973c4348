"""torchxrayvision's DenseNet-121 with imported weights, and the films as it takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.scoring.models.txrv.library import torchxrayvision
from core.types import Film, FloatImage

SIDE_PIXELS = 224
BATCH_FILMS = 16
"""Films per pass through the network: more of them use more memory and are no faster."""


def prepare_film(film: Film) -> FloatImage:
    """Return the film as torchxrayvision's networks take it, with the library's own crop and resize.

    Parameters
    ----------
    film : Film

    Returns
    -------
    float32 array, (1, 224, 224)
        -1024 (darkest) to 1024 (brightest); the long side of the film is cropped about its centre.
    """
    datasets = torchxrayvision().datasets
    scaled = (2 * film.pixels[np.newaxis] - 1) * np.float32(1024)
    cropped = datasets.XRayCenterCrop()(scaled)
    resized: FloatImage = datasets.XRayResizer(SIDE_PIXELS)(cropped)
    return resized


class DenseNetBackbone:
    """torchxrayvision's DenseNet-121, its operating-point thresholds off.

    Parameters
    ----------
    tensors : mapping of str to array
        As `core.scoring.weights.load_part` gives them.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        library = torchxrayvision().models
        with torch.device("meta"):  # no random numbers are drawn for weights that are replaced at once
            network = library.DenseNet()
        state = {name: torch.from_numpy(array) for name, array in tensors.items()}
        network.load_state_dict(state, strict=True, assign=True)
        self._network = network.eval().requires_grad_(requires_grad=False)
        self._lung_opacity = library.DenseNet.targets.index("Lung Opacity")

    def lung_opacity_logits(self, prepared: Sequence[FloatImage]) -> NDArray[np.float64]:
        """Return the raw 'Lung Opacity' output of each film, (n,), unbounded."""
        with torch.inference_mode():
            outputs = torch.cat([self._network(batch) for batch in _batches(prepared)])
        logits: NDArray[np.float64] = outputs[:, self._lung_opacity].numpy().astype(np.float64)
        return logits

    def features(self, prepared: Sequence[FloatImage]) -> torch.Tensor:
        """Return the 1024 features of each film before the classifier, (n, 1024), not negative."""
        with torch.inference_mode():
            return torch.cat([self._network.features2(batch) for batch in _batches(prepared)])


def _batches(prepared: Sequence[FloatImage]) -> Iterator[torch.Tensor]:
    for start in range(0, len(prepared), BATCH_FILMS):
        yield torch.from_numpy(np.stack(prepared[start : start + BATCH_FILMS]))
