"""From opacity in percent of a lung field to the scales of geographic extent and opacity."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from core.scoring.models.unet_resnet18.inference import OpacityInference
from core.types import Measure

if TYPE_CHECKING:
    from torch import Tensor


Number = TypeVar("Number", float, "Tensor")


@dataclass(frozen=True)
class SeverityLine:
    """Severity of one lung as a rising function of its opacity and of its density.

    ``constant + root * sqrt(share) + slope * share + density * grey``, where `share` (0-1) is the opaque part of the
    lung field and `grey` (0-1) its mean grey; kept to 0 and half of the measure's scale. A film's value is the sum over
    its lungs. `root`, `slope` and `density` are 0 or more, so more opacity never gives a lower score.
    """

    constant: float
    root: float
    slope: float
    density: float

    def __post_init__(self) -> None:
        values = (self.constant, self.root, self.slope, self.density)
        if not all(math.isfinite(value) for value in values) or min(values[1:]) < 0:
            message = f"Severity line {values}. Expected finite numbers, all but the first 0 or more."
            raise ValueError(message)

    def lungs(self, inference: OpacityInference, measure: Measure) -> tuple[float, float]:
        """Return severity of right and left lung, 0 to half of the scale of `measure`."""
        highest = measure.maximum / 2
        pairs = zip(inference.fractions, inference.densities, strict=True)
        right, left = (min(max(self.value(fraction / 100, grey), 0.0), highest) for fraction, grey in pairs)
        return right, left

    def value(self, share: Number, grey: Number) -> Number:
        """Return severity of a lung from its opaque share and its mean grey (0-1), not kept to the scale."""
        root: Number = share**0.5
        return self.constant + self.root * root + self.slope * share + self.density * grey


def severity_lines(evidence: Mapping[str, object]) -> dict[Measure, SeverityLine]:
    """Return the lines that a card carries.

    Raises
    ------
    ValueError
        The card has none, or not in the form of `SeverityLine`.
    """
    lines = evidence.get("severity_line")
    if not isinstance(lines, Mapping) or any(measure.value not in lines for measure in Measure):
        raise ValueError("The card carries no severity line for each measure.")
    try:
        return {measure: SeverityLine(**lines[measure.value]) for measure in Measure}
    except TypeError as error:
        raise ValueError(f"The card's severity line is not of the documented form ({error}).") from error
