"""The model of Cohen et al. 2020; see `card.md`."""

from __future__ import annotations

from pathlib import Path

from core.scoring.base import Scorer


def load(*, weights_dir: Path) -> Scorer:
    """Return the scorer with the imported weights in `weights_dir`."""
    from core.scoring.models.txrv.cohen2020.scorer import Cohen2020Scorer  # noqa: PLC0415  imports torch

    return Cohen2020Scorer.from_weights(weights_dir)
