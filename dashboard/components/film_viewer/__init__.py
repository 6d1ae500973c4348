"""Films side by side; a picture that cannot be shown says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_VIEWER = st.components.v2.component(
    "lungline_film_viewer",
    html='<div class="films"></div>',
    css=(_HERE / "viewer.css").read_text(encoding="utf-8"),
    js=(_HERE / "viewer.js").read_text(encoding="utf-8"),
)


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
    """

    url: str
    title: str
    lines: tuple[str, ...]
    alternative: str


def film_viewer(films: Sequence[FilmPicture], *, key: str) -> None:
    """Draw the films, side by side where there is room."""
    _VIEWER(key=key, data={"films": [asdict(film) for film in films]})
