"""What augmentation may change, and what not."""

import pytest
import torch

from core.research.training.networks.segmentation import SEGMENTED_SIDE, _augmented
from core.research.training.pictures.augmentation import hide_patches, vary_channels, vary_exposure, warp


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_a_warp_of_nothing_changes_nothing() -> None:
    planes = torch.rand(2, 3, 32, 48)

    torch.testing.assert_close(warp(planes, generator(), degrees=0, scale=0, shift=0), planes, atol=1e-4, rtol=0)


def test_a_shift_moves_content_by_at_most_its_share() -> None:
    planes = torch.zeros(8, 1, 40, 40)
    planes[:, :, 20, 20] = 1

    moved = warp(planes, generator(), degrees=0, scale=0, shift=0.1)

    rows = torch.arange(40.0)[:, None]
    centres = (moved[:, 0] * rows).sum(dim=(1, 2)) / moved[:, 0].sum(dim=(1, 2))
    assert float((centres - 20).abs().max()) <= 4.1
    assert float(centres.std()) > 0.5


def test_exposure_stays_within_the_grey_scale() -> None:
    varied = vary_exposure(torch.rand(6, 1, 16, 16), generator())

    assert 0 <= float(varied.min()) < float(varied.max()) <= 1


def test_both_lungs_of_a_film_are_exposed_alike() -> None:
    lungs = torch.full((4, 2, 4, 64, 64), 0.5)

    varied = vary_channels(lungs, generator()).mean(dim=(3, 4))

    torch.testing.assert_close(varied[:, 0], varied[:, 1], atol=0.01, rtol=0)
    assert varied[:, 0, 2].tolist() == pytest.approx([0.5] * 4, abs=0.01)


def test_patches_hide_some_lungs_and_leave_the_input_alone() -> None:
    lungs = torch.ones(40, 3, 96, 64)

    hidden = hide_patches(lungs, generator(), share=0.5)

    touched = (hidden[:, 0] == 0).any(dim=2).any(dim=1)
    assert 10 <= int(touched.sum()) <= 30
    assert float(hidden[:, 2].min()) == 1.0
    assert float(lungs.min()) == 1.0


def test_a_flipped_film_has_its_lungs_exchanged() -> None:
    images = torch.zeros(16, 1, SEGMENTED_SIDE, SEGMENTED_SIDE)
    masks = torch.zeros(16, 3, SEGMENTED_SIDE, SEGMENTED_SIDE)
    masks[:, 0, 60:120, 30:80] = 1
    masks[:, 1:, 60:120, 110:160] = 1  # the left lung is opaque

    _films, planes = _augmented(images, masks, generator())

    columns = torch.arange(SEGMENTED_SIDE // 2)
    centres = (planes * columns).sum(dim=(2, 3)) / planes.sum(dim=(2, 3))
    # Flipped or not, the right lung lies on the left of the picture; the opacity stays where it is seen.
    assert bool((centres[:, 0] < centres[:, 1]).all())
    opaque_right = centres[:, 2] < SEGMENTED_SIDE / 4
    assert 0 < int(opaque_right.sum()) < 16
