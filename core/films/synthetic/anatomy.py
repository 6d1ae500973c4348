"""The chest of one patient, how it lies on one film, and its soft tissue and air as path lengths in cm.

Chest coordinates are in cm: x from the midline, positive towards the patient's left (right side of the
picture); y downwards from the apices of the lungs. They move with position and breath.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.types import FloatImage, PatientPosition, ViewPosition

Points = NDArray[np.float64]
SIDES = (-1.0, 1.0)  # patient's right, patient's left


@dataclass(frozen=True)
class Physique:
    """What stays the same on all films of a patient; lengths in cm, ratios without unit."""

    half_width: float
    height: float
    depth: float
    heart: float
    wall: float
    breast: float
    rib_drop: float
    rib_pitch: float
    knob: float
    dome_right: float
    dome_left: float
    spine_bow: float


@dataclass(frozen=True)
class Pose:
    """How the patient lies on one film.

    Attributes
    ----------
    rows, columns : int
        Of the grid the chest is computed on.
    pixels_per_cm, top_cm, shift_cm, tilt
        Scale; distance of the apices from the upper edge; shift to the side; turn in the film's plane (rad).
    turn : float
        Rotation about the long axis: cm by which front and back shift against each other, half each.
    lordosis : float
        Cm by which structures in front are thrown upwards (apical lordotic projection).
    breath : float
        Height of the lungs against a full breath erect.
    heart_scale : float
        Magnification of the heart, larger in AP.
    scapula : float
        Cm by which the shoulder blades are drawn out of the lungs.
    supine, anterior : bool
        Lying; X-rays from the front (AP).
    """

    rows: int
    columns: int
    pixels_per_cm: float
    top_cm: float
    shift_cm: float
    tilt: float
    turn: float
    lordosis: float
    breath: float
    heart_scale: float
    scapula: float
    supine: bool
    anterior: bool

    def to_pixels(self, points: Points, enlarged: float = 1.0) -> Points:
        """Return chest points (…, 2) in cm as (x, y) pixels of a grid `enlarged` times this one."""
        cos, sin = np.cos(self.tilt), np.sin(self.tilt)
        turned = points @ np.array([[cos, sin], [-sin, cos]])
        origin = np.array([self.columns / 2 / self.pixels_per_cm + self.shift_cm, self.top_cm])
        return np.asarray((turned + origin) * (self.pixels_per_cm * enlarged))

    def grid(self) -> tuple[FloatImage, FloatImage]:
        """Return the chest coordinates x and y (cm) of every pixel centre, each (rows, columns)."""
        cos, sin = np.float32(np.cos(self.tilt)), np.float32(np.sin(self.tilt))
        across = (np.arange(self.columns, dtype=np.float32) + 0.5 - self.columns / 2) / self.pixels_per_cm
        across -= np.float32(self.shift_cm)
        down = (np.arange(self.rows, dtype=np.float32) + 0.5) / np.float32(self.pixels_per_cm)
        down -= np.float32(self.top_cm)
        return across * cos + down[:, None] * sin, down[:, None] * cos - across * sin


def physique_of(random: np.random.Generator) -> Physique:
    """Return a patient's chest, drawn from ordinary adults."""
    woman = random.random() < 0.45
    return Physique(
        half_width=random.uniform(12.6, 13.9) - 0.7 * woman,
        height=random.uniform(21.5, 24.0) - 1.0 * woman,
        depth=random.uniform(13.5, 16.0),
        heart=random.uniform(0.92, 1.14),
        wall=random.uniform(2.2, 4.6),
        breast=random.uniform(1.0, 2.2) if woman else random.uniform(0.0, 0.35),
        rib_drop=random.uniform(10.2, 12.6),
        rib_pitch=random.uniform(2.05, 2.25),
        knob=random.uniform(0.85, 1.2),
        dome_right=random.uniform(-0.3, 0.3),
        dome_left=random.uniform(0.7, 1.6),
        spine_bow=random.uniform(-0.35, 0.35),
    )


def pose_of(
    random: np.random.Generator, *, view: ViewPosition, position: PatientPosition, rows: int, columns: int
) -> Pose:
    """Return how the patient lies on one film of that projection and position."""
    anterior = view is ViewPosition.AP
    supine = position is PatientPosition.SUPINE
    semi = position is PatientPosition.SEMI_ERECT
    looseness = 1.0 if anterior else 0.35
    field_cm = (39.5 if anterior else 38.5) * random.uniform(0.97, 1.03)
    lying = 1.0 if supine else 0.5 if semi else 0.0
    return Pose(
        rows=rows,
        columns=columns,
        pixels_per_cm=columns / field_cm,
        top_cm=(4.6 if anterior else 6.0) + random.uniform(-0.8, 0.8),
        shift_cm=random.uniform(-1.2, 1.2) * looseness,
        tilt=float(np.deg2rad(random.uniform(-3.5, 3.5))) * looseness,
        turn=random.uniform(-1.5, 1.5) * looseness,
        lordosis=1.9 * lying + 0.5 * anterior + random.uniform(-0.3, 0.3),
        breath=0.99 - 0.13 * lying - 0.03 * anterior + random.uniform(-0.035, 0.025),
        heart_scale=1.0 + 0.07 * anterior + 0.09 * lying + random.uniform(-0.02, 0.02),
        scapula=0.3 + random.uniform(-0.5, 0.5) if anterior else 3.6 + random.uniform(-0.6, 0.4),
        supine=supine,
        anterior=anterior,
    )


@dataclass(frozen=True)
class Chest:
    """A patient's chest as it lies on one film: shapes that bones, vessels, opacities and air share."""

    physique: Physique
    pose: Pose

    @property
    def lung_height(self) -> float:
        """Return the height of the lungs at the right dome, cm."""
        return self.physique.height * self.pose.breath

    def outer(self, y: FloatImage | float) -> FloatImage:
        """Return the distance of the lung's lateral border from the midline at height y, cm."""
        t = np.clip(np.asarray(y, dtype=np.float32) / (0.85 * self.physique.height), 0, 1)
        bulge = (1 - (1 - t) ** 2.3) ** 0.62
        return np.asarray(4.6 + (self.physique.half_width - 4.6) * bulge, dtype=np.float32)

    def inner(self, y: FloatImage) -> FloatImage:
        """Return the distance of the lung's medial border from the midline at height y, cm."""
        t = np.clip(y / 4.0, 0, 1)
        return np.asarray(4.6 - 2.6 * np.sqrt(1 - (1 - t) ** 2), dtype=np.float32)

    def dome(self, x: FloatImage, side: float) -> FloatImage:
        """Return the height y of the diaphragm at x, cm."""
        lower = self.physique.dome_right if side < 0 else self.physique.dome_left
        peak, reach = 5.6, self.physique.half_width
        beside = np.abs(x) - peak
        lateral = np.clip(beside / (reach - peak), 0, 1.3) ** 2.3 * (3.4 if self.pose.supine else 4.6)
        medial = np.clip(-beside / peak, 0, 1) ** 2 * 1.5
        return np.asarray(self.lung_height + lower + lateral + medial, dtype=np.float32)

    def behind(self) -> float:
        """Return the shift (cm) that rotation gives to structures at the back."""
        return -self.pose.turn / 2
