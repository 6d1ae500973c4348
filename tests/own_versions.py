"""A site's own recalibration of a model, for tests that need one stored."""

from __future__ import annotations

from core.scoring.recalibration import MeasureLine, Recalibration
from core.types import ChangeNoise, Measure

NOISE = ChangeNoise(0.5, 1.5, 40, 20, 0.4, 0.6, "Invented for tests.")


def own_version(model: str = "mean-grey", base_version: str = "1") -> Recalibration:
    """Return a recalibration of geographic extent by 1 + 0.6 x score."""
    found = (1.2, 1.0, 1.4), (0.4, 0.3, 0.5), (-0.8, -1.0, -0.6)
    line = MeasureLine(0.6, 0.5, 0.7, 1.0, 0.75, 12, 36, 12, *found)
    noise = {Measure.GEOGRAPHIC_EXTENT: NOISE}
    return Recalibration(model, base_version, 36, 12, 2, {Measure.GEOGRAPHIC_EXTENT: line}, noise=noise).named()
