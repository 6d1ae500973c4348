"""Predicted against expert."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.evaluation.figures.style import LIGHT, Colours, framed, marks_of, reference_line, shown
from core.evaluation.figures.values import EvidenceFigure, FigureFilm, FigureScale


def predicted_figure(
    films: Sequence[FigureFilm], scale: FigureScale, *, name: str, colours: Colours = LIGHT
) -> EvidenceFigure:
    """Draw each film's prediction over the expert's value, with its interval and the line on which both are equal."""
    figure = go.Figure(reference_line((0, scale.maximum), (0, scale.maximum), "prediction = expert", "dash", colours))
    marks = marks_of((film.group for film in films), colours)
    for group, mark in marks.items():
        members = [film for film in films if film.group == group]
        figure.add_scatter(
            x=[film.expert for film in members],
            y=[film.predicted for film in members],
            mode="markers",
            name=f"{shown(group)} (n = {len(members)})",
            marker={"color": mark.colour, "symbol": mark.shape, "size": 8, "line": {"width": 0}},
            error_y=_bars(members, mark.colour),
            customdata=[film.film_id for film in members],
            text=[_hover(film) for film in members],
            hovertemplate="%{text}<extra></extra>",
        )
    title = f"{scale.name}: {scale.scorer} against the experts"
    framed(figure, title, f"experts, 0-{scale.maximum:g}", f"predicted, 0-{scale.maximum:g}", colours)
    ends = [-0.04 * scale.maximum, 1.04 * scale.maximum]
    figure.update_xaxes(range=ends)
    figure.update_yaxes(range=ends)
    return EvidenceFigure(name, title, _text(films, scale), figure)


def _bars(films: Sequence[FigureFilm], colour: str) -> dict[str, object]:
    """Return the intervals of films as error bars, of no length where a film has none."""
    above = [0.0 if film.high is None else film.high - film.predicted for film in films]
    below = [0.0 if film.low is None else film.predicted - film.low for film in films]
    return {
        "type": "data",
        "array": above,
        "arrayminus": below,
        "symmetric": False,
        "visible": any(above) or any(below),
        "thickness": 0.75,
        "width": 0,
        "color": colour,
    }


def _hover(film: FigureFilm) -> str:
    interval = "" if film.low is None or film.high is None else f", interval {film.low:.1f} to {film.high:.1f}"
    return f"{shown(film.film_id)}<br>expert {film.expert:.1f}, predicted {film.predicted:.1f}{interval}"


def _text(films: Sequence[FigureFilm], scale: FigureScale) -> str:
    errors = np.array([film.predicted - film.expert for film in films])
    held = [film.low <= film.expert <= film.high for film in films if film.low is not None and film.high is not None]
    text = (
        f"{len(films)} films; each point is one film, its expert's value across and the value of {scale.scorer} up, "
        f"both on a scale of 0 to {scale.maximum:g}. The mean distance from the line on which both are equal is "
        f"{np.abs(errors).mean():.2f}; {(errors > 0).mean():.0%} of the films lie above it. "
    )
    if held:
        text += f"{np.mean(held):.0%} of {len(held)} bars cross that line: they hold the expert's value. "
    return (text + scale.note).strip()
