"""``python -m core.research.training --data DIR --out DIR``: train the embedded scorer."""

from __future__ import annotations

from pathlib import Path

from core.research.training.command import run_training
from core.research.training.embedded import train
from core.research.training.release import release

if __name__ == "__main__":
    run_training(
        train,
        release,
        description="Train the embedded scorer",
        data="folder with films.csv, scores.csv and the films",
        out=Path("build/training"),
    )
