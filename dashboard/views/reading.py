"""Reading: a person scores films on the model's scale, blind to the model or after it."""

from __future__ import annotations

import streamlit as st

from core.errors import DataSetInvalidError
from dashboard import queries, study_queries
from dashboard.components.page.address import number_in_address
from dashboard.components.page.sight import END
from dashboard.components.page.text import heading, plain
from dashboard.components.page.trouble import trouble_said
from dashboard.components.reading.address import FILM, SESSION, SETTLE, SIGHT
from dashboard.components.reading.disagreements import draw_disagreements, draw_settling
from dashboard.components.reading.recalibration import draw_recalibration
from dashboard.components.reading.sessions import draw_drawn, draw_form, draw_sessions
from dashboard.components.reading.step import draw_head, draw_step
from dashboard.components.reading.whole import draw_whole
from dashboard.errors import NotAllowedError
from dashboard.wording.times import TimeScale
from db.errors import NotFoundError

NO_SESSION = "There is no reading session with that number. All there are:"
BLIND_OPEN = (
    "A blind session is open, or its results were not shown yet. Its reader must not see other readings, nor how the "
    "model compares with them: it changes how the next film is read."
)
NOT_TO_SETTLE = "These two readings are not among those to settle. All there are:"
NO_FILM = "This session has no film with that number. Choose one of these."


@st.fragment
def draw_session(session_id: int, arrived_at: int | None) -> None:
    """Draw the film of the address, or the session as a whole; `arrived_at` is shown while it names none."""
    SIGHT.arrive(arrived_at)
    SIGHT.make_move()
    with trouble_said(), st.container(key="reading"):
        found = queries.reading_list(session_id)
        asked = number_in_address(FILM) if FILM in st.query_params else arrived_at
        shown = found.step(asked)
        draw_head(found, shown)
        if shown is None or shown.place == 1:
            draw_drawn(session_id)
        if shown is not None:
            draw_step(found, shown)
            return
        if asked is not None or st.query_params.get(FILM, END) != END:
            plain(NO_FILM, tone="warning")
        chosen = draw_whole(found)
        if chosen is not None:
            SIGHT.go_to(chosen)
            st.rerun(scope="fragment")


def may_see_results() -> bool:
    """Return whether results over all sessions may be drawn; while somebody reads blind, ask first."""
    if not any(session.hides_results for session in queries.reading_sessions()):
        return True
    plain(BLIND_OPEN, tone="warning")
    return st.toggle("I read in no blind session that is open: show all results", key="reading-not-blind")


def draw_all() -> None:
    """Draw all sessions, the form for another one, and what they say of the model's scale."""
    sessions = queries.reading_sessions()
    chosen = draw_sessions(sessions, TimeScale(queries.zone()))
    chosen = draw_form() or chosen
    if chosen is not None:
        st.query_params[SESSION] = str(chosen)
        st.rerun()
    if not may_see_results():
        return
    draw_disagreements(queries.reading_disagreements())
    try:
        draw_recalibration(study_queries.site_recalibration())
    except (NotAllowedError, DataSetInvalidError) as error:
        plain(str(error), tone="warning")


def first_open(session_id: int) -> int | None:
    """Return where the session goes on for who arrives."""
    found = queries.reading_list(session_id)
    return None if found.facts.finished_at else found.first_open()


def draw_one_disagreement(named: str) -> None:
    """Draw the film that the address names by its two readings."""
    if not may_see_results():
        return
    all_there_are = queries.reading_disagreements()
    found = next((one for one in all_there_are if one.name == named), None)
    if found is not None:
        draw_settling(found)
        return
    heading("Reading")
    plain(NOT_TO_SETTLE, tone="warning")
    draw_disagreements(all_there_are)


number = number_in_address(SESSION)
try:
    arrived_at = None if number is None else first_open(number)
except NotFoundError:
    number, arrived_at = None, None
if number is None and SETTLE in st.query_params:
    draw_one_disagreement(st.query_params[SETTLE])
elif number is None:
    heading("Reading")
    if SESSION in st.query_params:
        plain(NO_SESSION, tone="warning")
    draw_all()
else:
    SIGHT.follow_address()
    draw_session(number, arrived_at)
