"""Random changes of training films that must not change what is read from them."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def warp(
    planes: Tensor, generator: torch.Generator, *, degrees: float, scale: float, shift: float, shear: float = 0.0
) -> Tensor:
    """Rotate, scale (each axis), shift and shear every image of a batch by its own random amount.

    Parameters
    ----------
    planes : Tensor, (images, channels, rows, columns)
    degrees, scale, shift, shear : float
        Largest rotation; largest relative change of size; largest shift as a share of the side; largest shear.
    """
    count = len(planes)

    def spread(largest: float) -> Tensor:
        return (torch.rand(count, generator=generator) * 2 - 1) * largest

    angle = spread(degrees) * math.pi / 180
    across, down = torch.exp(spread(scale)), torch.exp(spread(scale))
    matrix = torch.empty(count, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = angle.cos() * across, -angle.sin() * down + spread(shear)
    matrix[:, 1, 0], matrix[:, 1, 1] = angle.sin() * across, angle.cos() * down
    matrix[:, 0, 2], matrix[:, 1, 2] = spread(2 * shift), spread(2 * shift)
    grid = functional.affine_grid(matrix, list(planes.shape), align_corners=False)
    return functional.grid_sample(planes, grid, align_corners=False, padding_mode="zeros")


def vary_exposure(frames: Tensor, generator: torch.Generator) -> Tensor:
    """Change gamma, contrast and brightness of frames (films, 1, rows, columns) in 0-1, and add noise."""
    count = len(frames)

    def spread(largest: float) -> Tensor:
        return ((torch.rand(count, generator=generator) * 2 - 1) * largest)[:, None, None, None]

    gamma, contrast, brightness = torch.exp(spread(0.5)), torch.exp(spread(0.3)), spread(0.12)
    varied = (frames.clamp(0, 1) ** gamma - 0.5) * contrast + 0.5 + brightness
    noise = torch.randn(frames.shape, generator=generator) * 0.02
    return (varied + noise).clamp(0, 1)


def vary_channels(lungs: Tensor, generator: torch.Generator) -> Tensor:
    """Change exposure of unrolled lungs (films, lungs, 4 channels, rows, columns); where lung is (the third) stays.

    Both lungs of a film change alike, as one exposure makes them.
    """
    count = len(lungs)

    def spread(largest: float) -> Tensor:
        return ((torch.rand(count, generator=generator) * 2 - 1) * largest)[:, None, None, None]

    relative = lungs[:, :, 0] * torch.exp(spread(0.2)) + spread(0.12) + spread(0.15) * (lungs[:, :, 0] ** 2 - 0.15)
    local = lungs[:, :, 1] * torch.exp(spread(0.25))
    share = lungs[:, :, 3] * torch.exp(spread(0.1)) + spread(0.06)
    varied = torch.stack((relative, local, lungs[:, :, 2], share), dim=2)
    noise = torch.randn(varied.shape, generator=generator) * torch.tensor([0.03, 0.08, 0.02, 0.02])[:, None, None]
    return varied + noise


def hide_patches(lungs: Tensor, generator: torch.Generator, *, share: float = 0.25) -> Tensor:
    """Blank one small rectangle in some of the lungs, so that no single place decides.

    Parameters
    ----------
    lungs : Tensor, (lungs, channels, rows, columns)
    share : float
        Share of the lungs that get one.
    """
    rows, columns = lungs.shape[2:]
    hidden = lungs.clone()
    for lung in hidden:
        chance, down, across = torch.rand(3, generator=generator).tolist()
        if chance < share:
            top, left = int(down * rows * 0.85), int(across * columns * 0.8)
            lung[:2, top : top + rows // 7, left : left + columns // 5] = 0
    return hidden
