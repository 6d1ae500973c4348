"""Average of a network's weights over its last training steps, in place of an ensemble of networks."""

from __future__ import annotations

from copy import deepcopy
from typing import Generic, TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)

_DECAY = 0.99


class AveragedNetwork(Generic[Network]):
    """Exponential moving average of all weights and running statistics (Polyak, Juditsky 1992; decay 0.99).

    The decay grows from the first steps on, so that the random start is soon forgotten.
    """

    def __init__(self, network: Network) -> None:
        self.network: Network = deepcopy(network).eval()
        self._steps = 0

    @torch.no_grad()
    def update(self, network: Network) -> None:
        """Take in the weights after one more step."""
        self._steps += 1
        decay = min(_DECAY, (1 + self._steps) / (10 + self._steps))
        for kept, new in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if kept.is_floating_point():
                kept.lerp_(new.to(kept.dtype), 1 - decay)
            else:
                kept.copy_(new)
