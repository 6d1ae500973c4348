"""The network: U-Net with ResNet-18 encoder, as in the published opacity segmentation."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from core.types import FloatImage

_DECODER_WIDTHS = (128, 64, 48, 32, 16)

PLANES = ("right lung", "left lung", "opacity")
"""What the three planes of the network's output show."""


def build_network() -> nn.Module:
    """Return the network with random weights: frames (films, 1, 128, 128) in 0-1 to logits (films, 3, 128, 128).

    U-Net of Ronneberger et al. 2015 over ResNet-18 (He et al. 2016), of segmentation_models_pytorch. No weights are
    fetched.
    """
    import segmentation_models_pytorch  # noqa: PLC0415 - it takes seconds, and training tables need none of it

    network: nn.Module = segmentation_models_pytorch.Unet(
        "resnet18", encoder_weights=None, decoder_channels=_DECODER_WIDTHS, in_channels=1, classes=len(PLANES)
    )
    return network.to(memory_format=torch.channels_last)


def segment(network: nn.Module, frame: FloatImage) -> FloatImage:
    """Return the probability of right lung, left lung and opacity, (3, 128, 128), in a frame (128, 128).

    The mean over the frame and its mirror image, so that a mirrored film gives mirrored masks, sides changed.
    """
    with torch.inference_mode():
        mean = mean_probability(network, torch.from_numpy(np.ascontiguousarray(frame))[None, None])
    probability: FloatImage = mean.numpy()
    return probability


def mean_probability(network: nn.Module, frame: Tensor) -> Tensor:
    """Return what `segment` returns, as a function of the frame (1, 1, 128, 128) that gradients can follow."""
    pair = torch.cat((frame, frame.flip(3))).contiguous(memory_format=torch.channels_last)
    seen = torch.sigmoid(network(pair).float())
    return (seen[0] + swap_sides(seen[1:])[0].flip(2)) / 2


def swap_sides(planes: Tensor) -> Tensor:
    """Let right and left lung of (films, 3, rows, columns) change places, as they do on a mirrored film."""
    return planes[:, [1, 0, 2]]
