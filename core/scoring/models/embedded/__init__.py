"""The scorer that needs no download: trained in this project, its weights in the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.scoring.models.embedded.scorer import EmbeddedScorer

CARD_PATH = Path(__file__).with_name("card.json")
WEIGHTS_PATH = Path(__file__).with_name("embedded.safetensors")


def load() -> EmbeddedScorer:
    """Return the scorer with its weights checked and loaded.

    Raises
    ------
    WeightsInvalidError
        Weights or card are missing or altered.
    """
    from core.scoring.models.embedded.scorer import EmbeddedScorer  # noqa: PLC0415 - torch only when asked for

    return EmbeddedScorer.read(card_path=CARD_PATH, weights_path=WEIGHTS_PATH)
