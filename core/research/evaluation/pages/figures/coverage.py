"""Whether intervals hold what they promise."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.evaluation.figures.style import LIGHT, Colours, framed, marks_of, reference_line, shown
from core.evaluation.figures.values import CoveragePoint, EvidenceFigure, FigureScale
from core.evaluation.proportion import wilson_interval

TOLD = 0.9
"""The text tells the level nearest to this."""


def coverage_figure(
    points: Sequence[CoveragePoint], scale: FigureScale, *, name: str, colours: Colours = LIGHT
) -> EvidenceFigure:
    """Draw the share of films whose interval held the expert's value over the interval's level.

    Bars are 95 % Wilson intervals over films; films of one patient are alike, so that the truth is somewhat wider.
    """
    figure = go.Figure(reference_line((0, 1), (0, 1), "as promised", "dash", colours))
    for group, mark in marks_of((point.group for point in points), colours).items():
        members = sorted((point for point in points if point.group == group), key=lambda point: point.level)
        intervals = [wilson_interval(point.share, point.n) for point in members]
        figure.add_scatter(
            x=[point.level for point in members],
            y=[point.share for point in members],
            mode="lines+markers",
            name=f"{shown(group)} (n = {members[0].n})",
            line={"color": mark.colour, "width": 1.5},
            marker={"color": mark.colour, "symbol": mark.shape, "size": 9},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [high - point.share for point, (_low, high) in zip(members, intervals, strict=True)],
                "arrayminus": [point.share - low for point, (low, _high) in zip(members, intervals, strict=True)],
                "thickness": 1,
                "width": 3,
                "color": mark.colour,
            },
            hovertemplate="promised %{x:.0%}, held %{y:.0%}<extra></extra>",
        )
    title = f"{scale.name}: do the intervals of {scale.scorer} hold the experts' value?"
    framed(figure, title, "level of the interval", "share that held the expert's value", colours)
    figure.update_xaxes(range=[0.45, 1.02], tickformat=".0%")
    figure.update_yaxes(range=[0.0, 1.04], tickformat=".0%")
    return EvidenceFigure(name, title, _text(points, scale), figure)


def _text(points: Sequence[CoveragePoint], scale: FigureScale) -> str:
    """Tell the level people ask for, and how far from the promise the others are."""
    told = min({point.level for point in points}, key=lambda level: abs(level - TOLD))
    listed = [
        f"{point.group}, n = {point.n}: {point.share:.0%} ({low:.0%} to {high:.0%})"
        for point, (low, high) in ((point, wilson_interval(point.share, point.n)) for point in points)
        if point.level == told
    ]
    levels = {point.level for point in points}
    farthest = max(abs(point.share - point.level) for point in points)
    return (
        f"How often intervals of a level of {told:.0%} held the expert's value, with 95 % intervals: "
        f"{'; '.join(listed)}. Over {len(levels)} levels of {min(levels):.0%} to {max(levels):.0%} no group is "
        f"farther than {farthest:.0%} from what was promised. {scale.note}"
    ).strip()
