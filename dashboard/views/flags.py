"""Flags: what needs a decision, and what was decided."""

from __future__ import annotations

import streamlit as st

from dashboard import queries
from dashboard.components.flag_work_list import STATES, draw_choice, draw_entries, draw_nothing
from dashboard.components.times import TimeScale
from dashboard.components.trouble import trouble_said
from dashboard.theme import is_dark

REFRESH_SECONDS = 10


@st.fragment(run_every=REFRESH_SECONDS)
def draw_flags() -> None:
    """Draw the work list, and again every few seconds."""
    with trouble_said():
        word, unit = draw_choice(queries.known_units())
        entries = queries.flag_entries(STATES[word], unit)
        if entries:
            draw_entries(entries, scale=TimeScale(queries.zone()), dark=is_dark())
        else:
            draw_nothing(word)


st.title("Flags")
draw_flags()
