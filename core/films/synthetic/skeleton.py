"""Ribs, spine, clavicles, shoulder blades and arms, as cm of bone."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from core.films.synthetic.anatomy import SIDES, Chest, Points
from core.films.synthetic.drawing import Layer, circle, curve
from core.types import FloatImage

_CORTEX = 1.8  # a bone's rim is denser than its marrow


def bones_of(chest: Chest, random: np.random.Generator) -> FloatImage:
    """Return the path (cm of bone) through the skeleton, (rows, columns); `random` is the patient's."""
    back, front, girdle = Layer(chest.pose), Layer(chest.pose), Layer(chest.pose)
    for index in range(11):
        for side in SIDES:
            wobble = random.uniform(-0.12, 0.12)
            path, angle = _rib(chest, index, side, wobble)
            behind = angle <= np.pi / 2
            half_width = (0.5 + 0.02 * min(index, 5)) * (1 - 0.4 * np.exp(-(((angle - np.pi / 2) / 0.4) ** 2)))
            _bone(back, path[behind], half_width[behind], 0.31 * _edge_on(angle[behind]))
            _bone(front, path[~behind], half_width[~behind], 0.20 * _edge_on(angle[~behind]))
    for side in SIDES:
        _shoulder_blade(girdle, chest, side)
        _clavicle(front, chest, side)
    _sternum(girdle, chest)
    total = back.image() + front.image() + girdle.image() + _spine(chest)
    return np.asarray(ndimage.gaussian_filter(total, 0.055 * chest.pose.pixels_per_cm), dtype=np.float32)


def _bone(layer: Layer, path: Points, half_width: float | Points, values: Points | float) -> None:
    """Draw a long bone with a dense rim."""
    layer.tube(path, half_width, np.asarray(values) * _CORTEX)
    layer.tube(path, half_width - 0.13, values)


def _edge_on(angle: Points) -> Points:
    """Return how much longer the rays' way through a rib is where it turns round the flank."""
    return np.asarray(1 + 0.5 * np.exp(-(((angle - np.pi / 2) / 0.4) ** 2)))


def _rib(chest: Chest, index: int, side: float, wobble: float) -> tuple[Points, Points]:
    """Return one rib's path (n, 2) and its angle round the chest, 0 at the spine, pi at the sternum."""
    physique, pose = chest.physique, chest.pose
    end = np.pi * (0.66 if index == 0 else 0.80 if index < 7 else 0.80 - 0.07 * (index - 6))
    angle = np.linspace(0.13, end, 46)
    head = -1.6 + physique.rib_pitch * index + wobble
    drop = (5.0 if index == 0 else 7.8 if index == 1 else physique.rib_drop) * (0.82 + 0.18 * pose.breath)
    turn = angle / np.pi
    y = head + drop * (0.72 * (1 - np.cos(angle)) / 2 + 0.28 * turn) - 0.4 * np.sin(np.pi * np.clip(turn / 0.4, 0, 1))
    lateral = head + 0.40 * drop
    ring = float(chest.outer(max(lateral, 0.3))) + 0.2
    x = ring * np.sin(angle) ** 0.9
    depth = -np.cos(angle)
    y = y - pose.lordosis * (depth + 1) / 2
    return np.stack([side * x + depth * pose.turn / 2, y], axis=1), angle


def _clavicle(layer: Layer, chest: Chest, side: float) -> None:
    up = chest.pose.lordosis * 1.25
    medial = chest.pose.turn / 2
    reach = chest.physique.half_width
    steep = 0.75 if chest.pose.supine else 1.0
    knots = [
        (side * 1.5 + medial, 3.8 - up),
        (side * 4.5 + medial, 3.5 - up * 0.9),
        (side * 9.0, 2.1 - up * 0.8),
        (side * (reach + 0.5), 2.1 - 1.7 * steep - up * 0.5),
        (side * (reach + 3.4), 1.6 - 1.6 * steep),
    ]
    path = curve(knots, 50)
    width = np.interp(np.linspace(0, 1, 50), (0, 0.15, 0.5, 0.85, 1), (0.95, 0.7, 0.55, 0.6, 0.75))
    layer.tube(path, width, 0.78)
    layer.tube(path, width - 0.2, 0.5)


