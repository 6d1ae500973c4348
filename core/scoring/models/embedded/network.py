"""The two networks of the embedded scorer: where the lungs are, and how ill they look."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

ZONES_PER_LUNG = 3
"""Upper, middle and lower zone, as in the Brixia score."""

CHANNELS = 4
"""Channels of an unrolled lung; `core.scoring.models.embedded.inference.unrolled_lungs` says which."""

MAP_ROWS, MAP_COLUMNS = 24, 16
"""Size of the opacity map over one unrolled lung."""

FEATURES = 128
"""Features of a film: means over its two lungs."""

_SEGMENTER_WIDTHS = (24, 48, 96, 144, 160)
_SEVERITY_WIDTHS = (32, 64, 96, FEATURES)
_MAP_WIDTH = 32


def _convolution(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


def _doubled(features: Tensor) -> Tensor:
    return nn.functional.interpolate(features, scale_factor=2.0, mode="nearest")


class LungSegmenter(nn.Module):
    """U-Net (Ronneberger et al. 2015) that marks the right lung, the left lung and opacity on a film.

    Lung fields are drawn as anatomy has them: with the part behind the heart, and through consolidations.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = _SEGMENTER_WIDTHS
        self.unshuffle = nn.PixelUnshuffle(2)
        self.down = nn.ModuleList(
            nn.Sequential(_convolution(before, after), _convolution(after, after))
            for before, after in zip((4, *widths[:-1]), widths, strict=True)
        )
        self.up = nn.ModuleList(
            nn.Sequential(_convolution(after + before, before), _convolution(before, before))
            for before, after in pairwise(widths)
        )
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Conv2d(widths[0], 3, 1)

    def forward(self, frames: Tensor) -> Tensor:
        """Return logits (films, 3, 96, 96), right lung, left lung, opacity, of frames (films, 1, 192, 192) in 0-1."""
        features = self.unshuffle(frames - 0.5)
        skips: list[Tensor] = []
        for level, block in enumerate(self.down):
            features = block(self.pool(features) if level else features)
            skips.append(features)
        for block, skip in zip(reversed(self.up), reversed(skips[:-1]), strict=True):
            features = block(torch.cat((_doubled(features), skip), dim=1))
        logits: Tensor = self.head(features)
        return logits


class LungInference(NamedTuple):
    """What the severity network reads from lungs, one row per lung.

    `geographic_extent` (lungs,) 0-4; `opacity` (lungs,) 0-3; `zones` (lungs, 3) Brixia 0-3;
    `opacity_map` (lungs, 24, 16) logits of ground glass or consolidation on the unrolled lung;
    `features` (lungs, 128), means over the lung. None is clamped.
    """

    geographic_extent: Tensor
    opacity: Tensor
    zones: Tensor
    opacity_map: Tensor
    features: Tensor


class _Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int, *, stride: int) -> None:
        super().__init__()
        self.first = _convolution(inputs, outputs, stride=stride)
        self.second = nn.Sequential(nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs))
        self.skip = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.relu(self.second(self.first(features)) + self.skip(features))


class SeverityNetwork(nn.Module):
    """Residual network over one unrolled lung; both lungs pass through the same weights.

    A decoder block draws the opacity map; scores are read from the deepest features and the map's shares.
    The film's score is the sum over its lungs, so each lung keeps its own part.
    """

    def __init__(self, dropout: float = 0.3) -> None:
        super().__init__()
        stem, shallow, middle, deep = _SEVERITY_WIDTHS
        self.stem = _convolution(CHANNELS, stem, stride=2)
        self.shallow = _Residual(stem, shallow, stride=2)
        self.deep = nn.Sequential(_Residual(shallow, middle, stride=2), _Residual(middle, deep, stride=1))
        self.map_block = _convolution(deep + shallow, _MAP_WIDTH)
        self.map_head = nn.Conv2d(_MAP_WIDTH, 1, 1)
        pooled = 2 * deep
        self.dropout = nn.Dropout(dropout)
        self.zone_head = nn.Linear(pooled + 1, 1)
        self.zone_bias = nn.Parameter(torch.zeros(ZONES_PER_LUNG))
        self.total_head = nn.Linear(pooled + 1 + ZONES_PER_LUNG, 2)
        # Starts at the middle of what experts give, so that the first steps do not go into finding it.
        nn.init.constant_(self.zone_bias, 1.2)
        nn.init.constant_(self.total_head.bias, 1.4)
        nn.init.constant_(self.map_head.get_parameter("bias"), -1.0)

    def forward(self, lungs: Tensor) -> LungInference:
        """Read unrolled lungs (lungs, 4, 96, 64), medial side first."""
        shallow = self.shallow(self.stem(lungs))
        features = self.deep(shallow)
        opacity_map = self.map_head(self.map_block(torch.cat((_doubled(features), shallow), dim=1))).squeeze(1)
        # In training the map is taught by what was painted, not bent to fit a score.
        taught = opacity_map.detach() if self.training else opacity_map
        shares = torch.sigmoid(taught.float()).to(features.dtype)
        zone_features = torch.cat((_pooled_zones(features), zone_shares(shares)[:, :, None]), dim=2)
        zones = self.zone_head(self.dropout(zone_features)).squeeze(2) + self.zone_bias
        means = features.mean(dim=(2, 3))
        whole = torch.cat((means, features.amax(dim=(2, 3)), shares.mean(dim=(1, 2))[:, None], zones), dim=1)
        totals = self.total_head(self.dropout(whole))
        return LungInference(totals[:, 0], totals[:, 1], zones, opacity_map, means)


def zone_shares(maps: Tensor) -> Tensor:
    """Return the mean of each third of the rows of maps (lungs, rows, columns): (lungs, 3)."""
    return maps.reshape(len(maps), ZONES_PER_LUNG, -1).mean(dim=2)


def _pooled_zones(features: Tensor) -> Tensor:
    """Return mean and maximum of each third of the rows: (lungs, 3, 2 x channels)."""
    lungs, channels, _rows, columns = features.shape
    zones = features.reshape(lungs, channels, ZONES_PER_LUNG, -1, columns)
    return torch.cat((zones.mean(dim=(3, 4)), zones.amax(dim=(3, 4))), dim=1).transpose(1, 2)


def with_norms_folded(network: nn.Module) -> nn.Module:
    """Return a network in evaluation mode, changed in place: each batch norm goes into the convolution before it.

    The inferences stay the same to rounding, and take a twentieth less time.
    """
    for name, part in network.named_children():
        with_norms_folded(part)
        if isinstance(part, nn.Sequential):
            setattr(network, name, _folded(part))
    return network


def _folded(block: nn.Sequential) -> nn.Sequential:
    layers: list[nn.Module] = []
    for layer in block:
        before = layers[-1] if layers else None
        if isinstance(before, nn.Conv2d) and isinstance(layer, nn.BatchNorm2d):
            layers[-1] = fuse_conv_bn_eval(before, layer)
        else:
            layers.append(layer)
    return nn.Sequential(*layers)
