"""A reader's values over a model's, with the line that recalibrates one to the other."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.evaluation.figures.style import LIGHT, Colours, framed, reference_line
from core.evaluation.figures.values import EvidenceFigure
from core.evaluation.site_recalibration import SiteLine


def recalibration_figure(line: SiteLine, scorer: str, *, colours: Colours = LIGHT) -> EvidenceFigure:
    """Draw the films, the line on which both are equal, and the one that recalibrates."""
    top = line.measure.maximum
    along = np.linspace(0.0, top, 81)
    figure = go.Figure(reference_line((0, top), (0, top), "as it is", "dash", colours))
    figure.add_scatter(
        x=along,
        y=[line.of(score) for score in along],
        mode="lines",
        name="recalibrated",
        line={"color": colours.groups[1], "width": 2.5},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[film.said for film in line.films],
        y=[film.expert for film in line.films],
        mode="markers",
        name=f"films (n = {line.n_films})",
        marker={"color": colours.groups[0], "symbol": "circle", "size": 8},
        hovertemplate="model %{x:.1f}, readers %{y:.1f}<extra></extra>",
    )
    title = f"{line.measure.label}: recalibrated to this site's readers"
    framed(figure, title, f"{scorer}, 0-{top:g}", f"readers, 0-{top:g}", colours)
    ends = [-0.04 * top, 1.04 * top]
    figure.update_xaxes(range=ends)
    figure.update_yaxes(range=ends)
    return EvidenceFigure(f"recalibration-{line.measure.value}", title, _text(line, scorer), figure)


def _text(line: SiteLine, scorer: str) -> str:
    return (
        f"{line.n_films} films of {line.n_patients} patients; each point is one film, the score of {scorer} across and "
        f"the readers' value up. The recalibrated score is {line.offset:+.2f} plus {line.slope.value:.2f} times the "
        f"score: {line.measure.maximum / 2:g} becomes {line.of(line.measure.maximum / 2):.1f}."
    )
