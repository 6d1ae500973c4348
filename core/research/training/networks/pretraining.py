"""The severity network's start: painted opacities, whose place, extent and degree are known."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from core.research.training.networks.descent import Descent, OnLoss, unheard
from core.research.training.networks.precision import training_precision
from core.research.training.networks.severity import augmented, endless, map_loss
from core.research.training.pictures.painting import PaintedLungs
from core.scoring.models.embedded.network import LungInference, SeverityNetwork, zone_shares

_SMOOTH = 0.1


@dataclass(frozen=True)
class PretrainingPlan:
    """How the start is trained.

    Attributes
    ----------
    painted_share : float
        Share of the patients without finding whose films are painted; the others are left for tests.
    copies : int
        Paintings of each film.
    batch_size : int
        Films in a step.
    """

    painted_share: float = 0.4
    copies: int = 8
    steps: int = 700
    batch_size: int = 16
    learning_rate: float = 3e-3
    weight_decay: float = 2e-2


def pretrain_severity(
    painted: PaintedLungs, plan: PretrainingPlan, *, seed: int, on_loss: OnLoss = unheard
) -> SeverityNetwork:
    """Train a severity network to find what was painted."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    degrees = torch.from_numpy(painted.opacity)
    network = SeverityNetwork().to(memory_format=torch.channels_last)
    descent = Descent(
        network,
        learning_rate=plan.learning_rate,
        weight_decay=plan.weight_decay,
        steps=plan.steps,
        on_loss=on_loss,
    )
    places = endless(len(degrees), generator)
    for _step in range(plan.steps):
        batch = [next(places) for _film in range(plan.batch_size)]
        lungs, maps = augmented(torch.from_numpy(painted.views[batch]).float(), generator)
        with training_precision():
            inference = network(lungs.contiguous(memory_format=torch.channels_last))
        descent.step(_loss(inference, degrees[batch].flatten(), maps.clamp(0, 1)))
    return descent.averaged


def _loss(inference: LungInference, degrees: Tensor, maps: Tensor) -> Tensor:
    """Extent is the painted share of the lung, opacity its degree; a zone's score grows with both."""
    degree = degrees / 3
    zones = degree[:, None] * zone_shares(maps).sqrt()
    return (
        3 * functional.smooth_l1_loss(inference.geographic_extent.float() / 4, maps.mean(dim=(1, 2)), beta=_SMOOTH)
        + 2 * functional.smooth_l1_loss(inference.opacity.float() / 3, degree, beta=_SMOOTH)
        + 3 * functional.smooth_l1_loss(inference.zones.float() / 3, zones, beta=_SMOOTH)
        + 0.3 * map_loss(inference.opacity_map.float(), maps)
    )
