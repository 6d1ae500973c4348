"""The films with the largest errors, with what the scorer saw in them."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image
from plotly.subplots import make_subplots
from scipy.ndimage import binary_erosion

from core.evaluation.figures.style import LIGHT, Colours, framed, shown
from core.evaluation.figures.values import EvidenceFigure, FigureScale, WorstFilm
from core.types import FloatImage

ACROSS = 3
PANEL_PIXELS = 300
LUNGS, OPACITY = (124, 199, 230), (245, 176, 107)
"""Colours of the outlines, on dark film: lungs light blue, opacity orange; lungs are drawn thin, opacity thick."""


def worst_errors_figure(
    films: Sequence[WorstFilm], scale: FigureScale, *, name: str, colours: Colours = LIGHT
) -> EvidenceFigure:
    """Show films side by side, the outlines of lungs and opacity drawn on them."""
    rows = max(1, -(-len(films) // ACROSS))
    figure = make_subplots(
        rows=rows,
        cols=ACROSS,
        subplot_titles=[_caption(film) for film in films],
        horizontal_spacing=0.02,
        vertical_spacing=0.25 / rows,
    )
    for place, film in enumerate(films):
        row, column = place // ACROSS + 1, place % ACROSS + 1
        figure.add_trace(go.Image(source=_png(outlined(film)), hoverinfo="skip"), row=row, col=column)
    masked = any(film.masks is not None for film in films)
    if masked:
        for label, colour, width in (("lungs", LUNGS, 2), ("opacity", OPACITY, 4)):
            line = {"color": f"rgb{colour}", "width": width}
            figure.add_scatter(x=[None], y=[None], mode="lines", name=f"{label}, outlined by {scale.scorer}", line=line)
    title = f"{scale.name}: the largest errors of {scale.scorer}"
    framed(figure, title, "", "", colours)
    figure.update_xaxes(visible=False).update_yaxes(visible=False)
    figure.update_annotations(font={"size": 11, "color": colours.ink})
    figure.update_layout(height=rows * PANEL_PIXELS + 120, legend={"y": -0.02})
    return EvidenceFigure(name, title, _text(films, scale, masked=masked), figure)


def outlined(film: WorstFilm) -> NDArray[np.uint8]:
    """Return the film in colour, (rows, columns, 3), with the outlines of its masks."""
    coloured = np.repeat(film.picture[:, :, np.newaxis], 3, axis=2)
    if film.masks is not None:
        for mask, colour, thickness in (
            (film.masks.right_lung, LUNGS, 1),
            (film.masks.left_lung, LUNGS, 1),
            (film.masks.opacity, OPACITY, 2),
        ):
            coloured[_edge(_onto(mask, film.picture.shape), thickness)] = colour
    return coloured


def _onto(mask: FloatImage, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return where a mask holds, on a grid of `shape` of the same aspect."""
    rows, columns = shape[0], shape[1]
    resized = Image.fromarray(mask).resize((columns, rows), Image.Resampling.BILINEAR)
    held: NDArray[np.bool_] = np.asarray(resized) >= 0.5
    return held


def _edge(held: NDArray[np.bool_], thickness: int) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = binary_erosion(held, iterations=thickness, border_value=1)
    return held & ~inside


def _png(picture: NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _caption(film: WorstFilm) -> str:
    name = film.film_id if len(film.film_id) <= 40 else f"{film.film_id[:38]}…"
    return f"{shown(name)}<br>expert {film.expert:.1f}, predicted {film.predicted:.1f}"


def _text(films: Sequence[WorstFilm], scale: FigureScale, *, masked: bool) -> str:
    listed = "; ".join(f"{film.film_id}: expert {film.expert:.1f}, predicted {film.predicted:.1f}" for film in films)
    outlines = " Lungs and opacity are outlined as the scorer sees them." if masked else " No outlines are drawn."
    return f"{len(films)} films with the largest errors. {listed}.{outlines} {scale.note}".strip()
