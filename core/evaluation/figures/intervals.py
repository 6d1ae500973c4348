"""Figures with their intervals, one below the other, beside a line that they are held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.evaluation.figures.style import LIGHT, Colours, framed, marks_of, shown
from core.evaluation.figures.values import EvidenceFigure

ROW_PIXELS = 40
FRAME_PIXELS = 110


@dataclass(frozen=True)
class IntervalRow:
    """One figure.

    Attributes
    ----------
    label : str
        What it is of, with the number of films.
    group : str
        Rows of one group share colour and shape.
    """

    label: str
    value: float
    low: float
    high: float
    group: str = ""


@dataclass(frozen=True)
class Reference:
    """What the rows are held against, with its name in the legend."""

    value: float
    name: str


def interval_figure(
    rows: Sequence[IntervalRow],
    *,
    name: str,
    title: str,
    axis: str,
    form: str = ".2f",
    reference: Reference | None = None,
    note: str = "",
    colours: Colours = LIGHT,
) -> EvidenceFigure:
    """Draw rows from above to below, each with its label above it, so that long labels need no room beside the axis.

    Parameters
    ----------
    axis : str
        What the figures are, with their unit.
    form : str
        A format of numbers, for the text and the hover.
    note : str
        What the text adds.
    """
    figure = go.Figure()
    _draw_groups(figure, rows, form, colours)
    if reference is not None:
        figure.add_scatter(
            x=[reference.value] * 2,
            y=[-0.7, len(rows) - 0.3],
            mode="lines",
            name=shown(reference.name),
            line={"color": colours.quiet, "dash": "dash", "width": 1.5},
            hoverinfo="skip",
        )
    framed(figure, title, axis, "", colours)
    figure.update_yaxes(range=[len(rows) - 0.3, -0.7], showticklabels=False, ticks="", showgrid=False)
    for place, row in enumerate(rows):
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=place - 0.36, text=shown(row.label), showarrow=False, align="left"
        )
    figure.update_layout(height=ROW_PIXELS * len(rows) + FRAME_PIXELS)
    held = "" if reference is None else f" Held against {format(reference.value, form)}: {reference.name}."
    text = f"{axis}: {'; '.join(_said(row, form) for row in rows)}.{held} {note}".strip()
    return EvidenceFigure(name, title, text, figure)


def _draw_groups(figure: go.Figure, rows: Sequence[IntervalRow], form: str, colours: Colours) -> None:
    for group, mark in marks_of((row.group for row in rows), colours).items():
        places = [place for place, row in enumerate(rows) if row.group == group]
        members = [rows[place] for place in places]
        figure.add_scatter(
            x=[row.value for row in members],
            y=places,
            mode="markers",
            name=shown(group),
            showlegend=bool(group),
            marker={"color": mark.colour, "symbol": mark.shape, "size": 10},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [row.high - row.value for row in members],
                "arrayminus": [row.value - row.low for row in members],
                "color": mark.colour,
                "thickness": 2,
                "width": 5,
            },
            text=[shown(_said(row, form)) for row in members],
            hovertemplate="%{text}<extra></extra>",
        )


def _said(row: IntervalRow, form: str) -> str:
    return f"{row.label} {row.value:{form}} ({row.low:{form}} to {row.high:{form}})"
