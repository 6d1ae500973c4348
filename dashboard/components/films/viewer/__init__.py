"""Films side by side; a picture that cannot be shown says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from dashboard.components.browser import legend
from dashboard.components.browser.legend import LegendEntry

_HERE = Path(__file__).parent
_VIEWER = st.components.v2.component(
    "lungline_film_viewer",
    html='<div class="films"></div>',
    css=legend.CSS + (_HERE / "viewer.css").read_text(encoding="utf-8"),
    js=legend.JS + (_HERE / "viewer.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class MapOverlay:
    """A map to be laid over a film, once it is made.

    Attributes
    ----------
    url : str
        Signed address; answers with status 202 until the map is made.
    title : str
    lines : tuple of str
        What the map shows, and what it does not.
    legend : tuple of LegendEntry
    """

    url: str
    title: str
    lines: tuple[str, ...]
    legend: tuple[LegendEntry, ...]


@dataclass(frozen=True)
class FilmPicture:
    """One film to be shown.

    Attributes
    ----------
    url : str
        Signed address of the picture; "" where there is no film to show.
    title : str
        For example "This film".
    lines : tuple of str
        Said below the title.
    alternative : str
        The picture in words.
    overlay : MapOverlay or None
        None shows the film alone.
    """

    url: str
    title: str
    lines: tuple[str, ...]
    alternative: str
    overlay: MapOverlay | None = None


def film_viewer(films: Sequence[FilmPicture], *, key: str) -> None:
    """Draw the films, side by side where there is room."""
    _VIEWER(key=key, data={"films": [asdict(film) for film in films]})
