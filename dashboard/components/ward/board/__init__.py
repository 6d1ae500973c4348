"""The ward board: one row per open stay, drawn in the browser so that live updates move nothing.

Rows are sorted and filtered in the browser, by orders and facts made here: no choice waits for the server.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from weakref import WeakKeyDictionary

import streamlit as st

from core.counting import counted
from dashboard.components.browser import elements
from dashboard.components.page.address import page_address
from dashboard.components.ward.board.choice import BoardChoice, choice_data, choice_taker
from dashboard.components.ward.board.rows import board_row
from dashboard.components.ward.board.signs import legend_html
from dashboard.services.patient.standing import SETTLED_ELSEWHERE, Absence
from dashboard.services.people.typed_names import typed_name_key
from dashboard.services.ward.board import Board
from dashboard.services.ward.order import BoardSort, in_order
from dashboard.wording.facts import counted_absence
from dashboard.wording.times import TimeScale

_HERE = Path(__file__).parent
_PARTS = ("choice", "sparkline", "glance", "rows", "place", "board")
_BOARD = st.components.v2.component(
    "lungline_ward_board",
    html=(_HERE / "board.html").read_text(encoding="utf-8").replace("<!-- signs -->", legend_html()),
    css=elements.TONES + (_HERE / "board.css").read_text(encoding="utf-8"),
    js="\n".join([elements.JS, *((_HERE / f"{part}.js").read_text(encoding="utf-8") for part in _PARTS)]),
)


def ward_board_table(board: Board, choice: BoardChoice, *, scale: TimeScale, dark: bool, key: str) -> int | None:
    """Draw the choices and the board; return the patient chosen in this run, None where none was.

    The browser draws anew only what differs from the last data, so that a tick without news changes nothing.
    """
    data = {
        "caption": _caption(board),
        "dark": dark,
        # Asked of the session once: it answers slowly.
        "patient_page": page_address("patient", {}),
        "rows": _rows(board, choice.reviewer, scale),
        "orders": {sort.value: [row.stay.stay_id for row in in_order(board.rows, sort)] for sort in BoardSort},
        "off_trend": {unit: off_trend_text(board.of_unit(unit or None)) for unit in ("", *board.units)},
        "reviews": _reviews(board, choice.reviewer, scale),
        **choice_data(choice, board.units),
    }
    chosen = _BOARD(key=key, data=data, on_patient_change=lambda: None, on_choice_change=choice_taker(key)).patient
    return None if chosen is None else int(chosen)


_ROWS: WeakKeyDictionary[Board, dict[str, str]] = WeakKeyDictionary()


def _rows(board: Board, reviewer: str, scale: TimeScale) -> str:
    """Return the rows as JSON, made once for all who are shown the same board; a text is passed on quickly."""
    known = _ROWS.setdefault(board, {})
    if reviewer not in known:
        rows = [
            board_row(row, board, reviewer, TimeScale(scale.zone, row.stay.relative_day_zero)) for row in board.rows
        ]
        known[reviewer] = json.dumps(rows, separators=(",", ":"))
    return known[reviewer]


def _caption(board: Board) -> str:
    return f"Patients of the ward; {board.measure.label.lower()} 0 to {board.measure.maximum:g}"


def off_trend_text(board: Board) -> str:
    """Return how many films are not on the trend, by reason, and how many patients are without a recent one."""
    films: Counter[Absence] = Counter()
    for row in board.rows:
        films.update(
            {
                off_trend.absence: off_trend.count
                for off_trend in row.off_trend
                if off_trend.absence not in SETTLED_ELSEWHERE
            }
        )
    stale = sum(row.stale for row in board.rows)
    none = sum(not row.series for row in board.rows)
    counts = [counted_absence(films[absence], absence) for absence in Absence if films[absence]]
    counts += [f"{counted(stale, 'patient')} whose last film is stale"] if stale else []
    counts += [f"{counted(none, 'patient')} without any film on the trend"] if none else []
    if not counts:
        return "No film waits or was refused, and none is stale."
    return f"Without a current verdict: {'; '.join(counts)}."


def _reviews(board: Board, reviewer: str, scale: TimeScale) -> str:
    """Return whose reviews count as seen, and when the last one was."""
    if not reviewer:
        return "Enter your name as on the round. Until then all patients are shown."
    who = typed_name_key(reviewer)
    last = max((row.reviews[who] for row in board.rows if who in row.reviews), default=None)
    if last is None:
        return f"{reviewer} has marked no patient here as reviewed on a round, so all count as unseen."
    return (
        f"Unseen by {reviewer}: a film, flag or verdict newer than {reviewer}'s review of that patient on a round. "
        f"The last of these reviews was {scale.text(last)}."
    )
