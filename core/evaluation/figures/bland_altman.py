"""The difference of two readings over their mean (Bland and Altman, Lancet 1986;327:307-310)."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.evaluation.bootstrap import Estimate
from core.evaluation.figures.style import LIGHT, Colours, framed, marks_of, reference_line, shown
from core.evaluation.figures.values import EvidenceFigure, FigureFilm, FigureScale


def bland_altman_figure(
    films: Sequence[FigureFilm],
    scale: FigureScale,
    bias: Estimate,
    limits: tuple[Estimate, Estimate],
    *,
    name: str,
    colours: Colours = LIGHT,
) -> EvidenceFigure:
    """Draw predicted minus expert over the mean of both, with bias and limits of agreement and their intervals.

    Parameters
    ----------
    limits : (Estimate, Estimate)
        Lower and upper 95 % limit of agreement.
    """
    figure = go.Figure()
    for estimate, label, dash in ((bias, "bias", "solid"), *((limit, "limit", "dash") for limit in limits)):
        figure.add_hrect(
            y0=estimate.low, y1=estimate.high, fillcolor=colours.line, opacity=0.35, line_width=0, layer="below"
        )
        words = f"{label} {estimate.value:+.2f} ({estimate.low:+.2f} to {estimate.high:+.2f})"
        figure.add_trace(reference_line((0, scale.maximum), (estimate.value, estimate.value), words, dash, colours))
    for group, mark in marks_of((film.group for film in films), colours).items():
        members = [film for film in films if film.group == group]
        figure.add_scatter(
            x=[(film.expert + film.predicted) / 2 for film in members],
            y=[film.predicted - film.expert for film in members],
            mode="markers",
            name=f"{shown(group)} (n = {len(members)})",
            marker={"color": mark.colour, "symbol": mark.shape, "size": 8},
            customdata=[film.film_id for film in members],
            text=[_hover(film, scale.reader) for film in members],
            hovertemplate="%{text}<extra></extra>",
        )
    title = f"{scale.name}: difference of {scale.scorer} and the {scale.reader}s"
    framed(figure, title, f"mean of predicted and {scale.reader}", f"predicted minus {scale.reader}, points", colours)
    figure.update_xaxes(range=[-0.04 * scale.maximum, 1.04 * scale.maximum])
    return EvidenceFigure(name, title, _text(films, scale, bias, limits), figure)


def _hover(film: FigureFilm, reader: str) -> str:
    return (
        f"{shown(film.film_id)}<br>predicted minus {reader} {film.predicted - film.expert:+.1f} "
        f"({film.predicted:.1f} and {film.expert:.1f})"
    )


def _text(films: Sequence[FigureFilm], scale: FigureScale, bias: Estimate, limits: tuple[Estimate, Estimate]) -> str:
    low, high = limits
    outside = sum(not low.value <= film.predicted - film.expert <= high.value for film in films)
    return (
        f"{len(films)} films; each point is one film, the mean of both values across and {scale.scorer} minus "
        f"{scale.reader} up. The mean difference is {bias.value:+.2f} points (95 % interval {bias.low:+.2f} to "
        f"{bias.high:+.2f}), the limits of agreement {low.value:+.2f} and {high.value:+.2f}; {outside} films lie "
        f"outside them. Bands are 95 % intervals by resampling patients. {scale.note}"
    ).strip()
