"""Colours and frame of the figures: told apart in every common colour blindness, never without a shape or a word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go


@dataclass(frozen=True)
class Colours:
    """Colours of one theme; those of groups have 3:1 or more on the ground, text 4.5:1 or more."""

    ground: str
    ink: str
    quiet: str
    line: str
    groups: tuple[str, ...]


LIGHT = Colours(
    "#ffffff", "#16242c", "#4c5d67", "#c3ced5", ("#0a6ca3", "#b04e00", "#5b3f9a", "#00745a", "#8a2f5d", "#4c5d67")
)
DARK = Colours(
    "#101a20", "#e4ecf0", "#a9bac4", "#33444e", ("#7cc7e6", "#f5b06b", "#c3aef5", "#66d3b1", "#f29fc5", "#a9bac4")
)
SHAPES = ("circle", "square", "triangle-up", "diamond", "x", "cross")


@dataclass(frozen=True)
class Mark:
    """How one group is drawn."""

    colour: str
    shape: str


def marks_of(groups: Iterable[str], colours: Colours) -> dict[str, Mark]:
    """Return a mark of its own for each group, by name; from the seventh on they repeat."""
    names = sorted(set(groups))
    return {
        name: Mark(colours.groups[place % len(colours.groups)], SHAPES[place % len(SHAPES)])
        for place, name in enumerate(names)
    }


def shown(text: str) -> str:
    """Return text from outside as plotly shows it literally, never as markup."""
    return escape(text, quote=False)


def framed(figure: go.Figure, title: str, x_title: str, y_title: str, colours: Colours) -> go.Figure:
    """Give a figure its title, the titles of its axes, and the look of all figures."""
    axis = {"gridcolor": colours.line, "linecolor": colours.quiet, "zeroline": False, "ticks": "outside"}
    figure.update_xaxes(title_text=x_title, **axis)
    figure.update_yaxes(title_text=y_title, **axis)
    return figure.update_layout(
        title={"text": shown(title), "x": 0, "xanchor": "left", "font": {"size": 16}},
        template="none",
        paper_bgcolor=colours.ground,
        plot_bgcolor=colours.ground,
        font={"color": colours.ink, "family": "IBM Plex Sans, sans-serif", "size": 13},
        legend={"orientation": "h", "yanchor": "top", "y": -0.22, "x": 0},
        margin={"l": 64, "r": 24, "t": 64, "b": 96},
        hoverlabel={"bgcolor": colours.ground, "font": {"color": colours.ink}},
    )


def reference_line(
    x: tuple[float, float], y: tuple[float, float], name: str, dash: str, colours: Colours
) -> go.Scatter:
    """Return a straight line of reference that stands in the legend and answers no hover."""
    return go.Scatter(
        x=x, y=y, mode="lines", name=name, line={"color": colours.quiet, "dash": dash, "width": 1.5}, hoverinfo="skip"
    )
