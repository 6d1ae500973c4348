"""Version 2 of mlmed/covid-severity, trained on the RALO films; see `card.md`."""

from __future__ import annotations

from pathlib import Path

from core.scoring.base import Scorer


def load(*, weights_dir: Path) -> Scorer:
    """Return the scorer with the imported weights in `weights_dir`."""
    from core.scoring.models.txrv.ralo.scorer import RaloScorer  # noqa: PLC0415  imports torch

    return RaloScorer.from_weights(weights_dir)
