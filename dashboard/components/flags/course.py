"""The course of a patient's extent as a small picture: for flag cards."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

import streamlit as st

from core.counting import counted
from core.types import Measure
from dashboard.services.ward.board import BoardRow
from dashboard.wording.palette import Palette

WIDTH, HEIGHT, MARGIN = 220, 48, 6


def draw_course(row: BoardRow, *, colours: Palette) -> None:
    """Draw geographic extent over time, from 0 at the lower line to 8 at the upper one; flagged films are marked."""
    if len(row.series) < 2:
        return
    values = " ".join(f"{point.value:.1f}" for point in row.series)
    said = f"Geographic extent of {counted(len(row.series), 'film')}, oldest first: {values}"
    picture = b64encode(_svg(row, colours).encode()).decode()
    st.html(
        f'<img class="ll-course" src="data:image/svg+xml;base64,{picture}" alt="{escape(said)}" '
        f'width="{WIDTH}" height="{HEIGHT}">'
    )


def _svg(row: BoardRow, colours: Palette) -> str:
    first, last = row.series[0].at, row.series[-1].at
    span_s = max((last - first).total_seconds(), 1.0)
    highest = Measure.GEOGRAPHIC_EXTENT.maximum
    at = [
        (
            MARGIN + (point.at - first).total_seconds() / span_s * (WIDTH - 2 * MARGIN),
            HEIGHT - MARGIN - point.value / highest * (HEIGHT - 2 * MARGIN),
        )
        for point in row.series
    ]
    flagged = {flag.film_id: colours.tone(flag.kind.value) for flag in (*row.seen_flags, *row.open_flags)}
    marks = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{5 if point.film_id in flagged else 2.5}" '
        f'fill="{flagged.get(point.film_id, colours.ink)}"/>'
        for point, (x, y) in zip(row.series, at, strict=True)
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
