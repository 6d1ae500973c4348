"""Weights that come from outside: read once without running anything, kept as safetensors, verified at each load."""

from core.scoring.weights._fetch import Progress, fetch_weights
from core.scoring.weights._import import ImportedWeights, import_weights
from core.scoring.weights._parts import (
    BACKBONE,
    MLP_GEOGRAPHIC_EXTENT,
    MLP_OPACITY,
    Part,
    models_using,
    parts_of,
)
from core.scoring.weights._store import load_part, missing_parts, weighted_version, weights_sha256

__all__ = [
    "BACKBONE",
    "MLP_GEOGRAPHIC_EXTENT",
    "MLP_OPACITY",
    "ImportedWeights",
    "Part",
    "Progress",
    "fetch_weights",
    "import_weights",
    "load_part",
    "missing_parts",
    "models_using",
    "parts_of",
    "weighted_version",
    "weights_sha256",
]