def _shoulder_blade(layer: Layer, chest: Chest, side: float) -> None:
    out = chest.pose.scapula + chest.physique.half_width - 13.0
    blade = [(9.6, 1.2), (12.8, -0.6), (16.0, 1.2), (16.4, 3.0), (14.4, 6.0), (12.2, 11.2), (11.2, 11.6), (10.3, 6.5)]
    outline = np.array([(side * (x + out), y) for x, y in blade])
    layer.area(outline, 0.17)
    rim = [(side * (x + out), y) for x, y in blade[3:6]]
    layer.tube(curve(rim, 20), 0.28, 0.42)
    layer.tube(curve([(side * (x + out), y) for x, y in (blade[0], blade[7], blade[6])], 20), 0.12, 0.32)
    ridge = [(side * (9.8 + out), 3.0), (side * (13.2 + out), 0.9), (side * (17.2 + out), -1.3)]
    _bone(layer, curve(ridge, 20), 0.42, 0.38)
    joint = (side * (17.6 + min(out, 1.8)), 2.4)
    layer.tube(curve([joint, (side * (19.6 + min(out, 1.8)), 14.0)], 20), 1.15, 0.62)
    layer.tube(curve([joint, (side * (19.6 + min(out, 1.8)), 14.0)], 20), 0.75, 0.4)
    layer.area(circle(joint, (2.1, 2.5), side * 20), 0.58)
    layer.area(circle(joint, (1.85, 2.2), side * 20), 0.48)


def _sternum(layer: Layer, chest: Chest) -> None:
    middle = chest.pose.turn / 2
    outline = [
        (middle - 2.6, 4.2),
        (middle + 2.6, 4.2),
        (middle + 1.7, 9.0),
        (middle + 1.6, 18.0),
        (middle - 1.6, 18.0),
        (middle - 1.7, 9.0),
    ]
    layer.area(np.array([(x, y - chest.pose.lordosis) for x, y in outline]), 0.16)


def _spine(chest: Chest) -> FloatImage:
    """Return vertebral bodies with end plates, pedicles and spinous processes."""
    x, y = chest.pose.grid()
    bow = chest.physique.spine_bow * np.sin(y / 9.0) + np.float32(chest.behind())
    beside = np.abs(x - bow)
    width = 1.5 + 0.12 * np.cos(2 * np.pi * (y + 2.6) / chest.physique.rib_pitch) + 0.028 * np.clip(y, -6, 34)
    column = np.clip((width - beside) / 0.5 + 0.5, 0, 1)
    pitch = chest.physique.rib_pitch * (1 + 0.004 * np.clip(y, 0, 30))
    phase = ((y + 2.6) / pitch) % 1.0
    disc = np.exp(-(((phase - 0.5) / 0.10) ** 2))
    plate = np.exp(-(((phase - 0.36) / 0.05) ** 2)) + np.exp(-(((phase - 0.64) / 0.05) ** 2))
    rim = np.exp(-(((beside - width + 0.12) / 0.14) ** 2))
    body = column * (0.46 - 0.26 * disc + 0.13 * plate) + 0.12 * rim * (1 - disc)
    level = ((phase + 0.5) % 1.0 - 0.5) * pitch
    pedicle = np.exp(-(((((beside - 0.95) / 0.3) ** 2 + ((level + 0.25) / 0.42) ** 2) - 1) ** 2) / 0.18)
    process = np.exp(-((beside / 0.24) ** 2) - ((level - 0.55) / 0.55) ** 2)
    transverse = np.exp(-(((beside - width - 0.5) / 0.75) ** 2) - ((level + 0.3) / 0.38) ** 2)
    return np.asarray(body + 0.32 * pedicle * column + 0.4 * process + 0.26 * transverse, dtype=np.float32)
