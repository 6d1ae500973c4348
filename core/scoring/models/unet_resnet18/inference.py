"""What is read from the masks of a film: opacity in percent of the lung fields, and how dense the lungs are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.scoring.fractions import percent_opaque
from core.types import FloatImage

_THRESHOLD = 0.5
_SMALLEST_LUNG = 0.012
_SMALLEST_RELATIVE_LUNG = 0.25


@dataclass(frozen=True)
class OpacityInference:
    """Opacity and density of one film's lungs.

    Attributes
    ----------
    fraction : float
        0-100 % of both lung fields.
    fractions : (float, float)
        0-100 % of right and left lung field.
    densities : (float, float)
        Mean grey of right and left lung field in the frame, 0 (darkest of the film) to 1.
    """

    fraction: float
    fractions: tuple[float, float]
    densities: tuple[float, float]


def read_opacity(frame: FloatImage, probability: FloatImage) -> OpacityInference | None:
    """Read a frame (128, 128) and its masks (3, 128, 128); None where no lung is found."""
    fields = lung_fields(probability)
    if fields is None:
        return None
    (right, left), opaque = fields, probability[2] > _THRESHOLD
    return OpacityInference(
        percent_opaque(opaque, right | left),
        (percent_opaque(opaque, right), percent_opaque(opaque, left)),
        (float(frame[right].mean()), float(frame[left].mean())),
    )


def lung_fields(probability: FloatImage) -> NDArray[np.bool_] | None:
    """Return the fields of right and left lung, (2, 128, 128), of masks (3, 128, 128); None where no lung is found.

    A lung that is missing, or less than a quarter of the other, is read over the other's mirror image: a whited-out
    lung is the one most easily missed, and leaving it out would read it as clear.
    """
    right, left = (plane > _THRESHOLD for plane in probability[:2])
    areas = float(right.mean()), float(left.mean())
    if max(areas) < _SMALLEST_LUNG:
        return None
    if areas[0] < _SMALLEST_RELATIVE_LUNG * areas[1]:
        right = left[:, ::-1]
    elif areas[1] < _SMALLEST_RELATIVE_LUNG * areas[0]:
        left = right[:, ::-1]
    return np.stack((right, left))
