"""Lines and tubes on a grid finer than the film's, reduced again so that their edges are smooth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from core.films.synthetic.anatomy import Points, Pose
from core.types import FloatImage

_FINER = 2


class Layer:
    """A sheet to draw path lengths on, in chest coordinates (cm). Later strokes cover earlier ones."""

    def __init__(self, pose: Pose) -> None:
        self._pose = pose
        self._image = Image.new("F", (pose.columns * _FINER, pose.rows * _FINER), 0.0)
        self._draw = ImageDraw.Draw(self._image)

    def tube(self, points: Points, half_widths: float | Points, values: float | Points) -> None:
        """Draw a band along points (n, 2), with half width (cm) and value (n or one for all)."""
        count = len(points)
        half, value = np.broadcast_to(half_widths, (count,)), np.broadcast_to(values, (count,))
        self.tubes(points[None], half[None], value[None])

    def tubes(self, points: Points, half_widths: Points, values: Points) -> None:
        """Draw bands along points (bands, n, 2), with half widths (cm) and values (bands, n), in that order."""
        path = self._pose.to_pixels(points, _FINER)
        ahead = np.empty_like(path)
        ahead[:, 1:-1] = path[:, 2:] - path[:, :-2]
        ahead[:, 0], ahead[:, -1] = path[:, 1] - path[:, 0], path[:, -1] - path[:, -2]
        ahead /= np.maximum(np.hypot(ahead[..., 0], ahead[..., 1]), 1e-6)[..., None]
        half = np.maximum(half_widths * (self._pose.pixels_per_cm * _FINER), 0.5)[..., None]
        normal = np.stack([-ahead[..., 1], ahead[..., 0]], axis=-1) * half
        one, other = path + normal, path - normal
        quads = np.stack([one[:, :-1], one[:, 1:], other[:, 1:], other[:, :-1]], axis=2).reshape(-1, 8)
        for quad, fill in zip(quads.tolist(), values[:, :-1].ravel().tolist(), strict=True):
            self._draw.polygon(quad, fill=fill)

    def area(self, points: Points, value: float) -> None:
        """Fill the polygon of points (n, 2) with a value."""
        self._draw.polygon(self._pose.to_pixels(points, _FINER).ravel().tolist(), fill=value)

    def image(self) -> FloatImage:
        """Return what was drawn, (rows, columns)."""
        return np.array(self._image.reduce(_FINER), dtype=np.float32)


def curve(knots: list[tuple[float, float]], count: int = 40) -> Points:
    """Return a smooth line (count, 2) through two or more knots."""
    points = np.asarray(knots, dtype=float)
    step = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(step)])
    at = np.linspace(0, along[-1], count)
    slopes = np.gradient(points, along, axis=0)
    left = np.clip(np.searchsorted(along, at, side="right") - 1, 0, len(points) - 2)
    span = (along[left + 1] - along[left])[:, None]
    t = (at - along[left])[:, None] / span
    # cubic Hermite: passes through every knot, with the neighbours' slope
    return np.asarray(
        (2 * t**3 - 3 * t**2 + 1) * points[left]
        + (t**3 - 2 * t**2 + t) * span * slopes[left]
        + (3 * t**2 - 2 * t**3) * points[left + 1]
        + (t**3 - t**2) * span * slopes[left + 1]
    )


def circle(centre: tuple[float, float], axes: tuple[float, float], degrees: float = 0.0) -> NDArray[np.float64]:
    """Return the outline (32, 2) of an ellipse."""
    angle, turn = np.linspace(0, 2 * np.pi, 32), np.deg2rad(degrees)
    along, across = axes[0] * np.cos(angle), axes[1] * np.sin(angle)
    return np.stack(
        [
            centre[0] + along * np.cos(turn) - across * np.sin(turn),
            centre[1] + along * np.sin(turn) + across * np.cos(turn),
        ],
        axis=1,
    )
