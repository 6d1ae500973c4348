"""One fit of the opacity segmentation to what people drew on films."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.errors import DataSetInvalidError
from core.research.training.networks.precision import training_precision
from core.research.training.pictures.augmentation import vary_exposure, warp
from core.scoring.models.unet_resnet18.network import swap_sides
from core.types import FloatImage

log = logging.getLogger(__name__)

_REPORT_EVERY = 50


@dataclass(frozen=True)
class FitPlan:
    """How a network is fitted once.

    Attributes
    ----------
    steps, batch_size : int
    painted_per_batch : int
        Films with painted opacity in each batch: they are the fewest and teach the most.
    normal_per_batch : int
        Films without finding in each batch.
    learning_rate, weight_decay : float
        Of AdamW; the rate rises over the first fifth of the steps and then falls to nothing.
    """

    steps: int
    learning_rate: float
    painted_per_batch: int = 0
    normal_per_batch: int = 0
    batch_size: int = 8
    weight_decay: float = 1e-2


@dataclass(frozen=True)
class DrawnFilms:
    """Films in the frame with what people drew on them.

    Attributes
    ----------
    frames : float16 array, (films, 128, 128)
    masks : uint8 array, (films, 3, 128, 128)
        Right lung, left lung, opacity; 0-255.
    has_lungs, has_opacity : bool array, (films,)
        What was drawn on which film; the other masks are empty and teach nothing.
    is_normal : bool array, (films,)
        Films without finding: their empty opacity teaches.
    """

    film_ids: tuple[str, ...]
    frames: NDArray[np.float16]
    masks: NDArray[np.uint8]
    has_lungs: NDArray[np.bool_]
    has_opacity: NDArray[np.bool_]
    is_normal: NDArray[np.bool_]

    def frame(self, film_id: str) -> FloatImage:
        """Return one frame, float32 (128, 128)."""
        frame: FloatImage = self.frames[self.film_ids.index(film_id)].astype(np.float32)
        return frame


def fit_unet(network: nn.Module, films: DrawnFilms, film_ids: Sequence[str], plan: FitPlan, seed: int) -> list[float]:
    """Fit a network to what is drawn on `film_ids`, starting from the weights it has.

    Returns
    -------
    list of float
        Mean loss of each 50 steps.

    Raises
    ------
    DataSetInvalidError
        Nothing is drawn on any of the films.
    """
    generator = torch.Generator().manual_seed(seed)
    network.train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.learning_rate, total_steps=plan.steps, pct_start=0.2)
    losses: list[float] = []
    recent: list[float] = []
    for step, places in enumerate(_batches(films, film_ids, plan, generator), start=1):
        frames, masks = _augmented(films, places, generator)
        with training_precision():
            logits = network(frames)
        loss = _loss(logits.float(), masks, films.has_lungs[places], (films.has_opacity | films.is_normal)[places])
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        recent.append(float(loss.detach()))
        if step % _REPORT_EVERY == 0 or step == plan.steps:
            losses.append(round(float(np.mean(recent)), 4))
            log.info("Step %d of %d: loss %.3f", step, plan.steps, losses[-1])
            recent.clear()
    network.eval()
    return losses


def _batches(
    films: DrawnFilms, film_ids: Sequence[str], plan: FitPlan, generator: torch.Generator
) -> Iterator[NDArray[np.intp]]:
    """Yield the places of each step's films, as many painted and normal ones in each as the plan has."""
    chosen = np.array([films.film_ids.index(film_id) for film_id in film_ids], dtype=np.intp)
    painted, normal = films.has_opacity[chosen], films.is_normal[chosen]
    shares = [
        (chosen[painted], plan.painted_per_batch),
        (chosen[normal & ~painted], plan.normal_per_batch),
        (chosen[~painted & ~normal], plan.batch_size - plan.painted_per_batch - plan.normal_per_batch),
    ]
    streams = [(_endless(places, generator), count) for places, count in shares if count and len(places)]
    if not streams:
        raise DataSetInvalidError("No drawn film is left to train one of the networks. Use more patients.")
    for _step in range(plan.steps):
        yield np.array([next(stream) for stream, count in streams for _film in range(count)])


def _endless(places: NDArray[np.intp], generator: torch.Generator) -> Iterator[np.intp]:
    while True:
        for place in torch.randperm(len(places), generator=generator).tolist():
            yield places[place]


def _augmented(films: DrawnFilms, places: NDArray[np.intp], generator: torch.Generator) -> tuple[Tensor, Tensor]:
    images = torch.from_numpy(films.frames[places].astype(np.float32))[:, None]
    masks = torch.from_numpy(films.masks[places]).float() / 255
    planes = warp(torch.cat((images, masks), dim=1), generator, degrees=12, scale=0.2, shift=0.08, shear=0.08)
    flipped = torch.rand(len(planes), generator=generator) < 0.5
    turned = torch.cat((planes[flipped, :1], swap_sides(planes[flipped, 1:])), dim=1)
    planes[flipped] = turned.flip(3)
    frames = vary_exposure(planes[:, :1], generator).contiguous(memory_format=torch.channels_last)
    return frames, planes[:, 1:]


def _loss(logits: Tensor, masks: Tensor, has_lungs: NDArray[np.bool_], knows_opacity: NDArray[np.bool_]) -> Tensor:
    """Cross-entropy and Dice, each plane over the films on which it was drawn or is known to be empty."""
    lungs, opacity = torch.from_numpy(has_lungs), torch.from_numpy(knows_opacity)
    parts = [
        _plane_loss(logits[drawn, plane], masks[drawn, plane])
        for plane, drawn in ((0, lungs), (1, lungs), (2, opacity))
        if bool(drawn.any())
    ]
    return torch.stack(parts).sum()


def _plane_loss(logits: Tensor, mask: Tensor) -> Tensor:
    probability = torch.sigmoid(logits)
    dice = (2 * (probability * mask).sum() + 1) / (probability.sum() + mask.sum() + 1)
    return functional.binary_cross_entropy_with_logits(logits, mask) + 1 - dice
