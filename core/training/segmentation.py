"""Training of the lung segmenter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.scoring.models.embedded.network import LungSegmenter
from core.training.augmentation import vary_exposure, warp
from core.training.frames import Frames
from core.types import FloatImage

SEGMENTED_SIDE = 192
"""Side of the frame as the segmenter takes it."""


@dataclass(frozen=True)
class SegmentationPlan:
    """How the segmenter is trained."""

    epochs: int = 16
    batch_size: int = 12
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2


def train_segmenter(frames: Frames, film_ids: Sequence[str], plan: SegmentationPlan, seed: int) -> LungSegmenter:
    """Train on the drawn lungs of `film_ids`; films without drawn lungs are passed over."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    images, masks = _training_arrays(frames, [film_id for film_id in film_ids if film_id in frames.lungs])
    network = LungSegmenter().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay)
    batch_size = min(plan.batch_size, len(images))
    steps = plan.epochs * (len(images) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.learning_rate, total_steps=steps)
    network.train()
    for _epoch in range(plan.epochs):
        for batch in _batches(len(images), batch_size, generator):
            films, lungs = _augmented(images[batch], masks[batch], generator)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = network(films.contiguous(memory_format=torch.channels_last))
            loss = _loss(logits.float(), lungs)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
    return network.eval()


def dice(predicted: FloatImage, drawn: FloatImage) -> float:
    """Return the Dice overlap of two masks after thresholding at one half."""
    first, second = predicted > 0.5, drawn > 0.5
    total = int(first.sum()) + int(second.sum())
    return 2 * int((first & second).sum()) / total if total else 1.0


def _training_arrays(frames: Frames, film_ids: Sequence[str]) -> tuple[Tensor, Tensor]:
    images = np.stack([frames.frame(film_id) for film_id in film_ids])[:, None]
    masks: NDArray[np.float32] = np.stack([frames.lungs[film_id] for film_id in film_ids]).astype(np.float32)
    pool = SEGMENTED_SIDE
    return (
        functional.adaptive_avg_pool2d(torch.from_numpy(images), pool),
        functional.adaptive_avg_pool2d(torch.from_numpy(masks), pool) / 255,
    )


def _batches(count: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    order = torch.randperm(count, generator=generator)
    for start in range(0, count - size + 1, size):
        yield order[start : start + size]


def _augmented(images: Tensor, masks: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    planes = warp(torch.cat((images, masks), dim=1), generator, degrees=12, scale=0.2, shift=0.08, shear=0.08)
    flipped = torch.rand(len(planes), generator=generator) < 0.5
    # Flipped, the right lung lies where the left one was, so the two masks change places.
    planes[flipped] = planes[flipped][:, [0, 2, 1]].flip(3)
    return vary_exposure(planes[:, :1], generator), functional.avg_pool2d(planes[:, 1:], 2)


def _loss(logits: Tensor, lungs: Tensor) -> Tensor:
    probability = torch.sigmoid(logits)
    overlap = (probability * lungs).sum(dim=(0, 2, 3))
    size = probability.sum(dim=(0, 2, 3)) + lungs.sum(dim=(0, 2, 3))
    cross_entropy = functional.binary_cross_entropy_with_logits(logits, lungs)
    return cross_entropy + (1 - (2 * overlap + 1) / (size + 1)).mean()
