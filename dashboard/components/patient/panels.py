"""Panels over each other on one time axis: their heights, their common axis, the screens' own look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.wording.chart import LEAST_ROOM, ROOM
from dashboard.wording.palette import Palette
from dashboard.wording.times import TimeScale

FIRST_PIXELS, LOWER_PIXELS, COURSE_PIXELS, PHASE_PIXELS = 190, 110, 84, 26
GAP_PIXELS = 14
LEFT_PIXELS = 66
CLOCK_TICKS = [
    {"dtickrange": [None, 86_399_999], "value": "%H:%M\n%-d %b"},
    {"dtickrange": [86_400_000, None], "value": "%-d %b"},
]


def panel_heights(n_measures: int, n_courses: int, n_phases: int) -> list[int]:
    """Return the height of each panel, pixels: the first measure the highest, all phases in one at the bottom."""
    measures = [FIRST_PIXELS, *[LOWER_PIXELS] * (n_measures - 1)] if n_measures else []
    phases = [PHASE_PIXELS * n_phases] if n_phases else []
    return [*measures, *[COURSE_PIXELS] * n_courses, *phases]


def stacked(heights: Sequence[int]) -> go.Figure:
    """Return an empty figure with a panel of each height."""
    panels = len(heights)
    return make_subplots(
        rows=max(panels, 1),
        cols=1,
        shared_xaxes=True,
        row_heights=list(heights) or None,
        vertical_spacing=GAP_PIXELS / sum(heights) if panels > 1 else 0,
    )


def join_panels(figure: go.Figure, panels: int, colours: Palette) -> None:
    """Put all panels on the lowest one's axis, so that one cursor runs through all of them."""
    axis = f"x{panels}"
    figure.update_traces(xaxis=axis)
    figure.update_yaxes(anchor=axis)
    figure.update_shapes(xref=axis)
    figure.update_annotations(xref=axis)
    for row in range(1, panels):
        figure.update_xaxes(visible=False, row=row, col=1)
    figure.update_xaxes(
        showspikes=True,
        spikemode="across",
        spikesnap="cursor",
        spikethickness=1,
        spikedash="dot",
        spikecolor=colours.quiet,
        row=panels,
        col=1,
    )
    figure.update_layout(spikedistance=-1)


def name_time_axis(figure: go.Figure, *, panels: int, span: tuple[datetime, datetime] | None, scale: TimeScale) -> None:
    """Give the panels' common axis its name, and the span it covers with a little room on both sides."""
    if scale.axis_title:
        title = {"text": scale.axis_title, "font": {"size": 13}, "standoff": 4}
        figure.update_xaxes(title=title, row=panels, col=1)
    else:
        figure.update_xaxes(tickformatstops=CLOCK_TICKS)
    # Zoom and pan stay as they are while new films arrive; another axis begins anew.
    figure.update_layout(uirevision=f"timeline {scale.axis_title}")
    if span is not None:
        first, last = span
        room = max((last - first) * ROOM, LEAST_ROOM)
        figure.update_xaxes(range=[scale.on_axis(first - room), scale.on_axis(last + room)])


def lay_out(figure: go.Figure, *, pixels: int, top_pixels: int, colours: Palette) -> None:
    """Give a figure of stacked panels, `pixels` high together, the screens' own look."""
    bottom_pixels = 128  # two lines of dates, and a legend of three lines on a telephone
    figure.update_layout(
        height=pixels + top_pixels + bottom_pixels,
        margin={"l": LEFT_PIXELS, "r": 10, "t": top_pixels, "b": bottom_pixels},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "Plex, sans-serif", "size": 13, "color": colours.ink},
        legend={
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "x": 0,
            "itemclick": False,
            "itemdoubleclick": False,
            "font": {"color": colours.ink},
        },
        hoverlabel={"align": "left"},
        dragmode="zoom",
        clickmode="event+select",
    )
    figure.update_xaxes(
        gridcolor=colours.line,
        zeroline=False,
        tickfont={"color": colours.quiet},
    )
    figure.update_yaxes(gridcolor=colours.line, zeroline=False, fixedrange=True, tickfont={"color": colours.quiet})
