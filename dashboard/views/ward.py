"""Ward board: who needs me."""

from __future__ import annotations

import streamlit as st

from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.wording import never_measured
from dashboard import queries
from dashboard.components.browser.chart_ahead import bring_charts_ahead
from dashboard.components.page.as_of import as_of_from_address, draw_as_of_notice
from dashboard.components.page.empty import draw_empty_ward
from dashboard.components.page.text import plain
from dashboard.components.page.trouble import trouble_said
from dashboard.components.ward.board import ward_board_table
from dashboard.components.ward.board.below import draw_file, draw_off_board
from dashboard.components.ward.board.choice import choice_in_address, follow_address, keep_address
from dashboard.components.ward.improving import draw_improving
from dashboard.components.ward.wall import draw_wall, is_wall
from dashboard.presenting import carried
from dashboard.theme import is_dark
from dashboard.wording.times import TimeScale

REFRESH_SECONDS = 5

as_of = as_of_from_address(queries.zone())


@st.fragment(run_every=None if as_of else REFRESH_SECONDS)
def draw_board() -> None:
    """Draw the board, and again every few seconds."""
    with trouble_said():
        draw_rows()


def draw_rows() -> None:
    """Draw the choices and the rows."""
    choice, problems = choice_in_address()
    for problem in problems:
        plain(f"! {problem}", tone="warning")
    board = queries.board(choice.reference, as_of)
    if not board.rows:
        draw_empty_ward(None, as_of=as_of)
    if board.unmeasured:
        plain(never_measured(board.unmeasured), tone="quiet")
    chosen = ward_board_table(board, choice, scale=TimeScale(queries.zone()), dark=is_dark(), key="board")
    if board.rows:
        draw_file(board, TimeScale(queries.zone()))
    drop = draw_improving(queries.improving(choice.unit or None, as_of), dark=is_dark())
    chosen = chosen if chosen is not None else drop
    draw_off_board(board, not_admitted=queries.not_admitted().recent if as_of is None else 0)
    if chosen is not None:
        keep_address(choice)
        st.switch_page(queries.PATIENT_PAGE, query_params=carried({"id": str(chosen)}))


@st.fragment(run_every=REFRESH_SECONDS)
def draw_wall_screen() -> None:
    """Draw the wall, of the present, and again every few seconds."""
    with trouble_said():
        choice, _ = choice_in_address()
        draw_wall(queries.board(ALERTING_REFERENCE, None), unit=choice.unit, dark=is_dark())


with st.container(key="ward-title"):
    st.title("Ward")
if is_wall():
    with st.container(key="wall"):
        draw_wall_screen()
else:
    draw_as_of_notice(as_of, TimeScale(queries.zone()))
    follow_address()
    with st.container(key="ward"):
        draw_board()
    bring_charts_ahead()
