"""The flagged film and the one before it, small, with when each was taken: a way to both in full."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboard import queries
from dashboard.components.page.address import page_address, patient_address
from dashboard.wording.times import TimeScale
from db.read_models.facts import TakenFilm


def draw_film_pair(
    patient_id: int, flagged: TakenFilm | None, before: TakenFilm | None, *, flag_id: int, scale: TimeScale
) -> None:
    """Draw the film before and the flagged one, each where it states a time; nothing where neither does."""
    figures = []
    if before is not None:
        both = {} if flagged is None else {"film": str(flagged.film_id), "with": str(before.film_id)}
        to = page_address("compare", {"id": str(patient_id), **both})
        figures.append(_figure(before, "before", to, scale))
    if flagged is not None:
        figures.append(_figure(flagged, "flagged", patient_address(patient_id, flagged.film_id), scale))
    if figures:
        with st.container(key=f"flag-{flag_id}-pair", width="content"):
            st.html(f'<div class="ll-films">{"".join(figures)}</div>')


def _figure(film: TakenFilm, what: str, to: str, scale: TimeScale) -> str:
    taken = escape(f"{what}: {scale.text(film.acquired_at, film.time_precision)}")
    source = escape(queries.thumbnail_url(film.film_id))
    return (
        f'<a href="{escape(to)}" target="_self"><img src="{source}" alt="Film {taken}" width="112" height="112" '
        f'loading="lazy"><span>{taken}</span></a>'
    )
