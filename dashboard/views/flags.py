"""Flags: what needs a decision, and what was decided."""

from __future__ import annotations

import streamlit as st

from core.trend.flags.proposed import ALERTING_REFERENCE
from dashboard import queries
from dashboard.components.flags.by_eye_list import draw_by_eye
from dashboard.components.flags.work_list import (
    OPEN_WORD,
    SEEN,
    STATES,
    draw_choice,
    draw_entries,
    draw_file,
    draw_nothing,
    draw_seen,
)
from dashboard.components.page.trouble import trouble_said
from dashboard.theme import is_dark
from dashboard.wording.times import TimeScale

REFRESH_SECONDS = 10


@st.fragment(run_every=REFRESH_SECONDS)
def draw_flags() -> None:
    """Draw the work list, and again every few seconds."""
    with trouble_said():
        word, unit = draw_choice(queries.known_units())
        scale, dark = TimeScale(queries.zone()), is_dark()
        entries = queries.flag_entries(STATES[word], unit)
        board = queries.board(ALERTING_REFERENCE, None)
        if entries:
            draw_entries(entries, board, scale=scale, dark=dark)
            draw_file(entries, scale=scale)
        else:
            draw_nothing(word)
        if word == OPEN_WORD:
            draw_by_eye(queries.by_eye(unit))
            draw_seen(queries.flag_entries(SEEN, unit), board, scale=scale, dark=dark)


st.title("Flags")
draw_flags()
