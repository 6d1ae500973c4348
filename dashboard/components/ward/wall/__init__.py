"""The wall screen: all beds of a unit at once, read at three metres, nothing to press."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st

from dashboard import queries
from dashboard.components.browser import elements
from dashboard.components.page.address import page_address
from dashboard.components.ward.board.choice import UNIT
from dashboard.components.ward.board.rows import board_row
from dashboard.presenting import names_hidden
from dashboard.services.patient.standing import ABSENCES_IN_WORDS, SETTLED_ELSEWHERE
from dashboard.services.ward.board import Board, BoardRow
from dashboard.services.ward.order import BoardSort, in_order
from dashboard.wording.facts import ALL_UNITS, counted_absence, doubts_text, wall_name
from dashboard.wording.times import TimeScale

WALL, ON = "wall", "1"
"""In the address."""
PARTS_OF_ROW = (
    *(
        "stay_id",
        "bed",
        "unit",
        "tone",
        "course",
        "level",
        "of",
        "saturation",
        "verdict",
        "flags",
        "last_film",
        "stale",
    ),
)

OF_ANOTHER = "! a film here names another person"

_HERE = Path(__file__).parent
_BOARD = _HERE.parent / "board"
_WALL = st.components.v2.component(
    "lungline_wall",
    html=(_HERE / "wall.html").read_text(encoding="utf-8"),
    css=elements.TONES + (_HERE / "wall.css").read_text(encoding="utf-8"),
    js="\n".join(
        [
            elements.JS,
            (_BOARD / "sparkline.js").read_text(encoding="utf-8"),
            (_HERE / "wall.js").read_text(encoding="utf-8"),
        ]
    ),
)


def is_wall() -> bool:
    """Return whether the address asks for the wall screen."""
    return st.query_params.get(WALL) == ON


def draw_wall(board: Board, *, unit: str, dark: bool) -> None:
    """Draw the beds of a unit, "" for all, each in its own place; the browser turns the pages and tells the time."""
    shown = board.of_unit(unit or None)
    _WALL(
        key="wall-screen",
        data={
            "rows": _rows(board, unit),
            # Changes with each refresh, so that the browser knows how old its data are.
            "moment": int(board.moment.timestamp() * 1000),
            "zone": queries.zone().key,
            "unit": unit or ALL_UNITS,
            "empty": "" if shown.rows else "Nobody is here.",
            "leave": page_address("", {UNIT: unit} if unit else {}),
            "dark": dark,
        },
    )


_ROWS: WeakKeyDictionary[Board, dict[tuple[str, bool], str]] = WeakKeyDictionary()


def _rows(board: Board, unit: str) -> str:
    """Return the rows as JSON, made once for all who are shown the same board."""
    known, which = _ROWS.setdefault(board, {}), (unit, names_hidden())
    if which not in known:
        rows = in_order(board.of_unit(unit or None).rows, BoardSort.BED)
        known[which] = json.dumps([_tile(row, board) for row in rows], separators=(",", ":"))
    return known[which]


def _tile(row: BoardRow, board: Board) -> dict[str, Any]:
    own = TimeScale(queries.zone(), row.stay.relative_day_zero)
    drawn = board_row(row, board, "", own)
    # Visitors see the wall: hidden names are not even shown as initials.
    name = "" if names_hidden() else wall_name(row.stay.name, row.settings.names_on_wall)
    # Words that a person typed may name somebody: on the wall stands what, not why.
    said: dict[str, Any] = {"name": name, "remarks": _remarks(row), "ventilation": _ventilation(drawn["ventilation"])}
    if row.newest_absence is not None:
        said["verdict"] = {"tone": "look", "text": f"! newest film {ABSENCES_IN_WORDS[row.newest_absence]}"}
    return {part: drawn[part] for part in PARTS_OF_ROW} | said


def _remarks(row: BoardRow) -> list[str]:
    marks = [OF_ANOTHER] if row.of_other_persons else []
    doubts = [f"! {doubt}" for doubt in doubts_text(row.in_doubt)]
    off = [one for one in row.off_trend if one.absence not in SETTLED_ELSEWHERE]
    return [*marks, *doubts, *(counted_absence(one.count, one.absence) for one in off)]


def _ventilation(drawn: dict[str, Any]) -> str:
    return str(drawn["text"]) if drawn["stated"] else ""
