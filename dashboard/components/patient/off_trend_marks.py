"""Films that are not on the trend, on the lower edge of a chart: a gap must not look like a quiet time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

import plotly.graph_objects as go

from dashboard.wording.chart import OFF_TREND_NAME
from dashboard.wording.palette import Palette
from dashboard.wording.times import TimeScale


@dataclass(frozen=True)
class OffTrendMark:
    """One film; `text` says when it was taken and why it is not on the trend, and is shown as text."""

    film_id: int
    at: datetime
    text: str


def draw_off_trend(
    figure: go.Figure, marks: Sequence[OffTrendMark], look: tuple[TimeScale, Palette], selected: int | None, y: float
) -> None:
    """Draw each film as a cross at its time, at the height `y` of the first panel."""
    if not marks:
        return
    scale, colours = look
    figure.add_trace(
        go.Scatter(
            x=[scale.on_axis(mark.at) for mark in marks],
            y=[y] * len(marks),
            mode="markers",
            marker={
                "symbol": "x",
                "size": [15 if mark.film_id == selected else 10 for mark in marks],
                "color": colours.look,
                "opacity": 1,
            },
            cliponaxis=False,
            customdata=[mark.film_id for mark in marks],
            text=[escape(mark.text) for mark in marks],
            hovertemplate="%{text}<extra></extra>",
            name=OFF_TREND_NAME,
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        ),
        row=1,
        col=1,
    )
