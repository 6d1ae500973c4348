"""One network on its way down a loss: optimiser, learning rate and running average in step."""

from __future__ import annotations

from typing import Generic

import torch
from torch import Tensor

from core.training.averaging import AveragedNetwork, Network


class Descent(Generic[Network]):
    """AdamW under one cycle of the learning rate, with the average of the weights over the last steps.

    Parameters
    ----------
    network : torch.nn.Module
        Trained in place, in training mode from here on.
    steps : int
        As many as `step` will be called.
    """

    def __init__(self, network: Network, *, learning_rate: float, weight_decay: float, steps: int) -> None:
        self.network = network
        self._averaged = AveragedNetwork(network)
        self._optimiser = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=weight_decay)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(self._optimiser, learning_rate, total_steps=steps)
        network.train()

    @property
    def averaged(self) -> Network:
        """Return the network with averaged weights, in evaluation mode."""
        return self._averaged.network

    def step(self, loss: Tensor) -> None:
        """Take one step down."""
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        self._optimiser.step()
        self._schedule.step()
        self._averaged.update(self.network)
