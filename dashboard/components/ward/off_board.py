"""What no row of the board shows, and the way to the films that need a person."""

from __future__ import annotations

import streamlit as st

from dashboard.components.page.empty import draw_not_admitted_link
from dashboard.components.page.text import plain
from dashboard.services.patient.standing import Absence
from dashboard.services.ward.board import Board
from dashboard.wording.facts import not_admitted_text
from db.models import FilmState

UNPLACED_WORDS = {FilmState.RECEIVED: "to be checked"}
NEEDS_A_PERSON = (FilmState.REJECTED, FilmState.FAILED, FilmState.QUARANTINED)
ABSENT_FOR_A_PERSON = (Absence.REJECTED, Absence.FAILED, Absence.QUARANTINED, Absence.IMPOSSIBLE_TIME)


def draw_off_board(board: Board, *, not_admitted: int) -> None:
    """Name the films that belong to no stay, for no row shows them, and where to decide on films.

    Parameters
    ----------
    not_admitted : int
        Patients without an open stay whose films came just now.
    """
    counts = [f"{count} {UNPLACED_WORDS.get(state, state.value)}" for state, count in board.unplaced.items()]
    if counts:
        plain(f"Films of patients without a stay are in no row: {', '.join(counts)}.")
    if board.rows and not_admitted:
        plain(f"! {not_admitted_text(not_admitted)}", tone="warning")
    if board.rows and (counts or not_admitted):
        draw_not_admitted_link()
    if board.n_set_aside:
        films = "1 film is" if board.n_set_aside == 1 else f"{board.n_set_aside} films are"
        plain(f"! {films} set aside until a person decides.", tone="warning")
    in_rows = any(off_trend.absence in ABSENT_FOR_A_PERSON for row in board.rows for off_trend in row.off_trend)
    if in_rows or any(board.unplaced.get(state) for state in NEEDS_A_PERSON):
        st.page_link("views/films.py", label="Films to look at", icon=":material/rule:")
