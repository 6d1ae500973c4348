"""All reading sessions, and drawing up another one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import commands
from dashboard.components.acting import ACTOR
from dashboard.components.reading.address import session_address
from dashboard.components.record_table import Cell, Record, record_table
from dashboard.components.text import plain
from dashboard.components.times import TimeScale
from dashboard.errors import DashboardError
from dashboard.services.reading import MOST_FILMS, USUAL_FILMS
from dashboard.theme import is_dark
from db.errors import DatabaseError
from db.read_models.readings import SessionFacts

WHAT = (
    "Score films yourself on the model's scale: extent 0-4 and opacity 0-3 for each lung. Blind, nothing on the page "
    "says whose film it is, when it was taken or what the model said; the order is random. You can stop at any time "
    "and go on later."
)
MODES = {True: "blind to the model", False: "after the model, with its scores beside the film"}
NONE_YET = "No reading session was drawn up yet. Draw one up below."
COLUMNS = ("Session", "Reader", "Read", "Mode", "Drawn up", "State")


def draw_sessions(found: Sequence[SessionFacts], scale: TimeScale) -> int | None:
    """Draw the sessions; return the one chosen in this run."""
    plain(WHAT)
    if not found:
        plain(NONE_YET)
        return None
    records = [_record(one, scale) for one in found]
    chosen = record_table("Reading sessions", COLUMNS, records, key="reading-sessions", dark=is_dark())
    return None if chosen is None else int(chosen)


def draw_form() -> int | None:
    """Draw the form for another session; return its number once it is drawn up."""
    st.header("Draw up a session")
    with st.form("reading-new", border=True):
        title = st.text_input("Title", key="reading-title", max_chars=100, placeholder="For example: first reading")
        reader = st.text_input("Your name", value=st.session_state.get(ACTOR, ""), key="reading-reader", max_chars=100)
        n_films = st.number_input("Films", 1, MOST_FILMS, USUAL_FILMS, key="reading-count", width=160)
        blind = st.radio("How", list(MODES), format_func=MODES.__getitem__, key="reading-blind")
        plain(
            "Films are drawn at random from those that the active model scored and that you have not read yet, of as "
            "many patients as possible. The list then stays as it is."
        )
        if not st.form_submit_button("Draw up", type="primary", key="reading-draw-up"):
            return None
    st.session_state[ACTOR] = reader.strip()
    try:
        return commands.draw_up_reading(title=title, reader=reader, blind=bool(blind), n_films=int(n_films))
    except (DashboardError, DatabaseError, ValueError) as error:
        # Written for people; as text, for it may quote what was entered.
        st.error("No session was drawn up.")
        plain(str(error))
        return None


def _record(one: SessionFacts, scale: TimeScale) -> Record:
    state = "finished" if one.finished_at else "all read, not finished" if one.n_read == one.n_films else "under way"
    cells = (
        Cell(one.title, strong=True),
        Cell(one.reader),
        Cell(f"{one.n_read} of {one.n_films}"),
        Cell("blind" if one.blind else "after the model"),
        Cell(scale.text(one.created_at)),
        Cell("not begun" if not one.n_read and not one.finished_at else state),
    )
    return Record(str(one.session_id), cells, session_address(one.session_id))
