"""Below the board: the board as a file, what no row shows, and the way to the films that need a person."""

from __future__ import annotations

import streamlit as st

from dashboard.components.page.download import draw_download
from dashboard.components.page.empty import draw_not_admitted_link
from dashboard.components.page.text import plain
from dashboard.services.patient.standing import Absence
from dashboard.services.ward.board import Board, BoardRow
from dashboard.wording.facts import not_admitted_text, shown_name
from dashboard.wording.palette import flag_text
from dashboard.wording.times import TimeScale
from db.models import FilmState

COLUMNS = (
    *("Unit", "Bed", "Patient", "Number", "Geographic extent (0-8)", "Interval from", "Interval to"),
    *("How it stands", "Change", "Open flags", "Last film"),
)
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


def draw_file(board: Board, scale: TimeScale) -> None:
    """Draw the button that saves the board."""
    rows = [_row(row, TimeScale(scale.zone, row.stay.relative_day_zero)) for row in board.rows]
    draw_download("ward", COLUMNS, rows, what="Every patient of the board, whatever it is filtered by.", key="ward")


def _row(row: BoardRow, own: TimeScale) -> tuple[object, ...]:
    stay, interval, last = row.stay, row.interval, row.series[-1] if row.series else None
    return (
        stay.unit,
        stay.bed,
        shown_name(stay.name),
        stay.identifier,
        _rounded(row.level),
        _rounded(interval.low if interval else None),
        _rounded(interval.high if interval else None),
        row.status,
        _rounded(row.change.change if row.change else None),
        ", ".join(flag_text(flag.kind) for flag in row.open_flags),
        own.text(last.at, last.time_precision) if last else "none on the trend",
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
