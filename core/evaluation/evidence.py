"""Where the evidence stands that figures are recomputed from."""

from __future__ import annotations

from pathlib import Path

EVIDENCE = Path(__file__).resolve().parents[2] / "docs" / "evidence"
"""Folder of out-of-fold predictions, overlaps and training logs in the repository."""
