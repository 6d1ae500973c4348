"""Events on a chart's time axis: lines through all panels, named above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

import plotly.graph_objects as go

from dashboard.wording.palette import Palette
from dashboard.wording.times import TimeScale

EVENT_LINES, EVENT_LINE_PIXELS = 3, 16
"""Names of events stand in this many lines, so that neighbours do not cover each other."""


@dataclass(frozen=True)
class EventMark:
    """One event on the time axis; `text` is shown as text."""

    at: datetime
    text: str


def events_pixels(events: Sequence[EventMark]) -> int:
    """Return the room above the panels for the events' names."""
    return 18 + EVENT_LINE_PIXELS * min(len(events), EVENT_LINES)


def middle_of(events: Sequence[EventMark], span: tuple[datetime, datetime] | None) -> datetime | None:
    """Return the middle of what the axis covers at first."""
    times = span or ((events[0].at, events[-1].at) if events else None)
    return None if times is None else times[0] + (times[1] - times[0]) / 2


def draw_events(
    figure: go.Figure, events: Sequence[EventMark], look: tuple[TimeScale, Palette], rows: int, middle: datetime | None
) -> None:
    """Draw each event as a line through all panels with its name above, as text."""
    scale, colours = look
    for index, event in enumerate(events):
        x = scale.on_axis(event.at)
        for row in range(1, rows + 1):
            figure.add_vline(x=x, line={"color": colours.look, "width": 1, "dash": "dash"}, row=row, col=1)
        figure.add_annotation(
            x=x,
            y=1.0,
            yref="paper",
            yanchor="bottom",
            yshift=2 + EVENT_LINE_PIXELS * (index % EVENT_LINES),
            text=escape(event.text),
            showarrow=False,
            # Beyond the middle a name stands before its line, or it would run out of the figure.
            xanchor="right" if middle is not None and event.at > middle else "left",
            font={"size": 12, "color": colours.look},
        )
