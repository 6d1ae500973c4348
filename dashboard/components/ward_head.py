"""The board's controls, and what no row of it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.trend.types import Reference
from db.models import FilmState

ALL_UNITS = "All units"
SINCE = {
    Reference.RECENT: "the recent level",
    Reference.PREVIOUS: "the previous film",
    Reference.HOURS_24: "24 h before",
    Reference.HOURS_72: "72 h before",
    Reference.ADMISSION: "ICU admission",
    Reference.BEST: "the best level of the stay",
    Reference.WORST: "the worst level of the stay",
}
UNPLACED_WORDS = {FilmState.RECEIVED: "to be checked"}
NEEDS_A_PERSON = (FilmState.REJECTED, FilmState.FAILED, FilmState.QUARANTINED)


def draw_board_head(units: Sequence[str]) -> tuple[str | None, Reference]:
    """Draw the choices, which live in the address; return unit (None for all) and reference."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        unit = st.selectbox("Unit", [ALL_UNITS, *units], key="unit", bind="query-params", width=220)
        words = st.selectbox("Change since", list(SINCE.values()), key="since", bind="query-params", width=220)
    reference = next(one for one, text in SINCE.items() if text == words)
    return (None if unit == ALL_UNITS else unit), reference


def draw_unplaced(unplaced: Mapping[FilmState, int]) -> None:
    """Name the films that belong to no stay: no row shows them."""
    counts = [f"{count} {UNPLACED_WORDS.get(state, state.value)}" for state, count in unplaced.items()]
    if not counts:
        return
    st.html(f'<div class="ll-text">Films without a stay, so in no row: {", ".join(counts)}.</div>')
    if any(unplaced.get(state) for state in NEEDS_A_PERSON):
        st.page_link("views/films.py", label="Films to look at")
