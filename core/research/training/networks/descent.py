"""Training steps of one network: optimiser, learning rate and running average together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)

CURVE_POINTS = 20
_DECAY = 0.99

OnLoss = Callable[[float], object]
"""Takes the loss of each step."""


def loss_curve(losses: Sequence[float]) -> list[float]:
    """Return the mean loss of each twentieth of a training's steps, of each step where there are fewer."""
    parts = np.array_split(np.asarray(losses), min(CURVE_POINTS, len(losses)) or 1)
    return [round(float(part.mean()), 4) for part in parts if part.size]


class AveragedNetwork(Generic[Network]):
    """Exponential moving average of all weights and running statistics, in place of an ensemble of networks.

    Polyak and Juditsky 1992, with a decay of 0.99. The decay grows from the first steps on, so that the random start is
    soon forgotten.
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


class Descent(Generic[Network]):
    """AdamW under one cycle of the learning rate, with the average of the weights over the last steps.

    Parameters
    ----------
    network : torch.nn.Module
        Trained in place, in training mode from here on.
    steps : int
        As many as `step` will be called.
    on_loss : callable
        Told the loss of every step.
    """

    def __init__(
        self, network: Network, *, learning_rate: float, weight_decay: float, steps: int, on_loss: OnLoss
    ) -> None:
        self.network = network
        self._on_loss = on_loss
        self._averaged = AveragedNetwork(network)
        self._optimiser = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=weight_decay)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(self._optimiser, learning_rate, total_steps=steps)
        network.train()

    @property
    def averaged(self) -> Network:
        """Return the network with averaged weights, in evaluation mode."""
        return self._averaged.network

    def step(self, loss: Tensor) -> None:
        """Take one training step."""
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        self._optimiser.step()
        self._schedule.step()
        self._averaged.update(self.network)
        self._on_loss(loss.item())


def unheard(_loss: float) -> None:
    """Ignore the losses of a training."""
