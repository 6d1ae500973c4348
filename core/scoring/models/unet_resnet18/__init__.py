"""Opacity segmentation: lung fields and opacity by a U-Net with ResNet-18 encoder, trained in this project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.scoring.models.unet_resnet18.scorer import UnetResnet18Scorer

CARD_PATH = Path(__file__).with_name("card.json")
WEIGHTS_PATH = Path(__file__).with_name("unet_resnet18.safetensors")


def load() -> UnetResnet18Scorer:
    """Return the scorer with its weights checked and loaded.

    Raises
    ------
    WeightsInvalidError
        Weights or card are missing or altered.
    """
    from core.scoring.models.unet_resnet18.scorer import UnetResnet18Scorer  # noqa: PLC0415 - torch only when asked for

    return UnetResnet18Scorer(card_path=CARD_PATH, weights_path=WEIGHTS_PATH)
