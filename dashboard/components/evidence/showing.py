"""How a figure, a table and what is missing are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from core.errors import DataSetInvalidError, EvidenceMissingError
from core.evaluation.figures import DARK, LIGHT, Colours, EvidenceFigure
from core.scoring.recalibration import base_version
from core.types import ScorerCard
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.page.text import plain
from dashboard.theme import is_dark

LONGEST_LINE = 34
"""Characters of an axis title on one line: a telephone shows no more."""
AXIS_PIXELS, LEGEND_LINE_PIXELS = 66, 20
"""Below a figure: its axis with a title of two lines, and each line of the legend on a telephone."""


def figure_colours() -> Colours:
    """Return the colours of figures in the theme that is on."""
    return DARK if is_dark() else LIGHT


def draw_figure(one: EvidenceFigure, *, key: str = "") -> None:
    """Draw a figure under its title, with the text that says the same below it."""
    st.header(_sentence(one.title))
    figure = one.figure
    labelled = figure.layout.yaxis.showticklabels is not False
    entries = sum(trace.showlegend is not False for trace in figure.data)
    figure.update_layout(
        title=None,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "Plex, sans-serif"},
        margin={"l": 76 if labelled else 10, "r": 12, "t": 16, "b": AXIS_PIXELS + entries * LEGEND_LINE_PIXELS},
        legend={
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "x": 0,
            "itemclick": False,
            "itemdoubleclick": False,
        },
        dragmode=False,
    )
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        axis.update(
            fixedrange=True, title={"text": _wrapped(axis.title.text or ""), "font": {"size": 13}, "standoff": 16}
        )
    st.plotly_chart(
        figure, theme=None, key=key or one.name, config={"displayModeBar": False, "scrollZoom": False}, alt=one.text
    )
    plain(_sentence(one.text))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _wrapped(title: str) -> str:
    """Return an axis title on lines of moderate length."""
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) > LONGEST_LINE and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return "<br>".join(lines)


def draw_table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, key: str) -> None:
    """Draw rows of text; the first cell of a row names it."""
    records = [
        Record(str(place), tuple(Cell(cell, strong=number == 0) for number, cell in enumerate(row)))
        for place, row in enumerate(rows)
    ]
    record_table(caption, columns, records, key=key, dark=is_dark(), file=key)


@contextmanager
def missing_said() -> Iterator[None]:
    """Say that evidence is not on this machine, and what to do; the rest of the page stays."""
    try:
        yield
    except (EvidenceMissingError, DataSetInvalidError) as error:
        with st.container(border=True):
            st.header("This evidence cannot be shown")
            plain(str(error))


def draw_whose(model: str, version: str, card: ScorerCard | None) -> None:
    """Say whose scores a study rests on; another model than the active one is warned of."""
    active = None if card is None else (card.model, card.version)
    if active == (model, version):
        plain(f"Scores of {model} {version}, the active model.")
    elif active is not None and (model, version) == (active[0], base_version(active[1])):
        plain(
            f"! Scores of {model} {version}, the base of the active version: not of this site's recalibration of it.",
            tone="warning",
        )
    else:
        now = "No model is active" if active is None else f"The active model is {' '.join(active)}"
        plain(f"! Scores of {model} {version}. {now}: this says nothing of it.", tone="warning")
