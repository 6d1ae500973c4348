"""torchxrayvision's DenseNet-121, rearranged so that it computes the same with less work.

Every convolution that is followed by a normalisation takes that into its weights. Every normalisation that comes
before one is a limit at one end: ``relu(a x + d)`` is ``a (max(x, t) - t)`` with ``t = -d / a`` (``min`` where a < 0),
and a and t go into the convolution. The layers of a block write into one array instead of joining arrays anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

BLOCK_LAYERS = (6, 12, 24, 16)
GROWTH = 32
_EPSILON = 1e-5  # of torch's BatchNorm2d, which the library leaves as it is


@dataclass(frozen=True)
class Limited:
    """A normalisation, a rectifier and a convolution: limits per channel, then weights and bias."""

    low: Tensor
    high: Tensor
    weight: Tensor
    bias: Tensor

    def __call__(self, films: Tensor) -> Tensor:
        """Return the output of the convolution."""
        return functional.conv2d(torch.clamp(films, self.low, self.high), self.weight, self.bias)


class DenseNet(nn.Module):
    """DenseNet-121 with one input channel.

    Parameters
    ----------
    tensors : mapping of str to array
        By the library's names, as `core.scoring.weights.load_part` gives them.
    dtype : torch.dtype
        Of weights and of what runs between the layers: float32 or bfloat16. Features and outputs are float32.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]], *, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self._tensors = {name: torch.from_numpy(array) for name, array in tensors.items()}
        self._dtype = dtype
        scale, shift = self._normalisation("features.norm0")
        self._first = self._filed(self._tensors["features.conv0.weight"] * scale.view(-1, 1, 1, 1))
        self._first_bias = shift.to(dtype)
        self._blocks = [self._block(number, layers) for number, layers in enumerate(BLOCK_LAYERS, start=1)]
        self._transitions = [
            self._limited(
                f"features.transition{number}.norm", self._tensors[f"features.transition{number}.conv.weight"]
            )
            for number in range(1, len(BLOCK_LAYERS))
        ]
        self._last = self._normalisation("features.norm5")
        self._classifier = (self._tensors["classifier.weight"], self._tensors["classifier.bias"])
        del self._tensors

    def forward(self, films: Tensor) -> Tensor:
        """Return the raw outputs of films (n, 1, 224, 224), -1024 to 1024: (n, 18)."""
        return functional.linear(self.features(films), *self._classifier)

    def features(self, films: Tensor) -> Tensor:
        """Return the features of films before the classifier, (n, 1024), not negative."""
        films = films.to(self._dtype)
        wide = functional.conv2d(films, self._first, self._first_bias, stride=2, padding=3)
        wide = _pooled(functional.relu_(wide)).contiguous(memory_format=torch.channels_last)
        for number, block in enumerate(self._blocks):
            wide = _joined(block, wide) if torch.is_grad_enabled() else _grown(block, wide)
            if number < len(self._transitions):
                transition = self._transitions[number]
                # The mean of four places goes through a linear layer as well after it as before.
                mean = functional.avg_pool2d(torch.clamp(wide, transition.low, transition.high), 2)
                wide = functional.conv2d(mean, transition.weight, transition.bias)
        scale, shift = (values.view(1, -1, 1, 1) for values in self._last)
        return functional.relu(wide.float() * scale + shift).mean(dim=(2, 3))

    def _block(self, number: int, layers: int) -> list[tuple[Limited, Tensor]]:
        return [self._layer(f"features.denseblock{number}.denselayer{layer}") for layer in range(1, layers + 1)]

    def _layer(self, name: str) -> tuple[Limited, Tensor]:
        scale, shift = self._normalisation(f"{name}.norm2")
        narrow = self._tensors[f"{name}.conv1.weight"] * scale.view(-1, 1, 1, 1)
        return self._limited(f"{name}.norm1", narrow, shift), self._filed(self._tensors[f"{name}.conv2.weight"])

    def _normalisation(self, name: str) -> tuple[Tensor, Tensor]:
        """Return scale and shift of a normalisation."""
        weight, bias, mean, variance = (
            self._tensors[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = weight / torch.sqrt(variance + _EPSILON)
        return scale, bias - mean * scale

    def _limited(self, norm: str, weight: Tensor, shift: Tensor | None = None) -> Limited:
        """Return a normalisation, its rectifier and the 1 x 1 convolution after it."""
        scale, offset = self._normalisation(norm)
        idle = scale == 0
        limit = torch.where(idle, 0.0, -offset / torch.where(idle, 1.0, scale)).to(self._dtype)
        low = torch.where(scale >= 0, limit, -torch.inf)
        high = torch.where(scale <= 0, limit, torch.inf)
        scaled = self._filed(weight * scale.view(1, -1, 1, 1))
        # From the rounded weights and limits, so that what is rectified to nothing adds exactly nothing.
        constant = -(scaled.float() * limit.float().view(1, -1, 1, 1)).sum(dim=(1, 2, 3))
        constant += (weight * torch.where(idle, offset.clamp(min=0), 0.0).view(1, -1, 1, 1)).sum(dim=(1, 2, 3))
        bias = constant if shift is None else constant + shift
        return Limited(low.view(1, -1, 1, 1), high.view(1, -1, 1, 1), scaled, bias.to(self._dtype))

    def _filed(self, weight: Tensor) -> Tensor:
        return weight.to(self._dtype).contiguous(memory_format=torch.channels_last)


def _grown(block: Sequence[tuple[Limited, Tensor]], films: Tensor) -> Tensor:
    """Return a block's input and the outputs of its layers, each of which sees all before it."""
    count, channels, rows, columns = films.shape
    grown = torch.empty(
        (count, channels + GROWTH * len(block), rows, columns), dtype=films.dtype, memory_format=torch.channels_last
    )
    grown[:, :channels] = films
    for narrow, spread in block:
        known = functional.relu_(narrow(grown[:, :channels]))
        grown[:, channels : channels + GROWTH] = functional.conv2d(known, spread, padding=1)
        channels += GROWTH
    return grown


def _joined(block: Sequence[tuple[Limited, Tensor]], films: Tensor) -> Tensor:
    """Return the same as `_grown`, so that gradients can be taken: slower by half."""
    for narrow, spread in block:
        known = functional.relu(narrow(films))
        films = torch.cat((films, functional.conv2d(known, spread, padding=1)), dim=1)
    return films


def _pooled(films: Tensor) -> Tensor:
    """Return the largest of every 3 x 3 places, every second one, of values that are not negative.

    torch's own pooling also says where the largest stood and takes eight times as long.
    """
    padded = functional.pad(films, (1, 0, 1, 0))
    tall = torch.maximum(torch.maximum(padded[:, :, 0:-2:2], padded[:, :, 1:-1:2]), padded[:, :, 2::2])
    return torch.maximum(torch.maximum(tall[..., 0:-2:2], tall[..., 1:-1:2]), tall[..., 2::2])
