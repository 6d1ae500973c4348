"""The ward board: one row per open stay, drawn in the browser so that live updates move nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

from core.trend.flags import ALERTING_REFERENCE
from core.trend.types import Reference, Verdict
from dashboard.components.palette import FLAG_SHAPES, FLAG_WORDS, VERDICT_SHAPES, VERDICT_WORDS
from dashboard.components.times import signed, span_text
from dashboard.components.words import event_text, share_text, shown_name
from dashboard.services.standing import SETTLED_ELSEWHERE, OffTrend
from dashboard.services.ward import NO_SUPPORT, Board, BoardRow

_HERE = Path(__file__).parent
_BOARD = st.components.v2.component(
    "lungline_ward_board",
    html=(_HERE / "board.html").read_text(encoding="utf-8"),
    css=(_HERE / "board.css").read_text(encoding="utf-8"),
    js=(_HERE / "board.js").read_text(encoding="utf-8"),
)
REASON_CHARACTERS = 90


def ward_board_table(board: Board, *, dark: bool, key: str) -> int | None:
    """Draw the board; return the patient chosen in this run, None where none was.

    The browser draws anew only what differs from the last data, so that a tick without news changes nothing.
    """
    data = {"caption": _caption(board), "dark": dark, "rows": [board_row(row, board) for row in board.rows]}
    chosen = _BOARD(key=key, data=data, on_patient_change=lambda: None).patient
    return None if chosen is None else int(chosen)


def board_row(row: BoardRow, board: Board) -> dict[str, Any]:
    """Return a row as the browser draws it: texts, tones, and the sparkline in shares of width and height."""
    return {
        "patient_id": row.stay.patient_id,
        "bed": row.stay.bed or "no bed",
        "unit": row.stay.unit,
        "name": shown_name(row.stay.name),
        "identifier": row.stay.identifier,
        "tone": row.open_flags[-1].kind.value if row.open_flags else "",
        "course": _sparkline(row, board),
        "level": None if row.level is None else f"{row.level:.1f}",
        "of": f"of {board.measure.maximum:g}",
        "interval": _interval(row),
        "share": "" if row.opacity_fraction is None else f"{share_text(row.opacity_fraction)} of lungs opaque",
        "saturation": row.saturation.value,
        "verdict": _verdict(row),
        "change": _change(row, board.reference),
        "flags": [
            {"tone": flag.kind.value, "text": f"{FLAG_SHAPES[flag.kind]} {FLAG_WORDS[flag.kind]}"}
            for flag in row.open_flags
        ],
        "last_film": _last_film(row),
        "stale": row.stale,
        "remarks": _remarks(row, board.moment),
    }


def _caption(board: Board) -> str:
    return (
        f"Patients of the ward, the sickest change on top; {board.measure.label.lower()} 0 to {board.measure.maximum:g}"
    )


def _sparkline(row: BoardRow, board: Board) -> dict[str, Any]:
    if not row.series:
        return {"text": row.status, "points": []}
    first, end = row.series[0].at, max(board.moment, row.series[-1].at)
    span_s = max((end - first).total_seconds(), 1.0)
    flags = {flag.film_id: flag.kind.value for flag in row.open_flags}
    points = [
        {
            "at": round((point.at - first).total_seconds() / span_s, 4),
            "share": round(point.value / board.measure.maximum, 4),
            "flag": flags.get(point.film_id, ""),
            "apart": point.apart,
        }
        for point in row.series
    ]
    values = " ".join(f"{point.value:.1f}" for point in row.series)
    films = "1 film" if len(points) == 1 else f"{len(points)} films"
    return {"text": f"{board.measure.label} of {films}, oldest first: {values}", "points": points}


def _interval(row: BoardRow) -> str:
    if row.level is None:
        return ""
    if row.interval is None:
        return "interval not calibrated"
    return f"{row.interval.low:.1f} to {row.interval.high:.1f} ({row.interval.level * 100:.0f} %)"


def _verdict(row: BoardRow) -> dict[str, str]:
    """Return shape, words and tone; what keeps the row from being up to date comes before any verdict."""
    if row.change is None or len(row.series) < 2 or row.behind:
        stale = row.stale and row.newest_absence is None
        text = f"STALE: last film {span_text(row.hours_since_last_film or 0)} ago" if stale else row.status
        shape = "!" if row.behind else "○"
        return {"tone": "look" if shape == "!" else "quiet", "text": f"{shape} {_shortened(text)}"}
    shape, tone = VERDICT_SHAPES[row.change.verdict]
    return {"tone": tone, "text": f"{shape} {VERDICT_WORDS[row.change.verdict]}"}


def _change(row: BoardRow, reference: Reference) -> str:
    change = row.change
    if change is None or len(row.series) < 2:
        return ""
    if change.change is None or change.gap_hours is None:
        return _shortened(change.basis.removeprefix("Not assessed: ").removeprefix("Cannot tell: compare the films. "))
    gap = f"{change.gap_hours / 24:.0f} days" if change.gap_in_days_only else span_text(change.gap_hours)
    against = "" if reference is ALERTING_REFERENCE else f", since {reference.value}"
    words = f"{signed(change.change)} in {gap}{against}"
    behind = f"before: {VERDICT_WORDS[change.verdict]}, " if row.behind else ""
    differently = "; taken differently" if change.verdict is Verdict.CANNOT_TELL and change.comparability else ""
    # Nothing here has looked at the patient's physiology, so a drop must not read as leave to step down.
    alone = f"; {NO_SUPPORT}" if change.verdict in {Verdict.DROP, Verdict.LARGE_DROP} else ""
    return f"{behind}{words}{differently}{alone}"


def _last_film(row: BoardRow) -> str:
    if row.hours_since_last_film is None:
        return "none on the trend"
    if row.days_only:
        return f"{row.hours_since_last_film / 24:.0f} days ago"
    since = f"{span_text(row.hours_since_last_film)} ago"
    return f"STALE: {since}" if row.stale else since


def _remarks(row: BoardRow, moment: datetime) -> list[str]:
    remarks = [_off_trend(one, row.status) for one in row.off_trend if one.absence not in SETTLED_ELSEWHERE]
    if row.ventilation is not None:
        hours = (moment - row.ventilation.at).total_seconds() / 3600
        remarks.append(f"{event_text(row.ventilation)} {span_text(hours)} ago")
    return remarks


def _off_trend(one: OffTrend, status: str) -> str:
    films = "1 film" if one.count == 1 else f"{one.count} films"
    # The status says why the newest film is missing; once is enough.
    reason = f": {one.reasons[0]}" if one.reasons and one.reasons[0] not in status else ""
    return _shortened(f"{films} {one.absence.value}{reason}")


def _shortened(text: str) -> str:
    return text if len(text) <= REASON_CHARACTERS else text[: REASON_CHARACTERS - 1].rstrip() + "…"
