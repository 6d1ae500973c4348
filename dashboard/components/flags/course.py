"""The course of a patient's extent as a small picture: for flag cards."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from dashboard.components.ward.board.rows import course_data
from dashboard.services.ward.board import Board, BoardRow
from dashboard.wording.palette import Palette

WIDTH, HEIGHT, MARGIN = 220, 48, 6


def draw_course(row: BoardRow, board: Board, *, colours: Palette) -> None:
    """Draw geographic extent over time, from 0 at the lower line to 8 at the upper one; flagged films are marked."""
    if len(row.series) < 2:
        return
    course = course_data(row, board)
    picture = b64encode(_svg(course, colours).encode()).decode()
    st.html(
        f'<img class="ll-course" src="data:image/svg+xml;base64,{picture}" alt="{escape(course["text"])}" '
        f'width="{WIDTH}" height="{HEIGHT}">'
    )


def _svg(course: Mapping[str, Any], colours: Palette) -> str:
    inner_width, inner_height = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    at = [
        (MARGIN + along * inner_width, HEIGHT - MARGIN - share * inner_height)
        for along, share in zip(course["at"], course["share"], strict=True)
    ]
    flags = course["flags"]
    marks = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{5 if place in flags else 2.5}" '
        f'fill="{colours.tone(flags[place]) if place in flags else colours.ink}"/>'
        for place, (x, y) in enumerate(at)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{_frame(colours)}'
        f'<polyline points="{_points(at)}" fill="none" stroke="{colours.quiet}" stroke-width="1.5"/>'
        f"{''.join(marks)}</svg>"
    )


def _points(at: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in at)


def _frame(colours: Palette) -> str:
    return "".join(
        f'<line x1="0" x2="{WIDTH}" y1="{y}" y2="{y}" stroke="{colours.line}"/>' for y in (MARGIN, HEIGHT - MARGIN)
    )
