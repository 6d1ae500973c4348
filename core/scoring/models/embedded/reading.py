"""The way from a frame to unrolled lungs and from these to a reading; training and scoring share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from core.scoring.models.embedded.framing import FRAME_PIXELS
from core.scoring.models.embedded.network import LungSegmenter, SeverityNetwork
from core.scoring.models.embedded.unrolling import LungOutline, lung_channels, outline_lungs, unroll
from core.types import FloatImage

_SEGMENTED_SIDE = 192


@dataclass(frozen=True)
class FilmReading:
    """Severity of one film as read, unclamped.

    Attributes
    ----------
    geographic_extent : (float, float)
        Right and left lung, 0-4 each.
    opacity : (float, float)
        Right and left lung, 0-3 each.
    zones : tuple of 6 float
        Brixia zones A to F, 0-3 each.
    """

    geographic_extent: tuple[float, float]
    opacity: tuple[float, float]
    zones: tuple[float, ...]


def segment_lungs(segmenter: LungSegmenter, frame: FloatImage) -> FloatImage:
    """Return the probability of right and of left lung, (2, 192, 192), in a frame (384, 384)."""
    small = functional.avg_pool2d(torch.from_numpy(frame)[None, None], FRAME_PIXELS // _SEGMENTED_SIDE)
    with torch.inference_mode():
        logits = segmenter(small)
        logits = functional.interpolate(logits, size=(_SEGMENTED_SIDE, _SEGMENTED_SIDE), mode="bilinear")
        probability: FloatImage = torch.sigmoid(logits)[0].numpy()
    return probability


def unrolled_lungs(
    frame: FloatImage, lungs: FloatImage, outlines: tuple[LungOutline, LungOutline], *, border: int = 0
) -> FloatImage:
    """Return the network's view of both lungs: (2, 3, 96 + 2 border, 64 + 2 border), right lung first.

    The channels are the two of `lung_channels` and the segmenter's probability of lung.
    """
    scale = FRAME_PIXELS // _SEGMENTED_SIDE
    either = np.repeat(np.repeat(lungs.max(axis=0), scale, axis=0), scale, axis=1)
    planes = np.concatenate((lung_channels(frame, outlines), either[None])).astype(np.float32)
    return np.stack([unroll(planes, outline, border=border) for outline in outlines])


def find_lungs(segmenter: LungSegmenter, frame: FloatImage, *, border: int = 0) -> FloatImage | None:
    """Return the unrolled lungs of a frame, None where no lung is found."""
    lungs = segment_lungs(segmenter, frame)
    outlines = outline_lungs(lungs)
    return None if outlines is None else unrolled_lungs(frame, lungs, outlines, border=border)


def read_lungs(networks: Sequence[SeverityNetwork], lungs: FloatImage) -> FilmReading:
    """Return the mean reading of several networks of one film's unrolled lungs, (2, 3, 96, 64)."""
    views = torch.from_numpy(np.ascontiguousarray(lungs))
    with torch.inference_mode():
        readings = [network(views) for network in networks]
    extent = torch.stack([reading.geographic_extent for reading in readings]).mean(dim=0)
    opacity = torch.stack([reading.opacity for reading in readings]).mean(dim=0)
    zones = torch.stack([reading.zones for reading in readings]).mean(dim=0)
    return FilmReading(
        (float(extent[0]), float(extent[1])),
        (float(opacity[0]), float(opacity[1])),
        tuple(float(zone) for zone in zones.flatten()),
    )
