"""The `lungline` command with the scorer for tests registered: run it as a script, with the command's arguments."""

from __future__ import annotations

from core.scoring import registry
from dashboard.cli import main

if __name__ == "__main__":
    registry.register("mean-grey", "mean_grey")
    main()
