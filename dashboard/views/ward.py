"""Ward board: who needs me."""

from __future__ import annotations

import streamlit as st

from dashboard import queries
from dashboard.components.as_of import as_of_from_address, draw_as_of_notice
from dashboard.components.empty import draw_empty_ward
from dashboard.components.times import TimeScale
from dashboard.components.trouble import trouble_said
from dashboard.components.ward_board import ward_board_table
from dashboard.components.ward_head import draw_board_head, draw_unplaced
from dashboard.theme import is_dark

REFRESH_SECONDS = 5

as_of = as_of_from_address(queries.zone())


@st.fragment(run_every=None if as_of else REFRESH_SECONDS)
def draw_board() -> None:
    """Draw the board, and again every few seconds."""
    with trouble_said():
        draw_rows()


def draw_rows() -> None:
    """Draw the controls and the rows."""
    unit, reference = draw_board_head(queries.units(as_of))
    board = queries.board(unit, reference, as_of)
    if not board.rows:
        draw_empty_ward(unit)
    chosen = ward_board_table(board, dark=is_dark(), key="board")
    draw_unplaced(board.unplaced)
    if chosen is not None:
        st.switch_page(queries.PATIENT_PAGE, query_params={"id": str(chosen)})


st.title("Ward")
draw_as_of_notice(as_of, TimeScale(queries.zone()))
draw_board()
