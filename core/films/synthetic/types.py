"""What is drawn, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.types import PatientPosition, ViewPosition

BoolImage = NDArray[np.bool_]


class Device(StrEnum):
    """What may lie in or on the patient."""

    ENDOTRACHEAL_TUBE = "endotracheal tube"
    CENTRAL_LINE = "central line"
    NASOGASTRIC_TUBE = "nasogastric tube"
    ECG_LEADS = "ECG leads"


@dataclass(frozen=True)
class LungSeverity:
    """How much of one lung is opaque, and how dense.

    Attributes
    ----------
    extent : float
        0-4 as readers use it: 0 none, 1 <25 %, 2 25-50 %, 3 50-75 %, 4 >75 % of the lung. Fractions of a
        point are drawn as such.
    density : float
        0-3: 0 none, 1 ground glass, 2 consolidation, 3 white-out.
    """

    extent: float
    density: float

    def __post_init__(self) -> None:
        if not (0 <= self.extent <= 4 and 0 <= self.density <= 3):
            message = f"Severity {self.extent}, {self.density}. Expected an extent of 0-4 and a density of 0-3."
            raise ValueError(message)
        if (self.extent > 0) != (self.density > 0):
            message = f"Extent {self.extent} with density {self.density}: both are 0 (clear lung) or neither is."
            raise ValueError(message)

    @property
    def fraction(self) -> float:
        """Return the share of the lung that is opaque, 0-1: the middle of the reader's class."""
        return float(np.interp(self.extent, (0, 1, 2, 3, 4), (0.0, 0.125, 0.375, 0.625, 0.95)))


CLEAR = LungSeverity(0.0, 0.0)


@dataclass(frozen=True, eq=False)
class SyntheticTruth:
    """What a synthetic film shows, known because it was drawn.

    Attributes
    ----------
    right, left : LungSeverity
        Of the patient's right lung (left side of the picture) and left lung.
    right_lung, left_lung : bool array, (rows, columns)
        Lung that heart, mediastinum and diaphragm leave in sight.
    opacity : bool array, (rows, columns)
        Opaque part of both lungs.
    opacity_fraction : float
        Share of both lungs that is opaque, 0-1.
    """

    right: LungSeverity
    left: LungSeverity
    right_lung: BoolImage
    left_lung: BoolImage
    opacity: BoolImage
    opacity_fraction: float

    @property
    def geographic_extent(self) -> float:
        """Return the extent of both lungs, 0-8."""
        return self.right.extent + self.left.extent

    @property
    def opacity_score(self) -> float:
        """Return the density of both lungs, 0-6."""
        return self.right.density + self.left.density


@dataclass(frozen=True, eq=False)
class SyntheticFilm:
    """A drawn film.

    Attributes
    ----------
    pixels : uint16 array, (rows, columns)
        0-4095, MONOCHROME2: bright is dense.
    truth : SyntheticTruth
    view_position : ViewPosition
    patient_position : PatientPosition
    """

    pixels: NDArray[np.uint16]
    truth: SyntheticTruth
    view_position: ViewPosition
    patient_position: PatientPosition
