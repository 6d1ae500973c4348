"""The smoothed level of each stay with its band, behind the films' points."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import plotly.graph_objects as go

from core.trend import StayLevel
from dashboard.wording.palette import Palette
from dashboard.wording.times import TimeScale

BAND_OPACITY = 0.35
LEVEL_NAME = "smoothed level, 95 % band; slow to follow a step"


def draw_levels(
    figure: go.Figure, levels: Sequence[StayLevel], *, row: int, scale: TimeScale, colours: Palette
) -> None:
    """Draw the level as a thin line in its band; each stay apart, so that nothing joins two stays."""
    for number, stay in enumerate(level for level in levels if len(level.points) > 1):
        x: list[datetime | float] = [scale.on_axis(point.at) for point in stay.points]
        outline = [point.band.high for point in stay.points] + [point.band.low for point in reversed(stay.points)]
        figure.add_trace(
            go.Scatter(
                x=x + x[::-1],
                y=outline,
                fill="toself",
                fillcolor=colours.band,
                opacity=BAND_OPACITY,
                mode="none",
                hoverinfo="skip",
                name=LEVEL_NAME,
                legendgroup=LEVEL_NAME,
                showlegend=False,
            ),
            row=row,
            col=1,
        )
        figure.add_trace(
            go.Scatter(
                x=x,
                y=[point.level for point in stay.points],
                mode="lines",
                line={"color": colours.drop, "width": 1},
                hoverinfo="skip",
                name=LEVEL_NAME,
                legendgroup=LEVEL_NAME,
                showlegend=row == 1 and number == 0,
            ),
            row=row,
            col=1,
        )
