"""The films as torchxrayvision's networks take them, and its DenseNet-121 with imported weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.scoring.models.txrv.densenet import DenseNet
from core.scoring.models.txrv.resize import central_square
from core.types import Film, FloatImage

BATCH_FILMS = 8
"""Films per pass through the network: more of them use more memory and are no faster."""

LUNG_OPACITY = 16
"""Place of 'Lung Opacity' among the outputs; the import of weights holds them to it."""


def prepare_film(film: Film) -> FloatImage:
    """Return the film as torchxrayvision's networks take it, to 1e-3 of the library's own crop and resize.

    Parameters
    ----------
    film : Film

    Returns
    -------
    float32 array, (1, 224, 224)
        -1024 (darkest) to 1024 (brightest); the long side of the film is cropped about its centre.
    """
    return central_square(film.pixels)[np.newaxis]


class DenseNetBackbone:
    """torchxrayvision's DenseNet-121, without operating-point thresholds.

    Parameters
    ----------
    tensors : mapping of str to array
        As `core.scoring.weights.load_part` gives them.
    dtype : torch.dtype
        float32 gives the library's outputs to 1e-5; bfloat16 is faster by half and less exact.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]], *, dtype: torch.dtype = torch.float32) -> None:
        self.network = DenseNet(tensors, dtype=dtype).eval()
        self.dtype = dtype

    def lung_opacity_logits(self, prepared: Sequence[FloatImage]) -> NDArray[np.float64]:
        """Return the raw 'Lung Opacity' output of each film, (n,), unbounded."""
        with torch.inference_mode():
            outputs = torch.cat([self.network(batch) for batch in _batches(prepared)])
        logits: NDArray[np.float64] = outputs[:, LUNG_OPACITY].numpy().astype(np.float64)
        return logits

    def features(self, prepared: Sequence[FloatImage]) -> torch.Tensor:
        """Return the 1024 features of each film before the classifier, (n, 1024), not negative."""
        with torch.inference_mode():
            return torch.cat([self.network.features(batch) for batch in _batches(prepared)])


def _batches(prepared: Sequence[FloatImage]) -> Iterator[torch.Tensor]:
    for start in range(0, len(prepared), BATCH_FILMS):
        yield torch.from_numpy(np.stack(prepared[start : start + BATCH_FILMS]))
