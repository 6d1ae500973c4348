"""All reading sessions, and making another one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.counting import counted
from dashboard import commands
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.page.acting import ACTOR
from dashboard.components.page.text import plain
from dashboard.components.reading.address import session_address
from dashboard.errors import DashboardError
from dashboard.services.readers.draw import MOST_FILMS, USUAL_FILMS, DrawnUp
from dashboard.theme import is_dark
from dashboard.wording.times import TimeScale
from db.errors import DatabaseError
from db.read_models.readings import SessionFacts

WHAT = (
    "Score films yourself on the model's scale: extent 0-4 and opacity 0-3 for each lung. Blind, nothing on the page "
    "says whose film it is, when it was taken or what the model said; the order is random. You can stop at any time "
    "and go on later."
)
MODES = {True: "blind to the model", False: "after the model, with its scores beside the film"}
DRAWN = "reading-drawn"
NONE_YET = "There is no reading session yet. Make one below."
SEEN_BEFORE = (
    "! You have seen model scores of every patient in this session, because no other patients are left. These readings "
    "are less blind."
)
COLUMNS = ("Session", "Reader", "Read", "Mode", "Made", "State")


def draw_sessions(found: Sequence[SessionFacts], scale: TimeScale) -> int | None:
    """Draw the sessions; return the one chosen in this run."""
    plain(WHAT)
    if not found:
        plain(NONE_YET)
        return None
    records = [_record(session_facts, scale) for session_facts in found]
    chosen = record_table("Reading sessions", COLUMNS, records, key="reading-sessions", dark=is_dark())
    return None if chosen is None else int(chosen)


def draw_form() -> int | None:
    """Draw the form for another session; return its number once it is made."""
    st.header("New session")
    with st.form("reading-new", border=True):
        title = st.text_input("Title", key="reading-title", max_chars=100, placeholder="For example: first reading")
        reader = st.text_input("Your name", value=st.session_state.get(ACTOR, ""), key="reading-reader", max_chars=100)
        n_films = st.number_input("Films", 1, MOST_FILMS, USUAL_FILMS, key="reading-count", width=160)
        blind = st.radio("How", list(MODES), format_func=MODES.__getitem__, key="reading-blind")
        plain(
            "Films are drawn at random from those that the active model scored and that you have not read yet, from as "
            "many patients as possible. A blind session leaves out patients whose model scores you have seen, as long "
            "as there are others. The list then stays as it is."
        )
        if not st.form_submit_button("Make the session", type="primary", key="reading-draw-up"):
            return None
    st.session_state[ACTOR] = reader.strip()
    try:
        drawn = commands.draw_up_reading(title=title, reader=reader, blind=bool(blind), n_films=int(n_films))
    except (DashboardError, DatabaseError, ValueError) as error:
        # Written for people; as text, for it may quote what was entered.
        st.error("No session was made.")
        plain(str(error))
        return None
    st.session_state[DRAWN] = (drawn.session_id, drawn)
    return drawn.session_id


def drawn_text(drawn: DrawnUp) -> str:
    """Return how many films were asked for and drawn, and why fewer; "" where all were and none was seen before."""
    warning = SEEN_BEFORE if drawn.has_seen else ""
    if drawn.n_films == drawn.n_asked:
        return warning
    reasons = [f"{drawn.n_read_before} that you read before"] if drawn.n_read_before else []
    if drawn.n_seen and not drawn.has_seen:
        reasons.append(f"{drawn.n_seen} of patients of whom you were shown the model's scores")
    why = f" Left out: {', '.join(reasons)}." if reasons else ""
    n_films = counted(drawn.n_asked, "film")
    drawn_up = f"{n_films} asked for, {drawn.n_films} drawn: there are no more scored by the active model"
    return f"{drawn_up}{' that fit' if reasons else ''}.{why} {warning}".strip()


def draw_drawn(session_id: int) -> None:
    """Say, to who drew a session up, what was left out of it."""
    shown, drawn = st.session_state.get(DRAWN, (None, None))
    if shown == session_id and drawn is not None and (text := drawn_text(drawn)):
        plain(text, tone="warning" if drawn.has_seen else "")


def _record(one: SessionFacts, scale: TimeScale) -> Record:
    finished = "finished, results not shown yet" if one.hides_results else "finished"
    state = finished if one.finished_at else "all read, not finished" if one.n_read == one.n_films else "under way"
    cells = (
        Cell(one.title, strong=True),
        Cell(one.reader),
        Cell(f"{one.n_read} of {one.n_films}"),
        Cell("blind" if one.blind else "after the model"),
        Cell(scale.text(one.created_at)),
        Cell("not begun" if not one.n_read and not one.finished_at else state),
    )
    return Record(str(one.session_id), cells, session_address(one.session_id))
