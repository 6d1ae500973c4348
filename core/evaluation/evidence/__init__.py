"""Evidence that is shown: where its files are, what they hold, and how they are read."""

from __future__ import annotations

from pathlib import Path

EVIDENCE = Path(__file__).resolve().parents[3] / "docs" / "evidence"
"""Folder of out-of-fold predictions, overlaps and training logs in the repository."""

SIMULATION = "trend-simulation.json"
FLAGS = "trend-flags.json"
BURDEN = "trend-burden.json"
OUTCOMES = "trend-outcomes.json"
