"""How far apart the pixels of a projection film are, and at which plane that holds (PS3.3 10.7.1.1 to 10.7.1.3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from pydicom.dataset import Dataset

from core.films.dicom.elements import element_numbers, element_text

_LEAST_MM, _MOST_MM = 0.01, 10.0
"""Beyond these no chest film has pixels: such an entry is an error of unit."""
_ALIKE = 0.001
"""Relative difference below which two spacings are one, written with more or fewer digits."""
_CALIBRATIONS = frozenset({"GEOMETRY", "FIDUCIAL"})


class SpacingBasis(StrEnum):
    """What a spacing of pixels is measured at."""

    CALIBRATED = "calibrated"
    """Corrected for magnification, at a depth within the patient."""
    DETECTOR = "detector"
    """At the front plane of the receptor; what lies before it is drawn larger than it is."""
    UNSTATED = "unstated"
    """The file does not say whether it was corrected."""


@dataclass(frozen=True)
class PixelSpacing:
    """Distance between the centres of neighbouring pixels.

    Attributes
    ----------
    row_mm : float
        Between rows, that is, downwards.
    column_mm : float
        Between columns, that is, across.
    """

    row_mm: float
    column_mm: float
    basis: SpacingBasis

    @property
    def transposed(self) -> PixelSpacing:
        """Return the spacing of the film once rows and columns have changed places."""
        return PixelSpacing(self.column_mm, self.row_mm, self.basis)


def pixel_spacing(dataset: Dataset) -> PixelSpacing | None:
    """Return the spacing of a film's stored pixels; None where the file states none that can be.

    Pixel Spacing (0028,0030) counts before Imager Pixel Spacing (0018,1164). Equal to it, it is not calibrated; other
    than it, or with a Pixel Spacing Calibration Type (0028,0A02), it is. Alone it may be either.
    """
    stated, imager = (_stated(dataset, keyword) for keyword in ("PixelSpacing", "ImagerPixelSpacing"))
    if stated is None:
        return None if imager is None else PixelSpacing(*imager, SpacingBasis.DETECTOR)
    if element_text(dataset, "PixelSpacingCalibrationType").upper() in _CALIBRATIONS:
        return PixelSpacing(*stated, SpacingBasis.CALIBRATED)
    if imager is None:
        return PixelSpacing(*stated, SpacingBasis.UNSTATED)
    alike = all(math.isclose(*pair, rel_tol=_ALIKE) for pair in zip(stated, imager, strict=True))
    return PixelSpacing(*stated, SpacingBasis.DETECTOR if alike else SpacingBasis.CALIBRATED)


def _stated(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    values = element_numbers(dataset, keyword)
    if len(values) != 2 or not all(_LEAST_MM <= value <= _MOST_MM for value in values):
        return None
    return float(values[0]), float(values[1])
