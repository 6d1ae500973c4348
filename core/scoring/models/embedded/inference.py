"""The way from a frame to unrolled lungs and from these to severity; training and scoring share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from core.scoring.models.embedded.framing import FRAME_PIXELS
from core.scoring.models.embedded.network import LungSegmenter, SeverityNetwork
from core.scoring.models.embedded.unrolling import (
    LungOutline,
    largest_part,
    lung_channels,
    outline_field,
    outline_lungs,
    roll_back,
    unroll,
)
from core.types import FilmMasks, FloatImage

SEGMENTED_SIDE = 192
"""Side of the frame as the segmenter takes it, and of the masks."""


@dataclass(frozen=True, eq=False)
class FoundLungs:
    """Lungs found in a frame.

    Attributes
    ----------
    masks : float32 array, (2, 192, 192)
        Probability of right and of left lung, 0 beside its largest part; the field within its outline for a lung that
        was not found.
    outlines : (LungOutline, LungOutline)
    unrolled : float32 array, (2, 4, 96, 64)
        The severity networks' view of right and left lung.
    """

    masks: FloatImage
    outlines: tuple[LungOutline, LungOutline]
    unrolled: FloatImage


@dataclass(frozen=True, eq=False)
class FilmInference:
    """Severity of one film as read, unclamped.

    Attributes
    ----------
    geographic_extent : (float, float)
        Right and left lung, 0-4 each.
    opacity : (float, float)
        Right and left lung, 0-3 each.
    zones : tuple of 6 float
        Brixia zones A to F, 0-3 each.
    opacity_map : float32 array, (2, 24, 16)
        Probability of opacity over the unrolled lungs.
    features : float64 array, (networks, 128)
        What each network saw in the film, mean of both lungs.
    """

    geographic_extent: tuple[float, float]
    opacity: tuple[float, float]
    zones: tuple[float, ...]
    opacity_map: FloatImage
    features: NDArray[np.float64]


def segment_lungs(segmenter: LungSegmenter, frame: FloatImage) -> FloatImage:
    """Return the probability of right and of left lung, (2, 192, 192), in a frame (384, 384)."""
    small = functional.avg_pool2d(torch.from_numpy(frame)[None, None], FRAME_PIXELS // SEGMENTED_SIDE)
    with torch.inference_mode():
        logits = segmenter(small)[:, :2]
        logits = functional.interpolate(logits, size=(SEGMENTED_SIDE, SEGMENTED_SIDE), mode="bilinear")
        probability: FloatImage = torch.sigmoid(logits)[0].numpy()
    return probability


def unrolled_lungs(
    frame: FloatImage, lungs: FloatImage, outlines: tuple[LungOutline, LungOutline], *, border: int = 0
) -> FloatImage:
    """Return the network's view of both lungs: (2, 4, 96 + 2 border, 64 + 2 border), right lung first.

    The channels are the first two of `lung_channels`, the segmenter's probability of lung, and the third.
    """
    scale = FRAME_PIXELS // SEGMENTED_SIDE
    either = np.repeat(np.repeat(lungs.max(axis=0), scale, axis=0), scale, axis=1)
    relative, local, share = lung_channels(frame, outlines)
    planes = np.stack((relative, local, either, share)).astype(np.float32)
    return np.stack([unroll(planes, outline, border=border) for outline in outlines])


def find_lungs(segmenter: LungSegmenter, frame: FloatImage) -> FoundLungs | None:
    """Return the lungs of a frame, None where no lung is found."""
    masks = segment_lungs(segmenter, frame)
    outlines = outline_lungs(masks)
    if outlines is None:
        return None
    unrolled = unrolled_lungs(frame, masks, outlines)
    # A lung that was not found must not count as one without opacity: its field is the one it is read over.
    fields = [
        outline_field(outline, SEGMENTED_SIDE) if outline.mirrored else np.where(largest_part(mask > 0.5), mask, 0)
        for mask, outline in zip(masks, outlines, strict=True)
    ]
    return FoundLungs(np.stack(fields).astype(np.float32), outlines, unrolled)


def read_lungs(networks: Sequence[SeverityNetwork], lungs: FloatImage) -> FilmInference:
    """Return the mean of several networks for one film's unrolled lungs, (2, 4, 96, 64)."""
    views = torch.from_numpy(np.ascontiguousarray(lungs))
    with torch.inference_mode():
        inferences = [network(views) for network in networks]
        extent, opacity, zones, opacity_map = (
            torch.stack(parts).mean(dim=0)
            for parts in (
                [inference.geographic_extent for inference in inferences],
                [inference.opacity for inference in inferences],
                [inference.zones for inference in inferences],
                [torch.sigmoid(inference.opacity_map) for inference in inferences],
            )
        )
        features = torch.stack([inference.features.mean(dim=0) for inference in inferences])
    return FilmInference(
        (float(extent[0]), float(extent[1])),
        (float(opacity[0]), float(opacity[1])),
        tuple(float(zone) for zone in zones.flatten()),
        opacity_map.numpy(),
        features.double().numpy(),
    )


def film_masks(inference: FilmInference, lungs: FoundLungs) -> FilmMasks:
    """Return lungs and opacity in the frame, (192, 192) each; opacity is 0 outside the lungs."""
    opacity = roll_back(inference.opacity_map, lungs.masks, lungs.outlines).max(axis=0)
    return FilmMasks(lungs.masks[0], lungs.masks[1], opacity)
