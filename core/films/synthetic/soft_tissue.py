"""Body, lungs, heart and mediastinum as path lengths of the rays, in cm."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from core.films.synthetic.anatomy import SIDES, Chest
from core.films.synthetic.drawing import Layer, curve
from core.types import FloatImage


def _ellipse(
    x: FloatImage, y: FloatImage, *, centre: tuple[float, float], axes: tuple[float, float], degrees: float = 0.0
) -> FloatImage:
    """Return 1 at the centre falling to 0 at the border of an ellipse, along a chord's length."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    dx, dy = x - float(centre[0]), y - float(centre[1])
    along, across = (dx * cos + dy * sin) / float(axes[0]), (dy * cos - dx * sin) / float(axes[1])
    return np.sqrt(np.clip(1 - along**2 - across**2, 0, None), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class SoftTissue:
    """Path lengths and shares of every pixel, each (rows, columns).

    Attributes
    ----------
    body : cm of soft tissue, lungs counted as solid.
    air_right, air_left : cm of air-holding lung.
    hidden : 0-1
        Share of the lung's path that heart and mediastinum take.
    recess : bool
        Lung behind the diaphragm's dome: holds air, but is not what readers call the lung field.
    u, v : lung coordinates, 0 medial to 1 lateral and 0 apex to 1 diaphragm.
    """

    body: FloatImage
    air_right: FloatImage
    air_left: FloatImage
    hidden: FloatImage
    recess: NDArray[np.bool_]
    u: FloatImage
    v: FloatImage
    gas: FloatImage


def soft_tissue_of(chest: Chest, random: np.random.Generator) -> SoftTissue:
    """Return body, lungs, heart and mediastinum of a chest; `random` shapes gas below the diaphragm."""
    x, y = chest.pose.grid()
    hidden = mediastinum_of(chest)
    outer, inner = chest.outer(y), chest.inner(y)
    right = x < 0
    dome = np.where(right, chest.dome(x, -1.0), chest.dome(x, 1.0))
    air = _air(chest, x, y, outer=outer, inner=inner, dome=dome)
    beside = np.abs(x)
    u = np.clip((beside - inner) / np.maximum(outer - inner, 0.5), 0, 1)
    v = np.clip(y / dome, 0, 1)
    zero = np.float32(0)
    return SoftTissue(
        body=_body(chest, x, y),
        air_right=np.where(right, air, zero),
        air_left=np.where(right, zero, air),
        hidden=hidden,
        recess=y > dome,
        u=u.astype(np.float32),
        v=v.astype(np.float32),
        gas=_gas(chest, x, y, random),
    )


def _air(
    chest: Chest, x: FloatImage, y: FloatImage, *, outer: FloatImage, inner: FloatImage, dome: FloatImage
) -> FloatImage:
    """Return the path (cm) through both lungs, before heart and mediastinum are taken out."""
    edge = np.clip((np.abs(x) - inner) / 0.35 + 0.5, 0, 1)
    chord = np.sqrt(np.clip(1 - (x / outer) ** 2, 0, 1))
    deep = np.sqrt(1 - (1 - np.clip(y / (0.55 * chest.physique.height), 0, 1)) ** 2)
    above = dome - y
    thinning = np.where(above > 0, 1 - 0.42 * np.exp(-np.maximum(above, 0) / 1.3), 0.13 * np.exp(above / 3.0))
    return np.asarray(chest.physique.depth * edge * chord * (0.25 + 0.75 * deep) * (y > 0) * thinning, dtype=np.float32)


def mediastinum_of(chest: Chest) -> FloatImage:
    """Return the share (0-1) of the lung's path that mediastinum, great vessels and heart take."""
    body, pose = chest.physique, chest.pose
    wide, high = body.heart * pose.heart_scale, (chest.lung_height + body.dome_left + 0.5) / 21.0
    upper = 0.55 * pose.supine + 0.2 * pose.anterior
    knob = 0.5 * (body.knob - 1)
    left = [
        (2.7 + upper, -3.0),
        (2.6 + upper, 4.8),
        (3.4 + upper + knob, 6.3),
        (3.7 + upper + knob, 7.4),
        (3.3 + upper, 8.7),
        (3.5 + upper, 9.6),
        (3.9 * wide, 11.0),
        (4.4 * wide, 12.8),
        (6.0 * wide, 15.6),
        (7.9 * wide, 18.6),
        (8.5 * wide, 20.6),
        (8.0 * wide, 22.4),
        (5.0, 24.5),
    ]
    right = [
        (3.0, 24.5),
        (3.3 * wide, 21.8),
        (4.0 * wide, 19.8),
        (4.3 * wide, 17.2),
        (3.9 * wide, 14.6),
        (3.0 * wide, 12.0),
        (2.6 + upper, 10.0),
        (2.5 + upper, 6.0),
        (2.4 + upper, -3.0),
    ]
    outline = np.vstack([curve(left, 80), curve([(-x, y) for x, y in right], 60)])
    outline = outline * (1.0, high) + (pose.turn / 2, 0.0)
    sheet = Layer(pose)
    sheet.area(outline, 1.0)
    shape = sheet.image()
    scale = pose.pixels_per_cm
    # sharp where the border is met edge-on, soft where it rounds away
    border = 0.6 * ndimage.gaussian_filter(shape, 0.10 * scale) + 0.4 * ndimage.gaussian_filter(shape, 0.55 * scale)
    x, _ = pose.grid()
    core = np.exp(-(((x - pose.turn / 2) / 3.4) ** 4))
    return np.asarray(border * (0.80 + 0.2 * core), dtype=np.float32)


def _body(chest: Chest, x: FloatImage, y: FloatImage) -> FloatImage:
    """Return the path (cm) through torso, neck, shoulders, arms and breasts, lungs counted as solid."""
    physique = chest.physique
    depth = (physique.depth + 1.6 + 0.9 * physique.wall) * (1 + 0.007 * np.clip(y - 8, 0, None))
    half = chest.outer(np.maximum(y, 5.0)) + physique.wall + 0.06 * np.clip(y - 14, 0, None)
    half = half + 5.0 * np.clip((10.5 - y) / 8.5, 0, 1) ** 1.6  # axillary fold and deltoid
    shoulder_fall = np.clip((y + 4.6 - 0.26 * (np.abs(x) - 5.0)) / 5.0, 0, 1)
    torso = depth * np.clip(1 - (np.abs(x) / half) ** 7, 0, 1) ** 0.42 * np.sqrt(shoulder_fall)
    neck = (11.5 + 0.3 * physique.wall) * np.sqrt(np.clip(1 - (x / (5.4 + 0.25 * physique.wall)) ** 2, 0, 1))
    neck *= np.clip((9.0 - y) / 8.0, 0, 1)
    shoulder = 0 * x
    for side in SIDES:
        joint = (side * (physique.half_width + 3.4), 4.6)
        shoulder = np.maximum(shoulder, 13.0 * _ellipse(x, y, centre=joint, axes=(11.5, 8.0), degrees=side * 24))
        arm = (side * (physique.half_width + 7.4 + physique.wall / 2), 15.0)
        shoulder = np.maximum(shoulder, 10.0 * _ellipse(x, y, centre=arm, axes=(4.2, 15.0), degrees=-side * 8))
    body = (torso**4 + neck**4 + shoulder**4) ** 0.25
    for side in SIDES:
        centre = (side * 7.8, 16.0 + (1.0 if not chest.pose.supine else -0.6))
        breast = _ellipse(x, y, centre=centre, axes=(7.0, 5.6))
        body = body + physique.breast * 0.9 * breast**1.6 * (body > 0)
    return np.asarray(body, dtype=np.float32)


def _gas(chest: Chest, x: FloatImage, y: FloatImage, random: np.random.Generator) -> FloatImage:
    """Return the path (cm) through stomach bubble and bowel gas."""
    top = chest.lung_height + chest.physique.dome_left
    size = random.uniform(0.6, 1.25)
    bubble = _ellipse(x, y, centre=(6.2, top + 2.7), axes=(3.0 * size, 1.9 * size), degrees=12)
    # erect, the gas stands above a level; lying, it spreads in front of the fluid
    bubble = 0.6 * bubble if chest.pose.supine else bubble * (y < top + 3.3)
    gas = 3.4 * bubble
    for _ in range(int(random.integers(2, 6))):
        centre = (random.uniform(-9, 11), top + random.uniform(6.0, 12.0))
        axes = (random.uniform(0.7, 2.2), random.uniform(0.6, 1.3))
        gas = gas + 2.4 * _ellipse(x, y, centre=centre, axes=axes, degrees=random.uniform(-40, 40))
    return np.asarray(ndimage.gaussian_filter(gas, 2.0), dtype=np.float32)
