"""Training of the segmenter on drawn lungs and painted opacities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.research.training.networks.descent import Descent, OnLoss, unheard
from core.research.training.networks.precision import training_precision
from core.research.training.pictures.augmentation import vary_exposure, warp
from core.research.training.pictures.frames import Frames
from core.scoring.models.embedded.inference import SEGMENTED_SIDE
from core.scoring.models.embedded.network import LungSegmenter


@dataclass(frozen=True)
class SegmentationPhase:
    """One pass of training: how often each film is seen, at which size, and the highest learning rate.

    Attributes
    ----------
    side : int
        Side of the frames, 192 or less: a smaller one is quicker.
    """

    epochs: int
    side: int
    learning_rate: float


@dataclass(frozen=True)
class SegmentationPlan:
    """How the segmenters are trained. In every epoch a film with a painted opacity comes twice.

    Attributes
    ----------
    first : tuple of SegmentationPhase
        From random weights, on the films of patients who are never tested: once, for all folds.
    last : tuple of SegmentationPhase
        From there, on the films of all patients but those of one fold.
    """

    first: tuple[SegmentationPhase, ...] = (
        SegmentationPhase(epochs=40, side=128, learning_rate=3e-3),
        SegmentationPhase(epochs=15, side=SEGMENTED_SIDE, learning_rate=1.5e-3),
    )
    last: tuple[SegmentationPhase, ...] = (SegmentationPhase(epochs=10, side=SEGMENTED_SIDE, learning_rate=1e-3),)
    batch_size: int = 12
    weight_decay: float = 1e-2


@dataclass(frozen=True)
class _Drawn:
    """Films (films, 1, 192, 192), their planes right lung, left lung and opacity (films, 3, 192, 192), all 0-1.

    `painted` says which films have an opacity plane; the plane of the others is 0 and means nothing.
    """

    images: Tensor
    planes: Tensor
    painted: Tensor


def train_segmenter(
    frames: Frames,
    film_ids: Sequence[str],
    phases: Sequence[SegmentationPhase],
    plan: SegmentationPlan,
    *,
    seed: int,
    start: LungSegmenter | None = None,
    on_loss: OnLoss = unheard,
) -> LungSegmenter:
    """Train on the drawn lungs and painted opacities of `film_ids`; films without drawn lungs are passed over.

    Parameters
    ----------
    phases : sequence of SegmentationPhase
        `plan.first` or `plan.last`.
    start : LungSegmenter, optional
        Weights to begin with; None: random ones.
    """
    torch.manual_seed(seed)
    network = LungSegmenter()
    if start is not None:
        network.load_state_dict(start.state_dict())
    drawn = _drawn(frames, [film_id for film_id in film_ids if film_id in frames.lungs])
    for number, phase in enumerate(phases):
        generator = torch.Generator().manual_seed(seed + number)
        network = _after_phase(network, drawn, phase, plan, generator, on_loss=on_loss)
    return network.eval()


def _after_phase(
    network: LungSegmenter,
    drawn: _Drawn,
    phase: SegmentationPhase,
    plan: SegmentationPlan,
    generator: torch.Generator,
    *,
    on_loss: OnLoss,
) -> LungSegmenter:
    places = torch.cat((torch.arange(len(drawn.images)), torch.nonzero(drawn.painted)[:, 0]))
    batch_size = min(plan.batch_size, len(places))
    descent = Descent(
        network.to(memory_format=torch.channels_last),
        learning_rate=phase.learning_rate,
        weight_decay=plan.weight_decay,
        steps=phase.epochs * (len(places) // batch_size),
        on_loss=on_loss,
    )
    for _epoch in range(phase.epochs):
        for batch in _batches(places, batch_size, generator):
            films, planes = _sized(*_augmented(drawn.images[batch], drawn.planes[batch], generator), phase.side)
            with training_precision():
                logits = network(films.contiguous(memory_format=torch.channels_last))
            descent.step(_loss(logits.float(), planes, drawn.painted[batch]))
    return descent.averaged


def _sized(films: Tensor, planes: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Return films and masks (half their size) at the side of a phase."""
    if side == SEGMENTED_SIDE:
        return films, planes
    return functional.interpolate(films, size=(side, side), mode="area"), functional.adaptive_avg_pool2d(
        planes, side // 2
    )


def _drawn(frames: Frames, film_ids: Sequence[str]) -> _Drawn:
    images = np.stack([frames.frame(film_id) for film_id in film_ids])[:, None]
    blank = np.zeros(images.shape[2:], dtype=np.uint8)
    planes: NDArray[np.uint8] = np.stack(
        [np.concatenate((frames.lungs[film_id], frames.opacities.get(film_id, blank)[None])) for film_id in film_ids]
    )
    pool = SEGMENTED_SIDE
    return _Drawn(
        functional.adaptive_avg_pool2d(torch.from_numpy(images), pool),
        functional.adaptive_avg_pool2d(torch.from_numpy(planes.astype(np.float32)), pool) / 255,
        torch.tensor([film_id in frames.opacities for film_id in film_ids]),
    )


def _batches(places: Tensor, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    order = places[torch.randperm(len(places), generator=generator)]
    for start in range(0, len(places) - size + 1, size):
        yield order[start : start + size]


def _augmented(images: Tensor, planes: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    warped = warp(torch.cat((images, planes), dim=1), generator, degrees=12, scale=0.2, shift=0.08, shear=0.08)
    flipped = torch.rand(len(warped), generator=generator) < 0.5
    # Flipped, the right lung lies where the left one was, so the two masks change places.
    warped[flipped] = warped[flipped][:, [0, 2, 1, 3]].flip(3)
    return vary_exposure(warped[:, :1], generator), functional.avg_pool2d(warped[:, 1:], 2)


def _loss(logits: Tensor, planes: Tensor, painted: Tensor) -> Tensor:
    loss = _overlap_loss(logits[:, :2], planes[:, :2])
    return loss + _overlap_loss(logits[painted, 2:], planes[painted, 2:]) if bool(painted.any()) else loss


def _overlap_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Return cross entropy plus one minus the soft Dice overlap, pooled over the batch."""
    probability = torch.sigmoid(logits)
    overlap = (probability * masks).sum(dim=(0, 2, 3))
    size = probability.sum(dim=(0, 2, 3)) + masks.sum(dim=(0, 2, 3))
    cross_entropy = functional.binary_cross_entropy_with_logits(logits, masks)
    return cross_entropy + (1 - (2 * overlap + 1) / (size + 1)).mean()
