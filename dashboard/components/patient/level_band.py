"""The smoothed level of each stay with its band, behind the films' points."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import plotly.graph_objects as go

from core.trend import StayLevel
from dashboard.services.patient.level_parts import level_parts
from dashboard.wording.palette import Palette
from dashboard.wording.times import TimeScale

BAND_OPACITY = 0.35
LEVEL_NAME = "smoothed level, 95 % band; broken at a step"


def draw_levels(
    figure: go.Figure,
    levels: Sequence[StayLevel],
    *,
    row: int,
    look: tuple[TimeScale, Palette],
    steps: frozenset[int] = frozenset(),
) -> None:
    """Draw the level as a thin line in its band; each stay apart, so that nothing joins two stays.

    It is broken before a film of `steps`, as `level_parts` says.
    """
    scale, colours = look
    parts = [part for stay in levels for part in level_parts(stay, steps)]
    for number, points in enumerate(parts):
        x: list[datetime | float] = [scale.on_axis(point.at) for point in points]
        outline = [point.band.high for point in points] + [point.band.low for point in reversed(points)]
        same: dict[str, object] = {"hoverinfo": "skip", "name": LEVEL_NAME, "legendgroup": LEVEL_NAME}
        band = {"fill": "toself", "fillcolor": colours.band, "opacity": BAND_OPACITY, "mode": "none"}
        figure.add_trace(go.Scatter(x=x + x[::-1], y=outline, showlegend=False, **band, **same), row=row, col=1)
        line = {"mode": "lines", "line": {"color": colours.drop, "width": 1}, "y": [point.level for point in points]}
        figure.add_trace(go.Scatter(x=x, showlegend=row == 1 and number == 0, **line, **same), row=row, col=1)
