"""Pulmonary vessels and airways: trees that taper outwards from the hila, in lung coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from core.films.synthetic.anatomy import SIDES, Chest, Points
from core.films.synthetic.drawing import Layer, curve
from core.types import FloatImage

_DIRECTIONS = (-80, -55, -30, -8, 14, 34, 50, 62, 74)  # degrees below horizontal, outwards
_STEPS = 5  # points of a vessel


@dataclass(frozen=True, eq=False)
class VesselTree:
    """All vessels of both lungs.

    Attributes
    ----------
    points : float array, (vessels, 5, 2)
        In chest coordinates of lungs 22 cm high.
    radius : float array, (vessels, 5)
        In cm, along each vessel.
    """

    points: Points
    radius: Points


def tree_of(random: np.random.Generator) -> VesselTree:
    """Return a patient's vessels, generation after generation down to a radius of 0.4 mm."""
    side = np.repeat(SIDES, len(_DIRECTIONS))
    angle = np.tile(_DIRECTIONS, 2)
    heading = np.deg2rad(angle + random.uniform(-8, 8, len(side)))
    hilum = np.stack([side * 3.6, np.where(side < 0, 10.2, 9.3)], axis=1)
    start = hilum + random.uniform(-0.5, 0.5, hilum.shape)
    radius = np.where(angle > 40, 0.40, 0.33) * random.uniform(0.85, 1.1, len(side))
    points, radii = [], []
    while len(side):
        grown, bend, thinner = _generation(random, start, side, heading, radius)
        points.append(grown)
        radii.append(np.linspace(radius, thinner, _STEPS, axis=1))
        fork = random.uniform(0.18, 0.45, len(side))
        keep = np.tile(thinner >= 0.036, 2)
        side, start = np.tile(side, 2)[keep], np.tile(grown[:, -1], (2, 1))[keep]
        heading = np.concatenate([bend - fork, bend + fork])[keep]
        radius = (np.tile(thinner, 2) * random.uniform(0.72, 0.97, len(keep)))[keep]
    # the widest last: they cover the finer ones
    return VesselTree(np.concatenate(points[::-1]), np.concatenate(radii[::-1]))


def _generation(
    random: np.random.Generator, start: Points, side: Points, heading: Points, radius: Points
) -> tuple[Points, Points, Points]:
    """Return the vessels that grow from `start`: points (n, 5, 2), their last heading and last radius."""
    length = 1.6 + 5.0 * radius * random.uniform(0.8, 1.4, len(side))
    bend = heading + random.uniform(-0.55, 0.55, len(side))
    way = np.linspace(heading, bend, _STEPS - 1, axis=1)
    step = np.stack([side[:, None] * np.cos(way), np.sin(way)], axis=2) * (length / (_STEPS - 1))[:, None, None]
    grown = start[:, None] + np.concatenate([np.zeros((len(side), 1, 2)), np.cumsum(step, axis=1)], axis=1)
    return grown, bend, radius * random.uniform(0.72, 0.84, len(side))


def draw_vessels(chest: Chest, tree: VesselTree) -> FloatImage:
    """Return the path (cm of blood) through the vessels, (rows, columns), not yet cut to the lungs."""
    layer = Layer(chest.pose)
    # lying, the vessels of the upper zones fill as the lower ones do
    fuller = 1.15 if chest.pose.supine else 1.0
    stretched = tree.points * (1.0, chest.lung_height / 22.0)
    layer.tubes(stretched, tree.radius * 0.85 * fuller, tree.radius * 3.4 * fuller)
    return np.asarray(ndimage.gaussian_filter(layer.image(), 0.06 * chest.pose.pixels_per_cm), dtype=np.float32)


def draw_airways(chest: Chest) -> FloatImage:
    """Return the path (cm of air) through trachea and main bronchi, (rows, columns)."""
    layer = Layer(chest.pose)
    carina = chest.lung_height / 22.0 * 8.3
    trachea = curve([(0.0, -6.5), (0.0, -2.0), (-0.25, carina * 0.8), (-0.15, carina)])
    for side, reach, fall in ((-1.0, 3.2, 2.3), (1.0, 4.0, 2.4)):
        layer.tube(curve([(side * 0.1 - 0.15, carina - 0.5), (side * reach, carina + fall)]), 0.5, 0.7)
    layer.tube(trachea, 0.82, 1.5)
    return np.asarray(ndimage.gaussian_filter(layer.image(), 0.12 * chest.pose.pixels_per_cm), dtype=np.float32)
