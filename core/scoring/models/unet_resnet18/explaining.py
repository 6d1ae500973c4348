"""The opacity segmentation's scores as a function that gradients can follow.

The scores count pixels above a threshold, which has no gradient. Here each pixel counts with its probability of
opacity instead, over the same lung fields; the rest is as in `SeverityLine`, not kept to the scale.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from core.scoring.models.unet_resnet18.network import mean_probability
from core.scoring.models.unet_resnet18.severity import SeverityLine

_LEAST_SHARE = 1e-4  # the slope of a root is without bound at 0


class ExpectedSeverity(nn.Module):
    """Geographic extent and opacity, (1, 2), of one frame (1, 1, 128, 128) over lung fields that are given.

    Parameters
    ----------
    network : torch.nn.Module
        The segmentation.
    lungs : bool Tensor, (2, 128, 128)
        Fields of right and left lung.
    lines : sequence of SeverityLine
        Of geographic extent and of opacity.
    """

    def __init__(self, network: nn.Module, lungs: Tensor, lines: Sequence[SeverityLine]) -> None:
        super().__init__()
        self.network = network
        self.lungs = lungs
        self.lines = tuple(lines)

    def forward(self, frames: Tensor) -> Tensor:
        """Return the scores of one frame."""
        opaque = mean_probability(self.network, frames)[2]
        seen = [(opaque[lung].mean().clamp(min=_LEAST_SHARE), frames[0, 0][lung].mean()) for lung in self.lungs]
        values = [[line.value(share, grey) for share, grey in seen] for line in self.lines]
        return torch.stack([torch.stack(lungs).sum() for lungs in values])[None]
